/** The sign-ins of every day, many in one statement: the same rows and lines as an act of one's own writes, and no neighbour's fault. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAccount, findAccount, stateOfNew, suspendAccount } from '../../src/account/accounts.ts';
import { noteDevice } from '../../src/account/devices.ts';
import { findProfile, linkIdentity, type Profile, recogniseOrCreate } from '../../src/account/identities.ts';
import { findByName } from '../../src/account/name-index.ts';
import { signInAtOnce } from '../../src/account/sign-in.ts';
import { performAct, recordEvent, verifyAudit } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { type Db, openDatabase } from '../../src/db/database.ts';
import { Keyring } from '../../src/keyring.ts';
import { Metrics } from '../../src/metrics.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let other: Db;
let now: number;
const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);
const clock = () => new Date(now);

beforeEach(async () => {
  now = Date.UTC(2026, 10, 26, 8);
  database = await createTestDatabase();
  other = openDatabase(database.url, 5);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await other.destroy();
  await database.close();
});

const phone = { deviceHash: randomBytes(32), label: 'Chrome/Android' };
const succeeded = (account: string): AuditEvent => ({
  event: 'sign_in.succeeded',
  account,
  client: 'app',
  method: 'zalo',
  level: 'level1',
});

type Given = { db?: Db; device?: typeof phone; metrics?: Metrics } & Omit<Partial<Profile>, 'subject'>;

/** As the way back from Zalo does it: at once, or in an act where it takes one. */
async function signIn(subject: string, given: Given = {}) {
  const { db = database.db, device = phone, metrics, ...said } = given;
  const deps = { db, clock, keyring, ...(metrics ? { metrics } : {}) };
  const profile = { subject, name: 'Nguyễn Văn An', ...said };
  const atOnce = await signInAtOnce(deps, { provider: 'zalo', profile, device, succeeded });
  if (atOnce) return { accountId: atOnce.accountId, way: 'at once' };
  return { accountId: await act(profile, { db, device }), way: 'act' };
}

async function act(profile: Profile, { db = database.db, device = phone } = {}): Promise<string> {
  return performAct({ db, clock }, async (own) => {
    const { accountId } = await recogniseOrCreate(own, keyring, 'zalo', profile);
    await noteDevice(own, { accountId, ...device });
    own.record(succeeded(accountId));
    return accountId;
  });
}

/** The lines about an account, in their order. */
async function linesOf(accountId: string): Promise<string[]> {
  const rows = await database.db
    .selectFrom('audit_events')
    .select(sql<string>`body::text`.as('body'))
    .where('account_id', '=', accountId)
    .orderBy('seq')
    .execute();
  return rows.map(({ body }) => body);
}

async function eventsOf(accountId: string): Promise<string[]> {
  return (await linesOf(accountId)).map((line) => JSON.parse(line).event);
}

const first = ['account.created', 'device.first_seen', 'sign_in.succeeded'];

