/** Closing an account: asked with proof, a week to think better of it, and then nothing of the person is left. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccount, reinstateAccount, suspendAccount } from '../../src/account/accounts.ts';
import { recogniseOrCreate } from '../../src/account/identities.ts';
import { performAct, verifyAudit } from '../../src/audit/audit.ts';
import { Registry } from '../../src/registry/registry.ts';
import { closeDueAccounts } from '../../src/self-service/erase.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { countByTable, makeFullAccount } from '../support/full-account.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
let registry: Registry;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
  registry = await Registry.load(product.deps);
});
afterAll(() => product?.close());

const WEEK = 7 * 24 * 3600;
const page = (path = '/close') => `${product.issuer}/account${path}`;
const statusOf = async (id: string) => (await findAccount(product.deps.db, id, product.deps.clock()))?.status;
const runJob = () => closeDueAccounts({ deps: product.deps, registry });

async function ask(visitor: Visitor): Promise<void> {
  await visitor.open(page());
  await visitor.submit('form-close');
  expect(visitor.text).toContain('Tài khoản sẽ đóng lúc');
}

const noticesOf = async (account: string) =>
  (
    await product.deps.db.selectFrom('notices').select('kind').where('account_id', '=', account).execute()
  ).map(({ kind }) => kind);

describe('asking', () => {
  it('says what goes and what the law keeps, before anything can be pressed', async () => {
    const visitor = new Visitor();
    await visitor.open(page());
    await signInWithZalo(visitor, 'an');
    expect(visitor.text).toMatch(/Bảy ngày sau mới đóng hẳn.*Luật buộc giữ.*Đóng tài khoản sau bảy ngày/);
  });

  it('needs level2 from whoever is verified, and tells them', async () => {
    const { account } = await makeFullAccount(product, app, 'an');
    const thief = new Visitor();
    await thief.open(page());
    await signInWithZalo(thief, 'an');
    await thief.submit('form-close');
    expect(thief.text).toContain('xác nhận lại là chính mình');
    expect(await noticesOf(account)).not.toContain('account_closing');
    await proveWithVneid(thief, 'an');
    await ask(thief);
    expect(await noticesOf(account)).toContain('account_closing');
  });

  it('needs a fresh sign-in from whoever never verified', async () => {
    const visitor = new Visitor();
    await visitor.open(page());
    await signInWithZalo(visitor, 'binh');
    product.travel(600);
    await visitor.open(page());
    await visitor.submit('form-close');
    expect(visitor.has('form-zalo')).toBe(true);
    await signInWithZalo(visitor, 'binh');
    await ask(visitor);
    product.travel(-600);
  });
});

describe('within the week', () => {
  it('all goes on, the first page says so, and one click keeps the account', async () => {
    const { account, visitor, tokens } = await makeFullAccount(product, app, 'bay');
    await ask(visitor);
    await runJob();
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
    await visitor.open(page(''));
    expect(visitor.text).toContain('Tài khoản sẽ đóng lúc');
    await visitor.submit('form-notice');
    expect(visitor.text).toContain('Đóng tài khoản sau bảy ngày');
    expect(await noticesOf(account)).toContain('account_closing_cancelled');
    product.travel(WEEK + 60);
    await runJob();
    expect(await statusOf(account)).toBe('active');
    product.travel(-WEEK - 60);
  });

  it('asking again does not move the day', async () => {
    const { account, visitor } = await makeFullAccount(product, app, 'my');
    await ask(visitor);
    const day = () =>
      product.deps.db
        .selectFrom('accounts')
        .select('closing_at')
        .where('id', '=', account)
        .executeTakeFirst();
    const before = await day();
    await visitor.fetch(page(), { method: 'POST' });
    expect(await day()).toEqual(before);
  });

  it('"not me" about the wish takes it back', async () => {
    const { account, visitor } = await makeFullAccount(product, app, 'khanh');
    await ask(visitor);
    await visitor.open(page('/ledger'));
    expect(visitor.text).toContain('Xin đóng tài khoản');
    const href = /href="([^"]+\/not-me)"/.exec(visitor.page.html)?.[1];
    await visitor.open(`${product.issuer}${href}`);
    await visitor.submit('form-not-me');
    product.travel(WEEK + 60);
    await runJob();
    expect(await statusOf(account)).toBe('active');
    product.travel(-WEEK - 60);
  });

  it('a suspended account waits: nothing is erased that an officer looks into', async () => {
    const { account, visitor } = await makeFullAccount(product, app, 'toan');
    await ask(visitor);
    const change = { accountId: account, actor: 'officer-7', reason: 'test' };
    await suspendAccount(product.deps, change);
    product.travel(WEEK + 60);
    await runJob();
    expect(await statusOf(account)).toBe('suspended');
    await reinstateAccount(product.deps, change);
    await runJob();
    expect(await statusOf(account)).toBe('closed');
    product.travel(-WEEK - 60);
  });
});

describe('after the week', () => {
  /** What stays of a closed account, and why. */
  const kept: Record<string, string> = {
    audit_events: 'the chain cannot lose a line; no names and no numbers are in it',
    cases: 'that something was decided, and how; the person in it is gone',
    consents: 'the law wants the proof of what was allowed (Luật 91/2025)',
    verifications: 'that the account was verified, by what and when; the person in it is gone',
  };

  it('sessions and tokens end, and nothing of the person is left in any table', async () => {
    const { account, visitor, tokens } = await makeFullAccount(product, app, 'na');
    await ask(visitor);
    product.travel(WEEK + 60);
    await Promise.all([runJob(), runJob()]);
    expect(await statusOf(account)).toBe('closed');
    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await visitor.open(page(''));
    expect(visitor.has('form-zalo')).toBe(true);

    const left = [...(await countByTable(product, account))].filter(([, rows]) => rows > 0);
    expect(left.map(([table]) => table).sort()).toEqual(Object.keys(kept).sort());
    // Sealed or hashed, what is bytes is about the person: none is left.
    const { rows } = await sql<{ table_name: string; column_name: string }>`
      SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type = 'bytea' AND table_name IN ('cases', 'consents', 'verifications')
    `.execute(product.deps.db);
    expect(rows.length).toBeGreaterThan(3);
    for (const { table_name, column_name } of rows) {
      const found = await sql`SELECT 1 FROM ${sql.table(table_name)}
        WHERE account_id = ${account} AND ${sql.ref(column_name)} IS NOT NULL`.execute(product.deps.db);
      expect(found.rows, `${table_name}.${column_name}`).toEqual([]);
    }
    const evidence = await sql`SELECT 1 FROM case_evidence JOIN cases ON cases.id = case_id
      WHERE account_id = ${account}`.execute(product.deps.db);
    expect(evidence.rows).toEqual([]);
    const notes = await sql`SELECT 1 FROM case_decisions d JOIN cases ON cases.id = d.case_id
      WHERE cases.account_id = ${account} AND d.note_sealed IS NOT NULL`.execute(product.deps.db);
    expect(notes.rows).toEqual([]);
    const consents = await product.deps.db
      .selectFrom('consents')
      .select('withdrawn_at')
      .where('account_id', '=', account)
      .execute();
    expect(consents.every(({ withdrawn_at }) => withdrawn_at !== null)).toBe(true);
    const closed = await product.deps.db
      .selectFrom('audit_events')
      .select('seq')
      .where('account_id', '=', account)
      .where('event', '=', 'account.closed')
      .execute();
    expect(closed).toHaveLength(1);
    expect(await verifyAudit(product.deps.db)).toMatchObject({ ok: true });
    product.travel(-WEEK - 60);
  });

  it('the same Zalo account may come again, as somebody new, and be verified anew', async () => {
    const { account, visitor, tokens } = await makeFullAccount(product, app, 'nhi');
    await ask(visitor);
    product.travel(WEEK + 60);
    await runJob();
    const again = app.visitor();
    const attempt = await app.ask(again, {
      scope: 'openid profile',
      claims: { id_token: { acr: { essential: true, value: 'level2' } } },
    });
    await signInWithZalo(again, 'nhi');
    await proveWithVneid(again, 'nhi');
    // Nothing was allowed by this new account yet.
    expect(again.has('form-consent')).toBe(true);
    await agree(again);
    const claims = (await app.redeem(again, attempt)).claims();
    expect(claims).toMatchObject({ acr: 'level2' });
    expect(claims?.sub).not.toBe(tokens.claims()?.sub);
    expect(await statusOf(account)).toBe('closed');
    product.travel(-WEEK - 60);
  });

  it('one that cannot be closed does not keep the others open', async () => {
    const stuck = await makeFullAccount(product, app, 'cuong');
    const fine = await makeFullAccount(product, app, 'tuan');
    for (const { visitor } of [stuck, fine]) await ask(visitor);
    // A table that refuses: something nobody thought of.
    await sql`CREATE FUNCTION refuse_test() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'refused by the test'; END $$`.execute(product.deps.db);
    await sql
      .raw(
        `CREATE TRIGGER refuse_test BEFORE DELETE ON phones FOR EACH ROW
         WHEN (OLD.account_id = '${stuck.account}') EXECUTE FUNCTION refuse_test()`,
      )
      .execute(product.deps.db);
    product.travel(WEEK + 60);
    await runJob();
    expect(await statusOf(stuck.account)).toBe('active');
    expect(await statusOf(fine.account)).toBe('closed');
    expect(product.logged()).toContain('an account could not be closed');
    await sql`DROP TRIGGER refuse_test ON phones`.execute(product.deps.db);
    await runJob();
    expect(await statusOf(stuck.account)).toBe('closed');
    product.travel(-WEEK - 60);
  });
});

