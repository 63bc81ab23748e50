/** A database that goes silent: noticed in bounded time, told as it is, never done twice, and over by itself. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signInAtOnce } from '../../src/account/sign-in.ts';
import { performAct, recordEvent, verifyAudit } from '../../src/audit/audit.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { type Db, openDatabase, runPrepared } from '../../src/db/database.ts';
import { Unanswered } from '../../src/db/unanswered.ts';
import { Keyring } from '../../src/keyring.ts';
import { followRegistry } from '../../src/registry/feed.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type SilentProxy, startSilentProxy } from '../support/silent-proxy.ts';

const limits = { lanes: 600, pool: 900 };
/** What a machine that is busy with other things may take on top. */
const SLACK = 1_500;

let database: TestDatabase;
let proxy: SilentProxy;
let db: Db;
const keyring = new Keyring([{ id: 1, key: randomBytes(32) }]);
const clock = () => new Date();

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await startSilentProxy(database.url);
  db = openDatabase(proxy.url, 5, limits);
});
afterEach(async () => {
  await Promise.all([db.destroy(), proxy.close()]);
  await database.close();
});

const succeeded = (account: string): AuditEvent => ({
  event: 'sign_in.succeeded',
  account,
  client: 'app',
  method: 'zalo',
  level: 'level1',
});
const somebody = randomUUID();
const first = ['account.created', 'device.first_seen', 'sign_in.succeeded'];
const device = { deviceHash: randomBytes(32), label: 'Chrome/Android' };

function signIn(subject: string): Promise<unknown> {
  const profile = { subject, name: 'Nguyễn Văn An' };
  return signInAtOnce({ db, clock, keyring }, { provider: 'zalo', profile, device, succeeded });
}

/** How long it took until all were answered, and with what. */
async function time<T>(...asked: Promise<T>[]) {
  const began = performance.now();
  const answers = await Promise.allSettled(asked);
  const reasons = answers.map((one) => (one.status === 'rejected' ? one.reason : undefined));
  return { took: performance.now() - began, reasons };
}

async function events(): Promise<(string | null)[]> {
  const rows = await database.db.selectFrom('audit_events').select('event').orderBy('seq').execute();
  return rows.map(({ event }) => event);
}

describe('a lane on which nothing comes any more', () => {
  it('is given up, whoever asked is told, and the next one is served over another', async () => {
    await signIn('before');
    proxy.silence();
    const { took, reasons } = await time(signIn('one'), signIn('two'));
    for (const reason of reasons) expect(reason).toBeInstanceOf(Unanswered);
    expect(took).toBeLessThan(limits.lanes * 1.2 + SLACK);
    // The other lanes, idle until now, are as silent: nobody else has to find that out.
    const next = await time(signIn('three'), signIn('four'));
    expect(next.reasons).toEqual([undefined, undefined]);
    expect(next.took).toBeLessThan(500);
    expect((await events()).length).toBe(9);
  });

  it('is not asked again what may have been done: what was done stands once', async () => {
    await signIn('before');
    proxy.silence('answers');
    const { reasons } = await time(signIn('one'), signIn('two'));
    for (const reason of reasons) expect(reason).toBeInstanceOf(Unanswered);
    expect(await events()).toEqual([...first, ...first, ...first]);
    // Who tries again is known, and nothing was doubled.
    expect(await signIn('one')).toBeDefined();
    expect(await events()).toEqual([...first, ...first, ...first, 'sign_in.succeeded']);
    expect(await verifyAudit(database.db)).toMatchObject({ ok: true });
  });

  it('keeps nobody waiting for long while new connections are silent, too', async () => {
    await signIn('before');
    proxy.silence();
    proxy.isOpen = false;
    const { took, reasons } = await time(...Array.from({ length: 20 }, (_, at) => signIn(`subject-${at}`)));
    for (const reason of reasons) expect(reason).toBeInstanceOf(Unanswered);
    expect(took).toBeLessThan(limits.lanes * 1.2 + SLACK);
    proxy.isOpen = true;
    proxy.silence();
    await vi.waitFor(async () => expect(await signIn('after')).toBeDefined(), {
      timeout: 8_000,
      interval: 200,
    });
  });
});