async function count(table: 'accounts' | 'identities' | 'devices' | 'audit_events'): Promise<number> {
  const row = await database.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

const everything = async (accountId: string) => ({
  lines: (await linesOf(accountId)).map((line) => line.replaceAll(accountId, 'account')),
  profile: await findProfile(database.db, keyring, 'zalo', accountId),
  account: await database.db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow(),
  identity: await database.db
    .selectFrom('identities')
    .select(['provider', 'linked_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .execute(),
  devices: await database.db
    .selectFrom('devices')
    .select(['device_hash', 'label', 'first_seen_at', 'last_seen_at'])
    .where('account_id', '=', accountId)
    .execute(),
  names: await database.db
    .selectFrom('name_index')
    .select(['part_hash', 'source'])
    .where('account_id', '=', accountId)
    .orderBy('part_hash')
    .execute(),
});

/** Without what differs by account: its id, its subject, its own name for a browser. */
function comparable({ lines, profile, account, ...rest }: Awaited<ReturnType<typeof everything>>) {
  return {
    ...rest,
    lines: lines.map((line) => line.replace(/"device":"\w{16}"/, '"device":"x"')),
    profile: { ...profile, subject: 'x' },
    account: { ...account, id: 'x' },
  };
}

describe('signing in at once', () => {
  it('writes what an act writes, letter by letter: the first time, again, and in the first browser after none', async () => {
    const given = { subject: 'by-act', name: 'Nguyễn Văn An', picture: 'https://zalo.test/an.jpg' };
    const byAct = await act(given);
    const { accountId } = await signIn('at-once', given.picture ? { picture: given.picture } : {});
    expect(comparable(await everything(accountId))).toEqual(comparable(await everything(byAct)));
    expect(await eventsOf(accountId)).toEqual(first);
    // What the request that made it takes it for is what the next one reads.
    expect(stateOfNew(accountId, clock())).toEqual(await findAccount(database.db, accountId, clock()));

    now += 60_000;
    await act({ subject: 'by-act' });
    const deps = { db: database.db, clock, keyring };
    const again = { provider: 'zalo', profile: { subject: 'at-once' }, device: phone, succeeded } as const;
    expect(await signInAtOnce(deps, again)).toEqual({ accountId, isNew: false });
    expect(comparable(await everything(accountId))).toEqual(comparable(await everything(byAct)));
    expect((await everything(accountId)).profile).toMatchObject({ name: given.name, picture: given.picture });

    now += 60_000;
    await database.db.deleteFrom('devices').execute();
    const device = { deviceHash: randomBytes(32), label: 'Firefox/Linux' };
    await act(given, { db: database.db, device });
    expect(await signIn('at-once', { device })).toEqual({ accountId, way: 'at once' });
    expect(comparable(await everything(accountId))).toEqual(comparable(await everything(byAct)));
    expect(await eventsOf(accountId)).toEqual([...first, 'sign_in.succeeded', ...first.slice(1)]);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });

  it('counts for the operator what was recorded, once', async () => {
    const metrics = new Metrics();
    await Promise.all(['a', 'b', 'c'].map((subject) => signIn(subject, { metrics })));
    await signIn('a', { metrics });
    const { text } = await metrics.render();
    expect(text).toMatch(/event="account.created".* 3\n/);
    expect(text).toMatch(/event="device.first_seen".* 3\n/);
    expect(text).toMatch(/event="sign_in.succeeded".* 4\n/);
  });

  it('makes one account each of many that come at once to two nodes, in few statements, and the chain holds', async () => {
    const sent = vi.spyOn(pg.Pool.prototype, 'query');
    const all = await Promise.all(
      Array.from({ length: 120 }, (_, number) =>
        signIn(`subject-${number}`, { db: number % 2 ? other : database.db, name: `Trần Thị Số ${number}` }),
      ),
    );
    expect(sent.mock.calls.length).toBeLessThan(12);
    expect(new Set(all.map(({ way }) => way))).toEqual(new Set(['at once']));
    expect(new Set(all.map(({ accountId }) => accountId)).size).toBe(120);
    for (const { accountId } of all) expect(await eventsOf(accountId)).toEqual(first);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 360 });
    // Lines of one act stand together.
    const rows = await database.db.selectFrom('audit_events').select('event').orderBy('seq').execute();
    rows.forEach(({ event }, at) => {
      expect(event).toBe(first[at % 3]);
    });
    const found = await findByName(database.db, keyring, { name: 'Trần Thị', limit: 200 });
    expect(found?.sort()).toEqual(all.map(({ accountId }) => accountId).sort());
  });

  it('serves the new, the known and the unusual who come together, each as they are', async () => {
    const known = await signIn('known');
    const renamed = await signIn('renamed');
    const suspended = await signIn('suspended');
    const elsewhere = await signIn('elsewhere');
    await suspendAccount(
      { db: database.db, clock },
      { accountId: suspended.accountId, actor: 'rule', reason: 'x' },
    );
    now += 1000;
    const device = { deviceHash: randomBytes(32), label: 'Safari/iPhone' };
    const deps = { db: database.db, clock, keyring };
    const [new1, again, changed, refused, told, new2] = await Promise.all([
      signIn('new-1'),
      signIn('known'),
      signIn('renamed', { name: 'Lê Thị Bình' }),
      signInAtOnce(deps, { provider: 'zalo', profile: { subject: 'suspended' }, device: phone, succeeded }),
      signIn('elsewhere', { device }),
      signIn('new-2'),
    ]);
    expect([new1, again, new2].map(({ way }) => way)).toEqual(['at once', 'at once', 'at once']);
    expect(again.accountId).toBe(known.accountId);
    expect(await eventsOf(again.accountId)).toEqual([...first, 'sign_in.succeeded']);
    expect(changed).toEqual({ accountId: renamed.accountId, way: 'act' });
    expect(refused).toBeUndefined();
    expect(await eventsOf(suspended.accountId)).toEqual([...first, 'account.suspended']);
    // A new browser is told of.
    expect(told).toEqual({ accountId: elsewhere.accountId, way: 'act' });
    const notices = await database.db.selectFrom('notices').select(['account_id', 'kind']).execute();
    expect(notices).toContainEqual({ account_id: elsewhere.accountId, kind: 'new_device' });
    expect(await eventsOf(new2.accountId)).toEqual(first);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });
});

describe('what goes wrong with one', () => {
  it('does not fail its neighbours: a row that the database refuses', async () => {
    await signIn('known');
    const bad = { ...phone, label: 'a\0b' };
    const results = await Promise.allSettled([
      signIn('one'),
      signIn('two', { device: bad }),
      signIn('known'),
      signIn('known', { device: bad }),
      signIn('three'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect([await count('accounts'), await count('identities'), await count('audit_events')]).toEqual([
      3, 3, 10,
    ]);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });

  it('is done once when the statement is cut off before its end and sent again', async () => {
    let accountId = '';
    await database.db.transaction().execute(async (trx) => {
      await sql`SELECT FROM audit_head FOR UPDATE`.execute(trx);
      const signingIn = signIn('cut-off', { db: other });
      await untilWaiting();
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(trx);
      void signingIn.then((done) => {
        accountId = done.accountId;
      });
      await new Promise((settle) => setTimeout(settle, 200));
      expect(accountId).toBe('');
    });
    await vi.waitFor(() => expect(accountId).not.toBe(''));
    expect([await count('accounts'), await count('identities'), await count('devices')]).toEqual([1, 1, 1]);
    expect(await eventsOf(accountId)).toEqual(first);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true, events: 3 });
  });

  it('is done once although its answer was lost and it was sent again', async () => {
    const before = [await signIn('known'), await signIn('also-known')];
    const query = pg.Pool.prototype.query as (...given: unknown[]) => Promise<unknown>;
    const lost = new Set<string>();
    vi.spyOn(pg.Pool.prototype, 'query').mockImplementation(async function (
      this: pg.Pool,
      ...given: unknown[]
    ) {
      const answer = await query.apply(this, given);
      const { name } = given[0] as { name: string };
      if (lost.has(name)) return answer as never;
      lost.add(name);
      throw new Error('the connection was lost');
    } as typeof pg.Pool.prototype.query);
    const [one, two] = await Promise.all([signIn('one'), signIn('two')]);
    expect(lost).toContain('sign_in_newcomers');
    lost.delete('sign_in_known');
    const again = await Promise.all([signIn('known'), signIn('also-known')]);
    expect(lost).toContain('sign_in_known');
    expect(again.map(({ accountId }) => accountId)).toEqual(before.map(({ accountId }) => accountId));
    for (const { accountId } of [one, two]) expect(await eventsOf(accountId)).toEqual(first);
    for (const { accountId } of again)
      expect(await eventsOf(accountId)).toEqual([...first, 'sign_in.succeeded']);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });
});

/** Until some statement waits for another's lock. */
async function untilWaiting(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const { rows } = await sql`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(database.db);
    if (rows.length > 0) return;
    await new Promise((settle) => setTimeout(settle, 10));
  }
  throw new Error('nobody waits');
}

describe('two first sign-ins of one person at the same moment', () => {
  it('make one account, on one node and on two', async () => {
    const all = await Promise.all(
      Array.from({ length: 24 }, (_, number) =>
        signIn(`person-${number % 6}`, { db: number % 2 ? other : database.db }),
      ),
    );
    for (let number = 0; number < 6; number += 1) {
      const own = all.filter((_, at) => at % 6 === number).map(({ accountId }) => accountId);
      expect(new Set(own).size).toBe(1);
      expect((await eventsOf(own[0] ?? '')).sort()).toEqual([
        ...first,
        'sign_in.succeeded',
        'sign_in.succeeded',
        'sign_in.succeeded',
      ]);
    }
    expect([await count('accounts'), await count('identities')]).toEqual([6, 6]);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });

  it.each([
    ['is done', 'act'],
    ['is taken back', 'at once'],
  ])('wait for the act that was faster, and go by what became of it: it %s', async (outcome, way) => {
    let release = () => {};
    const held = new Promise<void>((settle) => {
      release = settle;
    });
    let faster = '';
    const acting = performAct({ db: database.db, clock }, async (own) => {
      faster = await createAccount(own);
      await linkIdentity(own, keyring, 'zalo', faster, { subject: 'person', name: 'Nguyễn Văn An' });
      await held;
      if (outcome === 'is taken back') throw new Error('taken back');
    }).catch(() => {});
    await vi.waitFor(() => expect(faster).not.toBe(''));
    const sent = vi.spyOn(pg.Pool.prototype, 'query');
    // A neighbour in the same statement is served, too.
    const waiting = Promise.all([signIn('person', { db: other }), signIn('neighbour', { db: other })]);
    await untilWaiting();
    release();
    await acting;
    const [person, neighbour] = await waiting;
    expect(sent.mock.settledResults.filter(({ type }) => type !== 'fulfilled')).toEqual([]);
    expect(person.way).toBe(way);
    expect(person.accountId === faster).toBe(outcome === 'is done');
    expect(await eventsOf(neighbour.accountId)).toEqual(first);
    expect([await count('accounts'), await count('identities')]).toEqual([2, 2]);
  });
});

it('nobody waits in a circle: sign-ins of the same citizens on two nodes among acts and lines of others', async () => {
  const subjects = Array.from({ length: 12 }, (_, number) => `subject-${number}`);
  const accounts = await Promise.all(subjects.map((subject) => signIn(subject)));
  const sent = vi.spyOn(pg.Pool.prototype, 'query');
  const round = (number: number) => {
    const subject = subjects[(number * 5) % 12] ?? '';
    const { accountId } = accounts[(number * 7) % 12] ?? { accountId: '' };
    const db = number % 2 ? other : database.db;
    const work: (() => Promise<unknown>)[] = [
      () => signIn(subject, { db }),
      () => signIn(`new-${number >> 3}`, { db }),
      () => act({ subject: subjects[(number * 11) % 12] ?? '' }, { db, device: phone }),
      () => recordEvent({ db, clock }, succeeded(accountId)),
    ];
    return (work[number % 4] ?? work[0])?.();
  };
  await Promise.all(Array.from({ length: 240 }, (_, number) => round(number)));
  // A statement that failed would have been sent again and nobody the wiser.
  expect(sent.mock.settledResults.filter(({ type }) => type !== 'fulfilled')).toEqual([]);
  expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
});
