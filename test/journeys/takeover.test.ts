/**
 * Taking over somebody's account: each way is walked by a thief who has everything but one thing, and is refused,
 * recorded, and told to the citizen. Codes and refresh tokens of another client, and a session planted before the
 * sign-in, stand in attacks.test.ts and cookies.test.ts; guessing on one node in pin.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount, holdLevel2 } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { endAllSessions } from '../../src/oidc/sessions.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { readNatively, signer, trustFactory } from '../support/card-reader.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';
import { expectErrorPage, type Watch, watchProcess } from '../support/watch.ts';

let watch: Watch;
let product: Product;
let app: RelyingParty;
beforeAll(async () => {
  watch = watchProcess();
  product = await startProduct({ prepare: trustFactory, env: { TNID_CHIP_PILOT: '1' }, nodes: 2 });
  app = await RelyingParty.register(product);
});
afterAll(async () => {
  await watch.end(product);
  await product.close();
});

const PIN = '482915';
const need = {
  scope: 'openid hoso.nop',
  claims: { id_token: { acr: { essential: true, value: 'level2' } } },
};
const factors = () => `${product.issuer}/account/factors`;

/** Verifies through VNeID and sets a PIN, in the citizen's own browser. */
async function settle(person: string) {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, need);
  await signInWithZalo(visitor, person);
  await visitor.submit('form-vneid');
  await visitor.submit(undefined, { person });
  await visitor.submit('form-set-pin', { pin: PIN, again: PIN });
  await agree(visitor);
  const claims = (await app.redeem(visitor, attempt)).claims();
  return { visitor, sub: await accountIdOf(product, claims?.sub) };
}

/** A new browser, signed in through Zalo, at the step-up page. */
async function atTheStep(person: string) {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, need);
  await signInWithZalo(visitor, person);
  return { visitor, attempt };
}

const cardOfBinh = () =>
  makeCard(signer, {
    person: {
      ...citizen,
      personalNumber: '072185000102',
      fullName: 'Trần Thị Bình',
      surname: 'TRAN',
      givenNames: 'THI BINH',
      birthDate: '1985-11-02',
      sex: 'female',
    },
  });

function post(visitor: Visitor, url: string, fields: Record<string, string> = {}) {
  return visitor.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
}

const recorded = async (account: string, event: string) =>
  (
    await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('account_id', '=', account)
      .where('event', '=', event)
      .execute()
  ).map(({ body }) => body as unknown as Record<string, unknown>);
const told = async (account: string) =>
  (
    await product.deps.db.selectFrom('notices').select('kind').where('account_id', '=', account).execute()
  ).map(({ kind }) => kind);
const kindsOfFactors = async (account: string) =>
  (
    await product.deps.db.selectFrom('factors').select('kind').where('account_id', '=', account).execute()
  ).map(({ kind }) => kind);