describe('what is slow and not silent', () => {
  const ask = (seconds: number) => {
    const text = `SELECT pg_backend_pid() AS pid FROM pg_sleep(${seconds})`;
    return runPrepared<{ pid: number }>(db, { name: `slow_${seconds}`, text }, []);
  };

  it('is ended by PostgreSQL itself, and nobody beside it', async () => {
    const beside = [ask(0.4), ask(0.45)];
    const { took, reasons } = await time(ask(30));
    expect(reasons).toEqual([expect.objectContaining({ cause: expect.objectContaining({ code: '57014' }) })]);
    expect(took).toBeLessThan(limits.lanes + SLACK);
    expect((await time(...beside)).reasons).toEqual([undefined, undefined]);
  });

  it('is not taken for silent because we were busy ourselves when the answer came', async () => {
    const asked = [ask(0.1), signIn('one')];
    await new Promise((settle) => setTimeout(settle, 50));
    const until = performance.now() + limits.lanes * 3;
    while (performance.now() < until);
    expect((await time(...(asked as Promise<unknown>[]))).reasons).toEqual([undefined, undefined]);
  });
});

describe('a connection of transactions', () => {
  it('is given up, too, and its idle neighbours with it', async () => {
    await Promise.all(Array.from({ length: 5 }, () => recordEvent({ db, clock }, succeeded(somebody))));
    proxy.silence();
    const { took, reasons } = await time(recordEvent({ db, clock }, succeeded(somebody)));
    expect(reasons[0]).toBeInstanceOf(Unanswered);
    expect(took).toBeLessThan(limits.pool * 1.2 + SLACK);
    const next = await time(
      ...Array.from({ length: 5 }, () => recordEvent({ db, clock }, succeeded(somebody))),
    );
    expect(next.reasons.every((reason) => reason === undefined)).toBe(true);
    expect(next.took).toBeLessThan(500);
  });

  it('does not keep the head of the chain locked for all others when it dies between the act and its commit', async () => {
    const dying = performAct({ db, clock }, async ({ trx, record }) => {
      record(succeeded(somebody));
      // What an act locks at its end is locked here already, and the way goes dark before the commit.
      await trx.selectFrom('audit_head').select('seq').forUpdate().execute();
      proxy.silence();
    });
    const other = recordEvent({ db: database.db, clock }, succeeded(somebody));
    const { took, reasons } = await time(dying, other);
    expect(reasons).toEqual([expect.any(Unanswered), undefined]);
    expect(took).toBeLessThan(limits.pool * 1.2 + SLACK);
    expect(await events()).toEqual(['sign_in.succeeded']);
  });
});

describe('the connection that hears of the registry', () => {
  it('is opened anew when it goes silent, and a change is seen all the same', async () => {
    let reloads = 0;
    const log = { error: vi.fn() };
    const { version } = await database.db
      .selectFrom('registry_version')
      .select('version')
      .executeTakeFirstOrThrow();
    const feed = followRegistry({ db, log } as never, version, async () => {
      reloads += 1;
    });
    const change = async () => {
      await database.db
        .updateTable('registry_version')
        .set(({ eb }) => ({ version: eb('version', '+', 1n as never) }))
        .execute();
      const [before, began] = [reloads, performance.now()];
      await vi.waitFor(() => expect(reloads).toBeGreaterThan(before), { timeout: 10_000, interval: 20 });
      return performance.now() - began;
    };
    try {
      await new Promise((settle) => setTimeout(settle, 300));
      expect(await change()).toBeLessThan(1_000);
      proxy.silence();
      // Noticed in 2 s, opened anew a second later.
      expect(await change()).toBeLessThan(3_000 + 900 + SLACK);
      // And it hears again: sooner than it would look.
      expect(await change()).toBeLessThan(1_000);
    } finally {
      await feed.stop();
    }
  });
});
