/** What if, against a recount that takes one person after the other; and that it is counted once, whole, and dated. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { ageBands, countWhatIf, type Fates, type Raised, readWhatIf } from '../../src/reports/what-if.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const now = new Date('2026-11-25T05:00:00Z');
const today = Date.parse('2026-11-25');
const DAY_MS = 86_400_000;
const deps = (time = now) => ({ db: database.db, clock: () => time });
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);

async function happen(time: Date, events: readonly AuditEvent[]): Promise<void> {
  await performAct(deps(time), async ({ record }) => {
    for (const event of events) record(event);
  });
}

const signIn = (account: string, client: string, level: 'level1' | 'level2' = 'level1'): AuditEvent => ({
  event: 'sign_in.succeeded',
  ...{ account, client, method: 'zalo', level },
});

async function makeAccounts(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await database.db
    .insertInto('accounts')
    .values(ids.map((id) => ({ id, created_at: daysAgo(300) })))
    .execute();
  return ids;
}

const scopes = { 'dat.xem': 'urn:dat', 'dat.nop': 'urn:dat', 'thue.xem': 'urn:thue' };
const apps = { a: ['openid', 'dat.xem', 'dat.nop'], b: ['openid', 'dat.xem', 'thue.xem'], c: ['openid'] };

async function register(): Promise<void> {
  const { db } = database;
  await db
    .insertInto('communes')
    .values(['99001', '99002'].map((code) => ({ code, name: code })))
    .execute();
  for (const resource of new Set(Object.values(scopes)))
    await db
      .insertInto('resource_servers')
      .values({
        resource,
        client_id: resource,
        secret_hash: Buffer.alloc(32),
        name: resource,
        created_at: now,
      })
      .execute();
  await db
    .insertInto('scopes')
    .values(
      Object.entries(scopes).map(([name, resource]) => ({
        ...{ name, resource, minimum_level: 'level1', description_vi: name, description_en: name },
      })),
    )
    .execute();
  await db
    .insertInto('clients')
    .values(
      Object.entries(apps).map(([client_id, scopes]) => ({
        ...{ client_id, name: client_id, scopes, created_at: now },
        ...{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'] },
        redirect_uris: ['https://app.example/cb'],
      })),
    )
    .execute();
}

type Verified = {
  status?: string;
  verified_at?: Date;
  expires_at?: Date;
  commune?: string;
  birth_year?: number;
};

async function verify(account: string, given: Verified): Promise<void> {
  const [id, case_id] = [randomUUID(), randomUUID()];
  const { db } = database;
  await db
    .insertInto('cases')
    .values({
      ...{ id: case_id, kind: 'verification', account_id: account, method: 'chip', status: 'approved' },
      opened_at: now,
    })
    .execute();
  const ended = given.status && given.status !== 'active' ? { ended_at: now } : {};
  await db
    .insertInto('verifications')
    .values({
      ...{ id, case_id, account_id: account, method: 'chip', status: 'active', number_hash: Buffer.from(id) },
      ...{ person_sealed: Buffer.alloc(1), verified_at: daysAgo(100), ...ended, ...given },
    })
    .execute();
}

async function allow(account: string, client: string, names: string[], withdrawn = false): Promise<void> {
  await database.db
    .insertInto('consents')
    .values({
      ...{ id: randomUUID(), account_id: account, client_id: client, scopes: names, claims: [] },
      ...{ text_version: '1', language: 'vi', granted_at: now, withdrawn_at: withdrawn ? now : null },
    })
    .execute();
}

async function read(kind: Raised['kind'], id: string) {
  const result = await readWhatIf(database.db, { kind, id });
  if (!result) throw new Error('never counted');
  return result;
}

describe('what if', () => {
  it('counts a person once, however often and through whichever apps they came', async () => {
    await register();
    const [one = '', other = ''] = await makeAccounts(2);
    for (let back = 0; back < 10; back += 1)
      await happen(daysAgo(back), [signIn(one, 'a'), signIn(one, 'b'), signIn(one, 'a')]);
    await happen(daysAgo(3), [signIn(other, 'b')]);
    for (const client of ['a', 'b'] as const) {
      // Twice, as after a change of what is asked: still one person.
      await allow(one, client, apps[client]);
      await allow(one, client, apps[client]);
    }
    await allow(other, 'b', ['openid', 'thue.xem']);
    await countWhatIf(deps());
    const stopped = (users: number) => ({ users, fine: 0, step: 0, stopped: users });
    expect(await read('client', 'a')).toMatchObject(stopped(1));
    expect(await read('client', 'b')).toMatchObject(stopped(2));
    expect(await read('scope', 'dat.xem')).toMatchObject(stopped(1));
    expect(await read('service', 'urn:dat')).toMatchObject(stopped(1));
    expect(await read('service', 'urn:thue')).toMatchObject({
      ...stopped(2),
      ages: [{ key: 'unknown', ...stopped(2) }],
      communes: [{ key: '', ...stopped(2) }],
    });
    expect(await read('client', 'c')).toMatchObject(stopped(0));
  });

  it('is what a slow recount of everybody says', async () => {
    await register();
    await populate(await makeAccounts(240));
    await countWhatIf(deps());
    const things: Raised[] = [
      ...Object.keys(apps).map((id) => ({ kind: 'client' as const, id })),
      ...Object.keys(scopes).map((id) => ({ kind: 'scope' as const, id })),
      ...[...new Set(Object.values(scopes))].map((id) => ({ kind: 'service' as const, id })),
    ];
    for (const { kind, id } of things) {
      const { asOf, communes, ages, ...all } = await read(kind, id);
      const slow = await recount({ kind, id });
      expect({ kind, id, ...all }).toEqual({ kind, id, ...slow.all });
      expect(Object.fromEntries(communes.map(({ key, ...fates }) => [key, fates]))).toEqual(slow.communes);
      expect(Object.fromEntries(ages.map(({ key, ...fates }) => [key, fates]))).toEqual(slow.ages);
      expect(asOf).toEqual(now);
      if (id === 'a') expect(Math.min(all.fine, all.step, all.stopped)).toBeGreaterThan(5);
      if (id === 'a') expect(Object.keys(slow.ages).sort()).toEqual([...ageBands].sort());
    }
  });

  it('is counted when an hour has passed, by one node, and the same again when it is counted again', async () => {
    const { db } = database;
    expect(await readWhatIf(db, { kind: 'client', id: 'a' })).toBeUndefined();
    await register();
    const [one = '', other = ''] = await makeAccounts(2);
    await happen(daysAgo(1), [signIn(one, 'a')]);
    await Promise.all([countWhatIf(deps()), countWhatIf(deps()), countWhatIf(deps())]);
    const all = () => db.selectFrom('what_if_counts').selectAll().orderBy('id').execute();
    const before = await all();
    await countWhatIf(deps(), 0);
    expect([await all(), before.length]).toEqual([before, 1]);

    await happen(now, [signIn(other, 'a')]);
    await countWhatIf(deps(new Date(now.getTime() + 59 * 60_000)));
    expect(await read('client', 'a')).toMatchObject({ users: 1, asOf: now });
    const later = new Date(now.getTime() + 60 * 60_000);
    await countWhatIf(deps(later));
    expect(await read('client', 'a')).toMatchObject({ users: 2, asOf: later });
    // Thirty days after they came they are users no more, and the page says so of that day.
    const month = new Date(now.getTime() + 31 * DAY_MS);
    await countWhatIf(deps(month));
    expect(await read('client', 'a')).toMatchObject({ users: 0, asOf: month });
  });
});

/** Everybody differs: in what they used and when, what they allowed, how they were verified and what became of it. */
async function populate(accounts: readonly string[]): Promise<void> {
  const lines = new Map<number, AuditEvent[]>();
  for (const [number, account] of accounts.entries()) {
    for (const [index, client] of Object.keys(apps).entries()) {
      if ((number >> index) % 2 === 0) continue;
      for (const back of [(number * 7) % 41, (number * 11) % 29, 29, 30].slice(0, 1 + (number % 4))) {
        const level = (number + back) % 9 === 0 ? 'level2' : 'level1';
        lines.set(back, [...(lines.get(back) ?? []), signIn(account, client, level)]);
      }
      const names = apps[client as keyof typeof apps];
      if (number % 5) await allow(account, client, number % 3 ? names : names.slice(0, 2), number % 11 === 0);
    }
    const person = {
      ...(number % 4 ? { commune: number % 3 ? '99001' : '99002' } : {}),
      ...(number % 6 ? { birth_year: 1946 + ((number * 13) % 75) } : {}),
    };
    if (number % 10 > 3)
      await verify(account, { ...person, ...(number % 7 ? {} : { expires_at: daysAgo(1) }) });
    if (number % 10 === 3 || number % 10 === 6)
      await verify(account, {
        ...{ status: 'revoked', commune: '99002', birth_year: 1990, verified_at: daysAgo(200) },
      });
    if (number % 10 === 3)
      await verify(account, { status: 'expired', birth_year: 2012, verified_at: daysAgo(150) });
    if (number % 23 === 0)
      await database.db
        .updateTable('accounts')
        .set({ level2_held_at: now, level2_held_reason: 're_audit' })
        .where('id', '=', account)
        .execute();
  }
  for (const back of [...lines.keys()].sort((one, other) => other - one))
    await happen(daysAgo(back), lines.get(back) ?? []);
}

