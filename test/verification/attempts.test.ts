/** Failed proofs: five are free, then the wait grows, for all nodes alike, and a day forgets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import { Keyring } from '../../src/keyring.ts';
import { type AttemptSubject, countFailure, findWait } from '../../src/verification/attempts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const keyring = new Keyring([{ id: 1, key: Buffer.alloc(32, 7) }]);
let now = new Date('2026-11-24T08:00:00Z');

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

async function fail(...subjects: AttemptSubject[]): Promise<void> {
  await performAct({ db: database.db, clock: () => now }, (act) => countFailure(act, keyring, subjects));
}

async function minutesToWait(subject: AttemptSubject): Promise<number> {
  const until = await findWait(database.db, keyring, [subject], now);
  return until ? (until.getTime() - now.getTime()) / 60_000 : 0;
}

describe('the wait', () => {
  it('begins with the fifth failure, doubles, and ends at a day', async () => {
    const subject: AttemptSubject = { kind: 'account', value: 'a' };
    const waits: number[] = [];
    for (let count = 0; count < 18; count += 1) {
      await fail(subject);
      waits.push(await minutesToWait(subject));
    }
    expect(waits.slice(0, 8)).toEqual([0, 0, 0, 0, 1, 2, 4, 8]);
    expect(waits.at(-1)).toBe(24 * 60);
  });

  it('is that of the worst subject, and of no other', async () => {
    const device: AttemptSubject = { kind: 'device', value: 'd' };
    for (let count = 0; count < 6; count += 1)
      await fail(device, { kind: 'account', value: `innocent-${count}` });
    expect(await minutesToWait(device)).toBe(2);
    expect(await minutesToWait({ kind: 'account', value: 'innocent-0' })).toBe(0);
    expect(await minutesToWait({ kind: 'account', value: 'd' })).toBe(0);
    const both = await findWait(
      database.db,
      keyring,
      [{ kind: 'account', value: 'innocent-0' }, device],
      now,
    );
    expect(both).toBeDefined();
  });

  it('is forgotten after a day without failures', async () => {
    const subject: AttemptSubject = { kind: 'number', value: 'n' };
    for (let count = 0; count < 5; count += 1) await fail(subject);
    now = new Date(now.getTime() + 25 * 3600 * 1000);
    await fail(subject);
    expect(await minutesToWait(subject)).toBe(0);
  });

  it('loses no failure when many come at once', async () => {
    const subject: AttemptSubject = { kind: 'account', value: 'storm' };
    await fail(subject);
    await Promise.all(Array.from({ length: 9 }, () => fail(subject)));
    expect(await minutesToWait(subject)).toBe(2 ** 5);
  });
});
