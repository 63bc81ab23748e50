/** What citizens are told: the acts that tell, the message in the sandbox's inbox, the account page. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdLevel2, reinstateAccount, suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { tell } from '../../src/notify/outbox.ts';
import { findPerson } from '../../src/sandbox/people.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { givePhone } from '../support/phone.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

async function signIn(person: string): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.open(`${product.issuer}/account`);
  await signInWithZalo(visitor, person);
  return visitor;
}

async function accountOf(person: string): Promise<string> {
  const { db, keyring } = product.deps;
  const row = await db
    .selectFrom('identities')
    .select('account_id')
    .where('subject_hash', '=', keyring.index('identity', `zalo:${findPerson(person)?.zaloId}`))
    .executeTakeFirstOrThrow();
  return row.account_id;
}

/** Signed in, with the phone number that Zalo has of them. */
async function signInWithPhone(person: string): Promise<{ visitor: Visitor; account: string }> {
  const visitor = await signIn(person);
  const account = await accountOf(person);
  await givePhone(product.deps, account, `+${findPerson(person)?.phone}`);
  return { visitor, account };
}

async function verify(visitor: Visitor, person: string): Promise<void> {
  await visitor.submit('form-verify');
  await proveWithVneid(visitor, person);
}

async function inbox(person: string): Promise<string[]> {
  const visitor = new Visitor();
  await visitor.open(`${product.sandbox}/inbox/${person}`);
  return [...visitor.page.html.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title = '']) => title);
}

async function setFault(person: string, fault: string): Promise<void> {
  const visitor = new Visitor();
  await visitor.open(`${product.sandbox}/inbox/${person}`);
  await visitor.submit('form-fault', { fault });
}

const kindsOf = async (account: string) =>
  (
    await product.deps.db
      .selectFrom('notices')
      .select('kind')
      .where('account_id', '=', account)
      .orderBy('created_at')
      .execute()
  ).map(({ kind }) => kind);

/** The job library asks the real clock: the jobs come nearer instead. */
async function passJobTime(seconds: number): Promise<void> {
  await sql`UPDATE graphile_worker._private_jobs SET run_at = run_at - ${seconds} * interval '1 second'`.execute(
    product.deps.db,
  );
}

async function runTimed(): Promise<void> {
  await sql`SELECT graphile_worker.add_job('tell_of_ending')`.execute(product.deps.db);
}

async function eventually<T>(look: () => Promise<T>, until: (seen: T) => boolean): Promise<T> {
  let seen = await look();
  for (let turn = 0; turn < 200 && !until(seen); turn += 1) {
    await new Promise((settle) => setTimeout(settle, 50));
    seen = await look();
  }
  expect(until(seen), JSON.stringify(seen)).toBe(true);
  return seen;
}

describe('a citizen with a phone number', () => {
  it('hears by Zalo that they are verified, and reads it on the account page', async () => {
    const { visitor } = await signInWithPhone('an');
    await verify(visitor, 'an');
    await eventually(
      () => inbox('an'),
      (titles) => titles.includes('Đã xác minh bằng căn cước'),
    );
    await eventually(
      async () => (await visitor.open(`${product.issuer}/account/notices`)).html,
      (html) => html.includes('Đã nhắn qua Zalo'),
    );
    expect(visitor.text).toContain('Đã xác minh bằng căn cước');
    await visitor.open(`${product.issuer}/account/notices?lang=en`);
    expect(visitor.text).toContain('Verified with your identity card');
    expect(product.logged()).not.toContain('84900000101');
  });

  it('is not held up by a Zalo that is down, and hears when it is up again, once', async () => {
    const { visitor, account } = await signInWithPhone('khanh');
    await setFault('khanh', '503');
    const began = performance.now();
    await verify(visitor, 'khanh');
    expect(visitor.text).toContain('Đã xác minh bằng căn cước');
    expect(performance.now() - began).toBeLessThan(5_000);
    const state = () =>
      product.deps.db
        .selectFrom('notices')
        .select(['status', 'attempts', 'last_error'])
        .where('account_id', '=', account)
        .executeTakeFirstOrThrow();
    await eventually(state, ({ status, attempts }) => status === 'waiting' && attempts === 1);
    expect(await inbox('khanh')).toEqual([]);
    await setFault('khanh', 'none');
    await passJobTime(55);
    await new Promise((settle) => setTimeout(settle, 2_500));
    expect(await inbox('khanh')).toEqual([]);
    await passJobTime(10);
    await eventually(state, ({ status }) => status === 'sent');
    expect(await inbox('khanh')).toEqual(['Đã xác minh bằng căn cước']);
  });
});

