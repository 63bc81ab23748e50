/**
 * One code, one redemption; one refresh token, one rotation: on real PostgreSQL, with eight clients at once.
 * A code's loser is a replay: everything under the grant is revoked (RFC 6749 section 4.1.2). A refresh token that one
 * client sends eight times in an instant has one successor (oidc/rotation).
 */
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

const ROUNDS = 50;
const AT_ONCE = 8;

let product: Product;
let party: RelyingParty;
let visitor: Visitor;

beforeAll(async () => {
  product = await startProduct();
  party = await RelyingParty.register(product);
  visitor = party.visitor();
  await party.ask(visitor, { scope: 'openid hoso.xem' });
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
});
afterAll(() => product?.close());

type Answer = { status: number; body: Record<string, string> };

async function post(parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${product.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('sandbox-web:sandbox-web-secret').toString('base64')}` },
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** Sends the same request eight times at once; exactly one may succeed, the others get invalid_grant. */
async function race(parameters: Record<string, string>): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => post(parameters)));
  const won = answers.filter(({ status }) => status === 200);
  expect(won).toHaveLength(1);
  for (const { status, body } of answers.filter((answer) => answer !== won[0])) {
    // Said like every other refusal of the library's.
    expect([status, body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'grant request is invalid' },
    ]);
  }
  return won[0] as Answer;
}

describe('eight redemptions at once', () => {
  it(`of a code: one success, ${ROUNDS} times, and the grant is revoked`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const attempt = await party.ask(visitor, { scope: 'openid hoso.xem' });
      await agree(visitor);
      const code = new URL(visitor.page.url).searchParams.get('code') ?? '';
      const winner = await race({
        grant_type: 'authorization_code',
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: attempt.verifier,
      });
      expect(await introspectAsService(product, winner.body.access_token ?? '')).toEqual({ active: false });
    }
  }, 120_000);

  it(`of a refresh token: one successor for all, ${ROUNDS} times, and nothing is forked`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const attempt = await party.ask(visitor, { scope: 'openid offline_access hoso.xem' });
      await agree(visitor);
      const { refresh_token } = await party.redeem(visitor, attempt);
      const send = () => post({ grant_type: 'refresh_token', refresh_token: refresh_token ?? '' });
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, send));
      expect(answers.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(200));
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      expect(successors).not.toContain(refresh_token);
    }
  }, 120_000);

  it('leaves a record of every replay', async () => {
    const { count } = await product.deps.db
      .selectFrom('audit_events')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .where('event', '=', 'grant.revoked')
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(ROUNDS);
  });
});

describe('a database that fails in the middle', () => {
  it('loses neither the code nor the refresh token: nothing was got, so nothing is used up', async () => {
    const attempt = await party.ask(visitor, { scope: 'openid offline_access hoso.xem' });
    await agree(visitor);
    const code = new URL(visitor.page.url).searchParams.get('code') ?? '';
    const redemption = {
      ...{ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI },
      code_verifier: attempt.verifier,
    };
    const refuseTokens = (work: () => Promise<void>) =>
      withoutTokens(product, work).finally(() => expect(product.logged()).toContain('no tokens today'));
    await refuseTokens(async () => expect(await post(redemption)).toMatchObject({ status: 500 }));
    const { status, body } = await post(redemption);
    expect(status).toBe(200);
    const rotation = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
    await refuseTokens(async () => expect(await post(rotation)).toMatchObject({ status: 500 }));
    expect((await post(rotation)).status).toBe(200);
  });
});

describe('a database whose answer is lost', () => {
  /** The connection breaks after the commit and before the answer, once. */
  const loseAnswer = () => {
    const query = pg.Pool.prototype.query as (...given: unknown[]) => Promise<unknown>;
    const lost: string[] = [];
    vi.spyOn(pg.Pool.prototype, 'query').mockImplementation(async function (
      this: pg.Pool,
      ...given: unknown[]
    ) {
      const answer = await query.apply(this, given);
      const { name = '' } = given[0] as { name?: string };
      if (name !== 'artefacts_buy' || lost.length > 0) return answer as never;
      lost.push(name);
      throw new Error('Connection terminated unexpectedly');
    } as typeof pg.Pool.prototype.query);
    return lost;
  };

  it('does not take for a replay what was done, alone and among others, and revokes nothing', async () => {
    const before = await countRevoked();
    for (const together of [1, 3]) {
      const redemptions: Record<string, string>[] = [];
      for (let number = 0; number < together; number += 1) {
        const attempt = await party.ask(visitor, { scope: 'openid offline_access hoso.xem' });
        await agree(visitor);
        const code = new URL(visitor.page.url).searchParams.get('code') ?? '';
        redemptions.push({
          ...{ grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI },
          code_verifier: attempt.verifier,
        });
      }
      const lost = loseAnswer();
      const answers = await Promise.all(redemptions.map(post));
      expect(lost).toEqual(['artefacts_buy']);
      vi.restoreAllMocks();
      expect(answers.map(({ status }) => status)).toEqual(Array(together).fill(200));
      for (const { body } of answers)
        expect(await introspectAsService(product, body.access_token ?? '')).toMatchObject({ active: true });
      const rotations = answers.map(({ body }) => ({
        ...{ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' },
      }));
      loseAnswer();
      const rotated = await Promise.all(rotations.map(post));
      vi.restoreAllMocks();
      expect(rotated.map(({ status }) => status)).toEqual(Array(together).fill(200));
    }
    expect(await countRevoked()).toBe(before);
  });

  async function countRevoked(): Promise<number> {
    const { count } = await product.deps.db
      .selectFrom('audit_events')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .where('event', '=', 'grant.revoked')
      .executeTakeFirstOrThrow();
    return Number(count);
  }
});

/** As long as `work` runs, the database takes no access token. */
async function withoutTokens({ deps: { db } }: Product, work: () => Promise<void>): Promise<void> {
  await sql`CREATE FUNCTION no_tokens() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no tokens today'; END$$`.execute(db);
  await sql`CREATE TRIGGER no_tokens BEFORE INSERT ON oidc_artefacts FOR EACH ROW
    WHEN (NEW.model = 'AccessToken') EXECUTE FUNCTION no_tokens()`.execute(db);
  await work().finally(() => sql`DROP FUNCTION no_tokens CASCADE`.execute(db));
}

describe('a replay later on', () => {
  it('of a code revokes what came of it', async () => {
    const attempt = await party.ask(visitor, { scope: 'openid hoso.xem' });
    await agree(visitor);
    const tokens = await party.redeem(visitor, attempt);
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
    await expect(party.redeem(visitor, attempt)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    const { body } = await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    expect(body).toMatchObject({ event: 'grant.revoked', client: 'sandbox-web', reason: 'replayed' });
  });
});