describe('a thief with the citizen’s Zalo, and without the PIN', () => {
  it('gets level1 and nothing of level2; the citizen hears of the new device and of the guesses', async () => {
    const { sub } = await settle('an');
    const before = await kindsOfFactors(sub);
    const { visitor } = await atTheStep('an');
    expect(await told(sub)).toContain('new_device');
    expect(await recorded(sub, 'device.first_seen')).toHaveLength(2);
    for (let time = 0; time < 5; time += 1) await visitor.submit('form-pin', { pin: '593017' });
    expect(visitor.text).toContain('Xin đợi 1 phút');
    expect(await told(sub)).toContain('pin_locked');

    // The thief's own VNeID, and the thief's own card.
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'binh' });
    expectErrorPage(visitor, 'vneid_other_person', 403);
    expect(await recorded(sub, 'step_up.refused')).toContainEqual(
      expect.objectContaining({ method: 'vneid', reason: 'vneid_other_person' }),
    );
    await app.ask(visitor, need);
    await visitor.submit('form-card');
    const code = /id="code"[^>]*>([^<]+)</.exec(visitor.page.html)?.[1]?.trim() ?? '';
    const waitingAt = visitor.page.url;
    await readNatively(product, code, cardOfBinh());
    await visitor.open(`${waitingAt}/next`);
    expectErrorPage(visitor, 'card_other_person', 403);

    // Nor is there another door: factors ask for level2 first, whatever is posted.
    for (const path of ['pin', 'passkeys', 'passkeys/confirm', `${crypto.randomUUID()}/remove`]) {
      const answer = await post(visitor, `${factors()}/${path}`, { pin: '738204', again: '738204' });
      expect(answer.headers.get('location'), path).toContain('/auth?');
    }
    expect((await post(visitor, `${factors()}/passkeys/options`)).status).toBe(401);
    expect(await kindsOfFactors(sub)).toEqual(before);
    await app.ask(visitor, { ...need, prompt: 'none' });
    expect(new URL(visitor.page.url).searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  it('locks the PIN and not the citizen: VNeID still works', async () => {
    const { visitor, attempt } = await atTheStep('an');
    expect(visitor.text).toContain('Xin đợi 1 phút');
    await proveWithVneid(visitor, 'an');
    await agree(visitor);
    expect((await app.redeem(visitor, attempt)).claims()).toMatchObject({
      acr: 'level2',
      amr: ['zalo', 'vneid'],
    });
  });
});

describe('a thief with a session that was left open', () => {
  it('cannot reset the PIN: not over it, not by taking it away first, not with another identity', async () => {
    const { sub } = await settle('cuong');
    const { visitor } = await atTheStep('cuong');
    await visitor.submit('form-pin', { pin: PIN });
    await agree(visitor);
    const thief = visitor.copy();
    const chosen = { pin: '738204', again: '738204' };
    await post(thief, `${factors()}/pin`, chosen);
    await post(thief, `${factors()}/pin`, { ...chosen, old: '593017' });
    expect(await recorded(sub, 'factor.refused')).toHaveLength(2);
    expect(await recorded(sub, 'factor.set')).toHaveLength(1);

    await thief.open(factors());
    await thief.submit('form-remove-pin');
    expect(await recorded(sub, 'factor.removed')).toHaveLength(1);
    expect(thief.has('form-set-pin')).toBe(false);
    await post(thief, `${factors()}/pin`, chosen);
    expect(await kindsOfFactors(sub)).toEqual([]);

    await thief.submit('form-prove');
    await thief.submit('form-vneid');
    await thief.submit(undefined, { person: 'binh' });
    expectErrorPage(thief, 'vneid_other_person', 403);
    await post(thief, `${factors()}/pin`, chosen);
    expect(await kindsOfFactors(sub)).toEqual([]);
  });

  it('sets nothing from a page left open, once the citizen has ended everything', async () => {
    const visitor = app.visitor();
    await app.ask(visitor, need);
    await signInWithZalo(visitor, 'khanh');
    await visitor.submit('form-vneid');
    await visitor.submit(undefined, { person: 'khanh' });
    expect(visitor.has('form-set-pin')).toBe(true);
    const page = visitor.page.url;
    const [account] = await product.deps.db
      .selectFrom('verifications')
      .select('account_id')
      .orderBy('verified_at', 'desc')
      .limit(1)
      .execute();
    const accountId = account?.account_id ?? '';
    await performAct(product.deps, async (act) => {
      const registry = { clientMetadata: () => undefined } as never;
      const end = { accountId, reason: 'not_me', grantReason: 'not_me', tokens: true } as const;
      await endAllSessions(act, { deps: product.deps, registry }, end);
      await holdLevel2(act, { accountId, actor: 'test', reason: 'not_me' });
    });
    // On hold; and when the citizen has verified anew, elsewhere.
    for (const anew of [false, true]) {
      if (anew) {
        const own = await atTheStep('khanh');
        await proveWithVneid(own.visitor, 'khanh');
        expect((await findAccount(product.deps.db, accountId, product.deps.clock()))?.level).toBe('level2');
      }
      const answer = await post(visitor, `${page}/factor/pin`, { pin: PIN, again: PIN });
      expect(answer.status).toBe(400);
      expect((await post(visitor, `${page}/factor/passkey/options`)).status).toBe(400);
      expect(await kindsOfFactors(accountId)).toEqual([]);
    }
  });

  it('does not rise with it: a session stolen at level1 is over when the citizen steps up', async () => {
    await settle('my');
    const { visitor, attempt } = await atTheStep('my');
    const thief = visitor.copy();
    await visitor.submit('form-pin', { pin: PIN });
    await agree(visitor);
    expect((await app.redeem(visitor, attempt)).claims()?.acr).toBe('level2');
    await app.ask(thief, { prompt: 'none' });
    expect(new URL(thief.page.url).searchParams.get('error')).toBe('login_required');
  });
});

describe('somebody with the citizen’s card', () => {
  it('verifies no account of their own with it, and the citizen stays level2', async () => {
    const { sub } = await settle('binh');
    const visitor = app.visitor();
    await app.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'thuong');
    await visitor.submit('form-card');
    const code = /id="code"[^>]*>([^<]+)</.exec(visitor.page.html)?.[1]?.trim() ?? '';
    const waitingAt = visitor.page.url;
    await readNatively(product, code, cardOfBinh());
    await visitor.open(`${waitingAt}/next`);
    expectErrorPage(visitor, 'duplicate_person', 409);
    await app.ask(visitor, { acrValues: 'level2' });
    await visitor.submit('form-decline');
    await agree(visitor);
    const [{ account_id: other = '' } = {}] = await product.deps.db
      .selectFrom('cases')
      .select('account_id')
      .where('kind', '=', 'duplicate')
      .execute();
    expect(other).not.toBe(sub);
    expect(await recorded(other, 'step_up.refused')).toContainEqual(
      expect.objectContaining({ method: 'chip', reason: 'duplicate_person' }),
    );
    const now = product.deps.clock();
    expect((await findAccount(product.deps.db, other, now))?.level).toBe('level1');
    expect((await findAccount(product.deps.db, sub, now))?.level).toBe('level2');
  });
});