/** From the log and the rows themselves, one person after the other. */
async function recount({ kind, id }: Raised) {
  const { db } = database;
  const [lines, consents, verifications, accounts] = await Promise.all([
    db.selectFrom('audit_events').select(['body', 'at']).where('event', '=', 'sign_in.succeeded').execute(),
    db.selectFrom('consents').selectAll().where('withdrawn_at', 'is', null).execute(),
    db.selectFrom('verifications').selectAll().orderBy('verified_at', 'desc').execute(),
    db.selectFrom('accounts').selectAll().execute(),
  ]);
  const names = Object.entries(scopes).flatMap(([name, resource]) =>
    name === id || resource === id ? [name] : [],
  );
  const all: Fates = { users: 0, fine: 0, step: 0, stopped: 0 };
  const communes: Record<string, Fates> = {};
  const ages: Record<string, Fates> = {};
  for (const account of accounts) {
    const allowed = (client: string) =>
      names.some(
        (name) =>
          apps[client as keyof typeof apps].includes(name) &&
          consents.some(
            (one) => one.account_id === account.id && one.client_id === client && one.scopes.includes(name),
          ),
      );
    const uses = lines.filter(({ body, at }) => {
      const { account: who, client } = body as { account: string; client: string };
      const day = Date.parse(new Date((at as Date).getTime() + 7 * 3600_000).toISOString().slice(0, 10));
      return (
        who === account.id &&
        today - day < 30 * DAY_MS &&
        (kind === 'client' ? client === id : allowed(client))
      );
    });
    if (uses.length === 0) continue;
    const own = verifications.filter((one) => one.account_id === account.id);
    const active = own.find(({ status }) => status === 'active');
    const past = own.find(({ status }) => status !== 'active');
    const valid = active && (!active.expires_at || active.expires_at > now) && !account.level2_held_at;
    const fine = uses.some(({ body }) => (body as { level: string }).level === 'level2');
    const fate = fine ? 'fine' : valid ? 'step' : 'stopped';
    const year = active?.birth_year ?? past?.birth_year;
    const age = year ? 2026 - year : undefined;
    const band =
      age === undefined
        ? 'unknown'
        : age < 18
          ? 'under18'
          : age < 35
            ? '18to34'
            : age < 60
              ? '35to59'
              : 'from60';
    const commune = active?.commune ?? past?.commune ?? '';
    communes[commune] ??= { users: 0, fine: 0, step: 0, stopped: 0 };
    ages[band] ??= { users: 0, fine: 0, step: 0, stopped: 0 };
    for (const count of [all, communes[commune], ages[band]]) {
      count.users += 1;
      count[fate] += 1;
    }
  }
  return { all, communes, ages };
}
