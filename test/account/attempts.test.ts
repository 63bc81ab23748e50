/** Failed proofs: five are free, then the wait grows, for all nodes alike, and a day forgets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttemptSubject, mustWait, refundAttempt, takeAttempt } from '../../src/account/attempts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { sweepExpired } from '../../src/db/sweep.ts';
import { Keyring } from '../../src/keyring.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const keyring = new Keyring([{ id: 1, key: Buffer.alloc(32, 7) }]);
let now = new Date('2026-11-24T08:00:00Z');

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

async function attempt(...subjects: AttemptSubject[]): Promise<boolean> {
  return performAct({ db: database.db, clock: () => now }, (act) => takeAttempt(act, keyring, subjects));
}

const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};

/** How many minutes a subject has to wait, found by trying. */
async function minutesToWait(subject: AttemptSubject): Promise<number> {
  const start = now;
  for (let minutes = 0; minutes <= 25 * 60; minutes += 1) {
    const at = new Date(start.getTime() + minutes * 60_000);
    if (!(await mustWait(database.db, keyring, [subject], at))) return minutes;
  }
  return Number.POSITIVE_INFINITY;
}

describe('the wait', () => {
  it('begins with the fifth failure and doubles', async () => {
    const subject: AttemptSubject = { kind: 'account', value: 'a' };
    const waits: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      expect(await attempt(subject)).toBe(true);
      waits.push(await minutesToWait(subject));
      later(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8]);
  });

  it('is forgotten after a day, but not for a PIN: there only the right one, or a year, forgets', async () => {
    const waits: Record<string, number> = {};
    for (const kind of ['account', 'pin'] as const) {
      for (let count = 0; count < 4; count += 1) await attempt({ kind, value: 'patient' });
    }
    later(25 * 60);
    await sweepExpired(database.db, now);
    for (const kind of ['account', 'pin'] as const) {
      await attempt({ kind, value: 'patient' });
      waits[kind] = await minutesToWait({ kind, value: 'patient' });
    }
    expect(waits).toEqual({ account: 0, pin: 1 });
    later(366 * 24 * 60);
    await sweepExpired(database.db, now);
    expect(await database.db.selectFrom('attempt_limits').select('failures').execute()).toEqual([]);
  });

  it('takes no more attempts while it lasts', async () => {
    const subject: AttemptSubject = { kind: 'account', value: 'b' };
    for (let count = 0; count < 5; count += 1) await attempt(subject);
    expect(await attempt(subject)).toBe(false);
    expect(await attempt({ kind: 'device', value: 'b' })).toBe(true);
    later(1);
    expect(await attempt(subject)).toBe(true);
  });

  it('is not passed by many at once: five go through', async () => {
    const subject: AttemptSubject = { kind: 'account', value: 'storm' };
    const taken = await Promise.all(Array.from({ length: 30 }, () => attempt(subject)));
    expect(taken.filter(Boolean)).toHaveLength(5);
  });

  it('is given back when it was no failure', async () => {
    const subject: AttemptSubject = { kind: 'number', value: 'honest' };
    for (let count = 0; count < 20; count += 1) {
      expect(await attempt(subject)).toBe(true);
      await performAct({ db: database.db, clock: () => now }, (act) =>
        refundAttempt(act, keyring, [subject]),
      );
    }
  });

  it('is forgotten after a day without failures', async () => {
    const subject: AttemptSubject = { kind: 'number', value: 'n' };
    for (let count = 0; count < 5; count += 1) await attempt(subject);
    later(25 * 60);
    await attempt(subject);
    expect(await minutesToWait(subject)).toBe(0);
  });
});
