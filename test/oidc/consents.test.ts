/** Consents of many citizens at once, in one statement: each with its line, and each by what was in force. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAccount } from '../../src/account/accounts.ts';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { giveConsent, listConsents, type Request, withdrawConsent } from '../../src/oidc/grants.ts';
import { Registry } from '../../src/registry/registry.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
let registry: Registry;
beforeAll(async () => {
  product = await startProduct();
  registry = await Registry.load(product.deps);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => product?.close());

const nothing: Request = { scopes: [], claims: [], resources: {} };
const name: Request = { ...nothing, scopes: ['openid', 'profile'] };
const file: Request = { ...nothing, resources: { 'urn:sandbox:ho-so': ['hoso.xem'] }, claims: ['birthdate'] };

function newAccounts(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => performAct(product.deps, createAccount)));
}

function allow(
  accountId: string,
  { given = name, refused = nothing, clientId = 'sandbox-web', textVersion = '1' } = {},
): Promise<string> {
  const language = 'vi';
  const consent = { accountId, clientId, grantId: undefined, given, refused, textVersion, language };
  return giveConsent({ deps: product.deps, provider: product.provider, registry }, consent);
}

async function inForce(accountId: string, clientId = 'sandbox-web') {
  const all = await listConsents(product.deps.db, accountId);
  const { scopes, claims, refused } = all.find((one) => one.clientId === clientId) ?? {};
  return { scopes, claims, refused };
}

/** The lines about consents of an account, beside the rows that they speak of. */
async function linesAndRows(accountId: string) {
  const { rows: lines } = await sql<{ body: Record<string, unknown> }>`
    SELECT body FROM audit_events WHERE account_id = ${accountId} AND event = 'consent.granted' ORDER BY seq
  `.execute(product.deps.db);
  const rows = await product.deps.db
    .selectFrom('consents')
    .selectAll()
    .where('account_id', '=', accountId)
    .execute();
  return { lines: lines.map(({ body }) => body), rows };
}

const interrupt = (statement: string, work: (query: () => Promise<unknown>) => Promise<unknown>) => {
  const query = pg.Pool.prototype.query as (...given: unknown[]) => Promise<unknown>;
  let done = false;
  vi.spyOn(pg.Pool.prototype, 'query').mockImplementation(function (this: pg.Pool, ...given: unknown[]) {
    const send = () => query.apply(this, given);
    if (done || (given[0] as { name?: string }).name !== statement) return send() as never;
    done = true;
    return work(send) as never;
  } as typeof pg.Pool.prototype.query);
  return () => done;
};

describe('consents that are given at the same moment', () => {
  it('are all kept, each with a line that says the same, and the chain holds', async () => {
    const accounts = await newAccounts(30);
    const sent = vi.spyOn(pg.Pool.prototype, 'query');
    await Promise.all(
      accounts.flatMap((account) => [
        allow(account),
        allow(account, { given: file, refused: name, clientId: 'sandbox-app' }),
      ]),
    );
    const names = sent.mock.calls.map(([statement]) => (statement as unknown as { name: string }).name);
    expect(names.filter((one) => one === 'consents_add').length).toBeLessThan(8);
    for (const account of accounts) {
      const { lines, rows } = await linesAndRows(account);
      expect(rows).toHaveLength(2);
      for (const row of rows)
        expect(lines).toContainEqual({
          at: row.granted_at.getTime(),
          event: 'consent.granted',
          account,
          client: row.client_id,
          scopes: row.scopes,
          claims: row.claims,
          consent: row.id,
          refused: row.refused,
        });
    }
    expect(await inForce(accounts[0] ?? '', 'sandbox-app')).toEqual({
      scopes: ['hoso.xem'],
      claims: ['birthdate'],
      refused: ['openid', 'profile'],
    });
    expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
  });

  it('do not fail with a neighbour that is refused, and one that takes something back goes its own way', async () => {
    const [one = '', narrowing = '', two = '', wider = ''] = await newAccounts(4);
    await allow(narrowing, { given: file });
    await allow(wider);
    const results = await Promise.allSettled([
      allow(one),
      allow(two, { textVersion: 'a\0b' }),
      allow(randomUUID()),
      allow(narrowing, { given: name, refused: file }),
      allow(wider, { given: file }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await inForce(one)).toEqual({ scopes: ['openid', 'profile'], claims: [], refused: [] });
    expect((await linesAndRows(two)).lines).toEqual([]);
    expect(await inForce(narrowing)).toEqual({
      scopes: ['openid', 'profile'],
      claims: [],
      refused: ['birthdate', 'hoso.xem'],
    });
    expect(await inForce(wider)).toMatchObject({
      scopes: ['openid', 'profile', 'hoso.xem'],
      claims: ['birthdate'],
    });
    expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
  });
});

describe('a consent', () => {
  it('does not bring back what is withdrawn at the very moment between its reading and its writing', async () => {
    const [account = ''] = await newAccounts(1);
    await allow(account);
    const interrupted = interrupt('consents_add', async (query) => {
      const before = await query();
      const ids = { accountId: account, clientId: 'sandbox-web' };
      await performAct(product.deps, (act) => withdrawConsent(act, { deps: product.deps, registry }, ids));
      return before;
    });
    await allow(account, { given: file });
    expect(interrupted()).toBe(true);
    expect(await inForce(account)).toEqual({ scopes: ['hoso.xem'], claims: ['birthdate'], refused: [] });
  });

  it('is kept once although the answer was lost and it was sent again', async () => {
    const [one = '', two = ''] = await newAccounts(2);
    const interrupted = interrupt('consents_add', async (query) => {
      await query();
      throw new Error('the connection was lost');
    });
    await Promise.all([allow(one), allow(two)]);
    expect(interrupted()).toBe(true);
    for (const account of [one, two]) {
      const { lines, rows } = await linesAndRows(account);
      expect([lines.length, rows.length]).toEqual([1, 1]);
    }
  });
});