describe('a citizen without one', () => {
  it('reads it on the account page, which says that it was not sent', async () => {
    const visitor = await signIn('bay');
    await visitor.open(`${product.issuer}/account/notices`);
    expect(visitor.text).toContain('Chưa có tin nào');
    await visitor.open(`${product.issuer}/account`);
    await verify(visitor, 'bay');
    await eventually(
      async () => (await visitor.open(`${product.issuer}/account/notices`)).html,
      (html) => html.includes('Chỉ ghi ở đây'),
    );
    expect(await inbox('bay')).toEqual([]);
  });

  it('finds many of them page by page, and nobody else’s', async () => {
    const visitor = await signIn('my');
    const account = await accountOf('my');
    for (let index = 0; index < 25; index += 1) {
      const device = `May${index}/Android`;
      await performAct(product.deps, (act) => tell(act, account, { kind: 'new_device', device }));
    }
    await visitor.open(`${product.issuer}/account/notices`);
    expect(visitor.text).toContain('May24 trên Android');
    expect(visitor.text).not.toContain('May4 trên');
    const older = /id="link-older"[^>]*href="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '';
    await visitor.open(`${product.issuer}${older}`);
    for (const index of [0, 1, 2, 3, 4]) expect(visitor.text).toContain(`May${index} trên`);
    expect(visitor.text).not.toContain('May5 trên');
    expect(visitor.page.html).not.toContain('link-older');
    // Another citizen with that address sees nothing of it.
    const other = await signIn('duom');
    await other.open(`${product.issuer}${older}`);
    expect(other.text).not.toContain('May');
    expect((await other.open(`${product.issuer}/account/notices?before=x'--`)).status).toBe(200);
  });
});

describe('the acts that tell', () => {
  it('refused, and the one who holds the number hears of it once', async () => {
    const thief = await signIn('an-2');
    for (const _ of [1, 2]) {
      await thief.open(`${product.issuer}/account`);
      await verify(thief, 'an-2');
    }
    expect(await kindsOf(await accountOf('an-2'))).toEqual(['level2_refused', 'level2_refused']);
    const holder = (await kindsOf(await accountOf('an'))).filter((kind) => kind === 'level2_elsewhere');
    expect(holder).toHaveLength(1);
  });

  it('revoked, put on hold, suspended, reinstated', async () => {
    const visitor = await signIn('toan');
    await verify(visitor, 'toan');
    const account = await accountOf('toan');
    const change = { accountId: account, actor: 'test', reason: 'test' };
    await performAct(product.deps, (act) => holdLevel2(act, change));
    const id = (await findActiveId(product.deps.db, account)) ?? '';
    await performAct(product.deps, (act) =>
      endVerification(act, { id, status: 'revoked', reason: 'test', actor: 'test' }),
    );
    await suspendAccount(product.deps, change);
    await reinstateAccount(product.deps, change);
    expect(await kindsOf(account)).toEqual([
      'level2_granted',
      'level2_ended',
      'level2_ended',
      'account_suspended',
      'account_reinstated',
    ]);
  });

  it('ending: 60, 30 and 7 days before, each once, and when it has ended', async () => {
    const visitor = await signIn('tuan');
    await verify(visitor, 'tuan');
    const account = await accountOf('tuan');
    const end = new Date(product.deps.clock().getTime() + 61 * 86_400_000);
    await product.deps.db
      .updateTable('verifications')
      .set({ expires_at: end })
      .where('account_id', '=', account)
      .execute();
    const told = async () => (await kindsOf(account)).slice(1);
    const pass = async (days: number, expected: string[]) => {
      product.travel(days * 86_400);
      await runTimed();
      await runTimed();
      await eventually(told, (kinds) => kinds.length >= expected.length);
      await new Promise((settle) => setTimeout(settle, 300));
      expect(await told()).toEqual(expected);
    };
    await pass(0, []);
    await pass(2, ['level2_ending']);
    await pass(15, ['level2_ending']);
    await pass(15, ['level2_ending', 'level2_ending']);
    await pass(24, ['level2_ending', 'level2_ending', 'level2_ending']);
    const days = await product.deps.db
      .selectFrom('notices')
      .select(sql<number>`(params->>'days')::int`.as('days'))
      .where('account_id', '=', account)
      .where('kind', '=', 'level2_ending')
      .orderBy('created_at')
      .execute();
    expect(days.map(({ days: one }) => one)).toEqual([60, 30, 7]);
    product.travel(7 * 86_400);
    await sql`SELECT graphile_worker.add_job('expire_verifications')`.execute(product.deps.db);
    await eventually(told, (kinds) => kinds.at(-1) === 'level2_ended');
  });
});
