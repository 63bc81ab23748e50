/** How long citizens waited: the same figures from closed days as from every single case, and closed days stay. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeCaseDays, readWaits, timesBy } from '../../src/reports/case-times.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const account = randomUUID();
beforeEach(async () => {
  database = await createTestDatabase();
  await database.db.insertInto('accounts').values({ id: account, created_at: new Date() }).execute();
});
afterEach(() => database.close());

const minute = 60_000;
const hour = 60 * minute;
const week = { from: '2026-11-20', until: '2026-11-26' };

async function decide(decided: string, waitedMs: number, more: { status?: string; method?: string } = {}) {
  const decidedAt = new Date(decided);
  const id = randomUUID();
  await database.db
    .insertInto('cases')
    .values({
      ...{ id, kind: 'verification', account_id: account, method: 'chip', status: 'approved', ...more },
      opened_at: new Date(decidedAt.getTime() - waitedMs),
      decided_at: decidedAt,
    })
    .execute();
  return id;
}

const close = (time: string) => closeCaseDays({ db: database.db, clock: () => new Date(time) });
const byDay = async (period = week) => timesBy(await readWaits(database.db, period), ({ day }) => day);

it('are the median and the ninetieth percentile, by whatever is asked', async () => {
  for (let minutes = 1; minutes <= 11; minutes += 1) await decide('2026-11-24T03:00:00Z', minutes * minute);
  // Nobody waited for what the rule decided at once, and what was taken back was not decided.
  await decide('2026-11-24T03:00:00Z', 0);
  await decide('2026-11-24T03:00:00Z', hour, { status: 'withdrawn' });
  const row = { decided: 11, median: 360, p90: 600 };
  expect(await byDay()).toEqual([{ key: '2026-11-24', ...row }]);
  expect(timesBy(await readWaits(database.db, week), ({ method }) => method)).toEqual([
    { key: 'chip', ...row },
  ]);
});

it('are the same from closed days as PostgreSQL makes them of every case, on both sides of midnight', async () => {
  const waits = [1, 7, 90, 3_601, 40_000, 86_400, 5, 12, 77_777].map((seconds) => seconds * 1000);
  for (const [index, waited] of waits.entries()) {
    const method = index % 3 ? 'chip' : 'vneid';
    await decide('2026-11-23T16:59:59Z', waited, { method });
    await decide('2026-11-23T17:00:00Z', waited * 2, { method, status: 'rejected' });
    await decide(`2026-11-25T0${index}:00:00Z`, waited * 3, { method });
  }
  const { rows } = await sql`
    SELECT ((decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)::text AS key, count(*)::int AS decided,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS p90
    FROM cases GROUP BY 1 ORDER BY 1`.execute(database.db);
  const close9 = (times: unknown[]) =>
    times.map((one) => {
      const { median, p90, ...rest } = one as { median: number; p90: number };
      return { ...rest, median: expect.closeTo(median, 6), p90: expect.closeTo(p90, 6) };
    });
  expect(rows).toHaveLength(3);
  expect(await byDay()).toEqual(close9(rows));
  // One day is closed, then all; by two nodes at once, and again.
  await close('2026-11-24T05:00:00Z');
  expect(await byDay()).toEqual(close9(rows));
  await Promise.all([close('2026-11-26T05:00:00Z'), close('2026-11-26T05:00:00Z')]);
  await close('2026-11-26T06:00:00Z');
  expect(await byDay()).toEqual(close9(rows));
  expect(await byDay({ from: '2026-11-24', until: '2026-11-24' })).toEqual(close9(rows.slice(1, 2)));
});

it('of a closed day stay as they were when a verification ends later', async () => {
  const id = await decide('2026-11-24T03:00:00Z', hour);
  await decide('2026-11-24T03:00:00Z', 3 * hour);
  await close('2026-11-25T05:00:00Z');
  const before = await byDay();
  await database.db
    .updateTable('cases')
    .set({ status: 'revoked', decided_at: new Date('2026-11-26T03:00:00Z') })
    .where('id', '=', id)
    .execute();
  expect(await byDay()).toEqual(before);
  expect(before).toEqual([{ key: '2026-11-24', decided: 2, median: 7200, p90: 10_080 }]);
});

it('wait for an hour behind midnight: what was begun before it is committed by then', async () => {
  await close('2026-11-24T17:59:00Z');
  await decide('2026-11-24T16:59:59Z', hour);
  await close('2026-11-24T18:00:00Z');
  expect(await byDay()).toEqual([{ key: '2026-11-24', decided: 1, median: 3600, p90: 3600 }]);
});