describe('guessing the PIN over sixteen connections, on two nodes', () => {
  it('gets five tries in all, then one a wait, and the right one does not pass meanwhile', async () => {
    const { sub } = await settle('toan');
    const { visitor } = await atTheStep('toan');
    const action = new URL(
      /id="form-pin"[^>]*action="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '',
      product.issuer,
    ).href;
    const guesses = Array.from({ length: 48 }, (_, at) => String(100_001 + at));
    const storm = async (pins: string[]) => {
      const connections = Array.from({ length: 16 }, (_, at) =>
        pins.filter((_pin, turn) => turn % 16 === at),
      );
      const statuses = await Promise.all(
        connections.map(async (mine) => {
          const thief = visitor.copy();
          const seen: number[] = [];
          for (const pin of mine) seen.push((await post(thief, action, { pin })).status);
          return seen;
        }),
      );
      return statuses.flat();
    };
    const wrong = async () =>
      (await recorded(sub, 'factor.refused')).filter(({ reason }) => reason === 'wrong_pin').length;

    const statuses = await storm(guesses);
    expect(statuses.every((status) => status === 303 || status === 503)).toBe(true);
    expect(await wrong()).toBe(5);
    expect((await told(sub)).filter((kind) => kind === 'pin_locked')).toHaveLength(1);
    await storm([PIN, PIN, PIN, PIN]);
    await visitor.open(`${product.issuer}/interaction/${action.split('/')[4]}`);
    expect(visitor.text).toContain('Xin đợi 1 phút');

    // A whole day of waiting each lock out: the waits double.
    let passed = 0;
    for (let minutes = 1; passed + minutes < 24 * 60; minutes *= 2) {
      product.travel(minutes * 60 + 1);
      passed += minutes;
      const anew = passed > 50 ? (await atTheStep('toan')).visitor : visitor;
      const at = /id="form-pin"[^>]*action="([^"]+)"/.exec(anew.page.html)?.[1] ?? '';
      await Promise.all(
        Array.from({ length: 4 }, () =>
          post(anew.copy(), new URL(at, product.issuer).href, { pin: '593017' }),
        ),
      );
    }
    expect(await wrong()).toBe(15);
    product.travel(-passed * 60 - 10);
  });
});
