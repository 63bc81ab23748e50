/** Counts without apps and by month: always the sums of the single ones, whoever wrote those, and read in their place. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { Counters } from '../../src/reports/counters.ts';
import { type Apart, readCounts } from '../../src/reports/reports.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const folder = new URL('../../migrations/', import.meta.url);
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

/** As the release before adds them: it knows of no other table. */
async function add(db: Db, rows: readonly { day: string; key: string; detail: string; count: number }[]) {
  await sql`
    INSERT INTO report_counts (name, day, key, detail, count)
    SELECT 'sign_ins', r.* FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r (day date, key text, detail text, count bigint)
    ON CONFLICT (name, day, key, detail) DO UPDATE SET count = report_counts.count + excluded.count`.execute(
    db,
  );
}

async function expectSums(db: Db): Promise<void> {
  const { rows } = await sql`
    (SELECT 'days', name, day::text, detail, sum(count)::text FROM report_counts GROUP BY 2, 3, 4
      EXCEPT SELECT 'days', name, day::text, detail, count::text FROM report_days)
    UNION ALL (SELECT 'days, too much', name, day::text, detail, count::text FROM report_days WHERE count <> 0
      EXCEPT SELECT 'days, too much', name, day::text, detail, sum(count)::text FROM report_counts GROUP BY 2, 3, 4)
    UNION ALL (SELECT 'months', name, concat(date_trunc('month', day)::date, key), detail, sum(count)::text
      FROM report_counts GROUP BY 2, 3, 4
      EXCEPT SELECT 'months', name, concat(month, key), detail, count::text FROM report_months)
    UNION ALL (SELECT 'months, too much', name, concat(month, key), detail, count::text FROM report_months WHERE count <> 0
      EXCEPT SELECT 'months, too much', name, concat(date_trunc('month', day)::date, key), detail, sum(count)::text
      FROM report_counts GROUP BY 2, 3, 4)`.execute(db);
  expect(rows).toEqual([]);
}

const days = ['2026-09-30', '2026-10-01', '2026-10-31', '2026-11-01', '2026-11-15', '2026-12-01'];
const rows = days.flatMap((day, index) =>
  ['app', 'other'].flatMap((key) =>
    ['level1', 'level2'].map((detail, more) => ({ day, key, detail, count: 10 ** more + index })),
  ),
);

describe('coarse counts', () => {
  it('hold what was counted before them', async () => {
    const old = await createTestDatabase({ empty: true });
    try {
      await applyBefore(old.db, '0050');
      await add(old.db, rows);
      expect(await migrate(old.db, new Date())).toContain('0050_rollup.sql');
      await expectSums(old.db);
      expect(await old.db.selectFrom('report_days').selectAll().execute()).toHaveLength(2 * days.length);
    } finally {
      await old.close();
    }
  });

  it('follow a node of the release before, a correction, and a count that comes late', async () => {
    const { db } = database;
    await add(db, rows);
    await expectSums(db);
    // Some of these rows exist, some are new.
    await add(db, [{ ...rows[0], count: 5 } as never, { ...rows[0], key: 'third', count: 1 } as never]);
    await expectSums(db);
    await db.updateTable('report_counts').set({ count: 3n }).where('key', '=', 'third').execute();
    await db.deleteFrom('report_counts').where('day', '=', new Date('2026-12-01')).execute();
    await expectSums(db);
    // What is gone is not read as nothing.
    const left = await readCounts(db, 'sign_ins', { from: '2026-12-01', until: '2026-12-01' }, ['day']);
    expect(left).toEqual([]);
  });

  it('are whole when many nodes write the same rows in different order', async () => {
    const { db } = database;
    await Promise.all(
      Array.from({ length: 12 }, (_, node) => {
        const counters = new Counters({ db, clock: () => new Date('2026-11-24T03:00:00Z') });
        const apps = ['a', 'b', 'c', 'd'];
        for (const app of node % 2 ? apps : apps.reverse()) {
          counters.count('step_ups_asked', app);
          counters.count('step_ups_started', app, node % 3 ? 'vneid' : 'chip');
        }
        return counters.flush();
      }),
    );
    await expectSums(db);
    const asked = await readCounts(db, 'step_ups_asked', { from: '2026-11-24', until: '2026-11-24' }, [
      'day',
    ]);
    expect(asked).toMatchObject([{ count: 48 }]);
  });

  it('answer for every period what the single counts add up to', async () => {
    await add(database.db, rows);
    const bounds = [...days, '2026-10-30', '2026-11-30'].sort();
    for (const from of bounds)
      for (const until of bounds.filter((day) => day >= from))
        for (const apart of [
          ['day', 'detail'],
          ['day'],
          ['key'],
          ['key', 'detail'],
          ['detail'],
        ] as Apart[][]) {
          const counts = await readCounts(database.db, 'sign_ins', { from, until }, apart);
          const expected = new Map<string, number>();
          for (const row of rows.filter(({ day }) => day >= from && day <= until)) {
            const id = apart.map((one) => row[one]).join();
            expected.set(id, (expected.get(id) ?? 0) + row.count);
          }
          expect(new Map(counts.map((row) => [apart.map((one) => row[one]).join(), row.count]))).toEqual(
            expected,
          );
        }
  });
});

/** The migrations of a release before this one. */
async function applyBefore(db: Db, number: string): Promise<void> {
  await sql`CREATE TABLE migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)`.execute(
    db,
  );
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql') && name < number).sort();
  for (const name of names) {
    const text = await readFile(new URL(name, folder), 'utf8');
    await sql.raw(text).execute(db);
    const checksum = createHash('sha256').update(text).digest('hex');
    await sql`INSERT INTO migrations VALUES (${name}, ${checksum}, now())`.execute(db);
  }
}
