/** What reports count: each line of the chain once, by days in Viet Nam, and nothing that could be somebody. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import { toCsv } from '../../src/audit/csv.ts';
import type { AuditEvent } from '../../src/audit/events.ts';
import { Counters } from '../../src/reports/counters.ts';
import { readCounts, told } from '../../src/reports/reports.ts';
import { rollUp } from '../../src/reports/roll-up.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const account = randomUUID();
const signIn: AuditEvent = {
  event: 'sign_in.succeeded',
  account,
  client: 'app',
  method: 'zalo',
  level: 'level1',
};

async function happen(time: string, ...events: AuditEvent[]): Promise<void> {
  const deps = { db: database.db, clock: () => new Date(time) };
  await performAct(deps, async ({ record }) => {
    for (const event of events) record(event);
  });
}

const week = { from: '2026-11-20', until: '2026-11-26' };

describe('counts', () => {
  it('belong to the day in Viet Nam, which begins at five in the afternoon of Greenwich', async () => {
    await happen('2026-11-24T16:59:59Z', signIn);
    await happen('2026-11-24T17:00:00Z', signIn, signIn);
    await rollUp(database.db);
    expect(await readCounts(database.db, 'sign_ins', week)).toEqual([
      { day: '2026-11-24', key: 'app', detail: 'level1', count: 1 },
      { day: '2026-11-25', key: 'app', detail: 'level1', count: 2 },
    ]);
  });

  it('take each line once, however often and by however many nodes they are rolled up', async () => {
    await happen('2026-11-24T03:00:00Z', signIn, signIn, { ...signIn, level: 'level2', method: 'vneid' });
    const taken = await Promise.all([rollUp(database.db), rollUp(database.db), rollUp(database.db)]);
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(3);
    await happen('2026-11-24T04:00:00Z', signIn);
    expect(await rollUp(database.db)).toBe(1);
    expect(await rollUp(database.db)).toBe(0);
    expect(await readCounts(database.db, 'sign_ins', week)).toEqual([
      { day: '2026-11-24', key: 'app', detail: 'level1', count: 3 },
      { day: '2026-11-24', key: 'app', detail: 'level2', count: 1 },
    ]);
  });

  it('leave lines aside that no report is about', async () => {
    await happen('2026-11-24T03:00:00Z', { event: 'export.made', account });
    expect(await rollUp(database.db)).toBe(1);
    expect(await database.db.selectFrom('report_counts').selectAll().execute()).toEqual([]);
  });

  it('of what stands in no chain are added up by several nodes, and kept while the table cannot be reached', async () => {
    const clock = () => new Date('2026-11-24T03:00:00Z');
    const [one, other] = [new Counters({ db: database.db, clock }), new Counters({ db: database.db, clock })];
    for (const counters of [one, other, one]) counters.count('step_ups_asked', 'app');
    await database.db.schema.alterTable('report_counts').renameTo('away').execute();
    await expect(one.flush()).rejects.toThrow();
    await database.db.schema.alterTable('away').renameTo('report_counts').execute();
    one.count('step_ups_asked', 'app');
    await Promise.all([one.flush(), other.flush()]);
    await one.flush();
    expect(await readCounts(database.db, 'step_ups_asked', week)).toEqual([
      { day: '2026-11-24', key: 'app', detail: '', count: 4 },
    ]);
  });
});

describe('a table that leaves the console', () => {
  it('hides counts that are few enough to be somebody', () => {
    expect([0, 1, 4, 5, 120].map((count) => told(count))).toEqual(['<5', '<5', '<5', 5, 120]);
    expect([told(4, '60'), told(5, '60')]).toEqual(['<5', '60']);
  });

  it('is no program, whatever a reason is called', () => {
    const rows = [
      ['=HYPERLINK("x")', 7],
      ['a,"b"\n', 5],
      ['+1', 5],
    ] as const;
    expect(toCsv(['reason', 'count'], rows)).toBe(
      'reason,count\r\n"\'=HYPERLINK(""x"")",7\r\n"a,""b""\n",5\r\n\'+1,5\r\n',
    );
  });
});