describe('a sign-in while the account is being erased', () => {
  it('leaves nothing of the person behind, and is one of somebody new', async () => {
    const { deps } = product;
    const profile = { subject: 'returns-too-soon', name: 'Nguyễn Văn Cũ' };
    const { accountId } = await performAct(deps, (act) =>
      recogniseOrCreate(act, deps.keyring, 'zalo', profile),
    );
    await deps.db
      .updateTable('accounts')
      .set({ closing_at: deps.clock() })
      .where('id', '=', accountId)
      .execute();
    let [erasing, signingIn]: [Promise<void>?, Promise<{ accountId: string }>?] = [];
    // The erasure has deleted everything and waits for its line; the sign-in meets what is not yet committed.
    await deps.db.transaction().execute(async (trx) => {
      await sql`SELECT FROM audit_head FOR UPDATE`.execute(trx);
      erasing = runJob();
      await untilWaiting(1);
      signingIn = performAct(deps, (act) =>
        recogniseOrCreate(act, deps.keyring, 'zalo', { ...profile, name: 'Nguyễn Văn Mới' }),
      );
      await untilWaiting(2);
    });
    await erasing;
    expect(await statusOf(accountId)).toBe('closed');
    const { accountId: next } = (await signingIn) ?? { accountId };
    expect(next).not.toBe(accountId);
    for (const table of ['name_index', 'identities', 'devices'] as const) {
      const rows = await deps.db
        .selectFrom(table)
        .select('account_id')
        .where('account_id', '=', accountId)
        .execute();
      expect([table, rows.length]).toEqual([table, 0]);
    }
    expect(await verifyAudit(deps.db)).toMatchObject({ ok: true });
  });

  /** Until so many statements wait for somebody else's lock. */
  async function untilWaiting(count: number): Promise<void> {
    for (let turn = 0; turn < 200; turn += 1) {
      const { rows } = await sql`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(product.deps.db);
      if (rows.length >= count) return;
      await new Promise((settle) => setTimeout(settle, 10));
    }
    throw new Error('nobody waits');
  }
});
