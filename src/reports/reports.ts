/**
 * The reports: rows of counts between two days, read from what was rolled up, and the times cases took. Small enough
 * to be read whole: a row is a day, a key and a detail, never a citizen.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';

export type Period = {
  /** First and last day, `YYYY-MM-DD`, in Viet Nam; both count. */
  from: string;
  until: string;
};
export type CountRow = { day: string; key: string; detail: string; count: number };

/** Names that are kept; roll-up.ts and whoever counts as it happens write them. */
export type ReportName =
  | 'sign_ins'
  | 'step_ups'
  | 'step_ups_asked'
  | 'step_ups_started'
  | 'level2_granted'
  | 'level2_ended'
  | 'sign_in_refusals'
  | 'step_up_refusals'
  | 'decisions'
  | 'factor_refusals'
  | 'upstream_errors';

/** What is told apart; over the rest it is added up, and stands empty. */
export type Apart = 'day' | 'key' | 'detail';

export async function readCounts(
  db: Db,
  name: ReportName,
  { from, until }: Period,
  apart: readonly Apart[] = ['day', 'key', 'detail'],
): Promise<CountRow[]> {
  // A year of sixty apps is tens of thousands of rows: a chart takes a few hundred of them, and only those become text.
  const column = (one: Apart, nothing: RawBuilder<unknown>) => (apart.includes(one) ? sql.ref(one) : nothing);
  const { rows } = await sql<{ day: string | null; key: string; detail: string; count: bigint }>`
    SELECT day::text AS day, key, detail, count FROM (
      SELECT ${column('day', sql`NULL::date`)} AS day, ${column('key', sql`''`)} AS key,
        ${column('detail', sql`''`)} AS detail, sum(count)::bigint AS count
      FROM report_counts AS c WHERE name = ${name} AND c.day BETWEEN ${from}::date AND ${until}::date
      GROUP BY 1, 2, 3) AS summed
    ORDER BY summed.day, key, detail`.execute(db);
  return rows.map((row) => ({ ...row, day: row.day ?? '', count: Number(row.count) }));
}

export type CaseTimes = {
  /** A day, the first one of a week (the last week ends with the period), or a way to level2. */
  key: string;
  decided: number;
  /** Seconds from when a case was opened to when it was decided. */
  median: number;
  p90: number;
};

/**
 * How long citizens waited for a decision, by the day of the decision or the way they came. What a rule decided in the
 * act that opened the case made nobody wait, and what a citizen took back was not decided.
 */
export async function readCaseTimes(
  db: Db,
  { from, until }: Period,
  by: 'day' | 'week' | 'method',
): Promise<CaseTimes[]> {
  const day = sql`(decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
  const keys = {
    day: sql`${day}::text`,
    week: sql`(${until}::date - (${until}::date - ${day}) / 7 * 7 - 6)::text`,
    method: sql.ref('method'),
  };
  const { rows } = await sql<CaseTimes & { decided: bigint }>`
    SELECT ${keys[by]} AS key, count(*) AS decided,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS p90
    FROM cases
    WHERE kind = 'verification' AND status IN ('approved', 'rejected') AND decided_at > opened_at
      AND decided_at >= ${from}::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
      AND decided_at < (${until}::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
    GROUP BY 1 ORDER BY 1`.execute(db);
  return rows.map((row) => ({ ...row, decided: Number(row.decided) }));
}

/** Who waits now: how many cases, and for how many seconds already. */
export async function readWaiting(
  db: Db,
  now: Date,
): Promise<{ count: number; median: number; oldest: number }> {
  const { rows } = await sql<{ count: bigint; median: number | null; oldest: number | null }>`
    SELECT count(*) AS count, max(extract(epoch FROM ${now}::timestamptz - opened_at))::float8 AS oldest,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ${now}::timestamptz - opened_at))::float8 AS median
    FROM cases WHERE kind = 'verification' AND status IN ('submitted', 'in_review')`.execute(db);
  const { count = 0n, median, oldest } = rows[0] ?? {};
  return { count: Number(count), median: median ?? 0, oldest: oldest ?? 0 };
}

/** Outside the console a count below five is not told: few enough to be somebody. */
const SMALLEST_TOLD = 5;

/** A count as it may leave the console, or in its place what was reckoned from so many. */
export function told(count: number, shown: string | number = count): string | number {
  return count < SMALLEST_TOLD ? `<${SMALLEST_TOLD}` : shown;
}
