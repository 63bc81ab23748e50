/**
 * How long citizens waited for a decision. Days that are over are kept as lists of seconds (a timed job closes them), the
 * last ones are read from the cases: a year is some hundred rows, and its median is still the median of every single one.
 *
 * A day that is closed stays as it was, also when a verification that was approved on it ends years later. What a rule
 * decided in the act that opened the case made nobody wait, and what a citizen took back was not decided.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Period } from './reports.ts';

/** The seconds of every decision of a day and a way, ascending. */
export type Waits = { day: string; method: string; seconds: Int32Array };
export type CaseTimes = {
  key: string;
  decided: number;
  /** Seconds from when a case was opened to when it was decided. */
  median: number;
  p90: number;
};

const startOf = (day: RawBuilder<unknown>) => sql`(${day})::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'`;

/** Of the cases that were decided from the first moment of a day to the last one of another. */
function waitsOf(first: RawBuilder<unknown>, last: RawBuilder<unknown>) {
  return sql`
    SELECT (decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, coalesce(method, '') AS method,
      array_agg(extract(epoch FROM decided_at - opened_at)::integer ORDER BY decided_at - opened_at) AS waits
    FROM cases
    WHERE kind = 'verification' AND status IN ('approved', 'rejected') AND decided_at > opened_at
      AND decided_at >= ${startOf(first)} AND decided_at < ${startOf(sql`${last} + 1`)}
    GROUP BY 1, 2`;
}

/** A timed job: closes the days that are over. */
export async function closeCaseDays({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // What was begun before midnight is committed an hour after it.
    const { rows } = await sql<{ first: string; last: string }>`
      SELECT coalesce(closed_until + 1, '2000-01-01')::text AS first,
        (((${clock()}::timestamptz - interval '1 hour') AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - 1)::text AS last
      FROM case_times_closed FOR UPDATE`.execute(trx);
    const { first, last } = rows[0] ?? { first: '', last: '' };
    if (first > last) return;
    await sql`INSERT INTO case_times (day, method, waits)
      ${waitsOf(sql`${first}::date`, sql`${last}::date`)}`.execute(trx);
    await sql`UPDATE case_times_closed SET closed_until = ${last}::date`.execute(trx);
  });
}

export async function readWaits(db: Db, { from, until }: Period): Promise<Waits[]> {
  const open = sql`greatest(${from}::date, (SELECT coalesce(closed_until + 1, ${from}::date) FROM case_times_closed))`;
  const { rows } = await sql<{ day: string; method: string; waits: string }>`
    SELECT day::text AS day, method, waits::text AS waits FROM case_times WHERE day BETWEEN ${from}::date AND ${until}::date
    UNION ALL
    SELECT day::text, method, waits::text FROM (${waitsOf(open, sql`${until}::date`)}) AS open`.execute(db);
  // A year is some hundred thousand numbers: as one text they are read ten times faster than as a list.
  return rows.map(({ day, method, waits }) => ({
    day,
    method,
    seconds: Int32Array.from(JSON.parse(`[${waits.slice(1, -1)}]`) as number[]),
  }));
}

/** Median and ninetieth percentile of what `keyOf` puts together, in the order of the keys. */
export function timesBy(waits: readonly Waits[], keyOf: (one: Waits) => string): CaseTimes[] {
  const groups = Map.groupBy(waits, keyOf);
  return [...groups]
    .map(([key, group]) => {
      const seconds = new Int32Array(group.reduce((length, one) => length + one.seconds.length, 0));
      let at = 0;
      for (const one of group) {
        seconds.set(one.seconds, at);
        at += one.seconds.length;
      }
      seconds.sort();
      return {
        key,
        decided: seconds.length,
        median: percentile(seconds, 0.5),
        p90: percentile(seconds, 0.9),
      };
    })
    .sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** As SQL's percentile_cont: between the two nearest. */
function percentile(sorted: Int32Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below = 0, above = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}
