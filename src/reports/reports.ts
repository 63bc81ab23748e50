/**
 * The reports: rows of counts between two days, read from what was rolled up, and who waits now. Small enough to be
 * read whole: a row is a day, a key and a detail, never a citizen.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';

const DAY_MS = 24 * 3600 * 1000;

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
  period: Period,
  apart: readonly Apart[] = ['day', 'key', 'detail'],
): Promise<CountRow[]> {
  // A year of sixty apps is tens of thousands of rows: a chart takes a few hundred of them, and only those become text.
  const column = (one: Apart, nothing: RawBuilder<unknown>) => (apart.includes(one) ? sql.ref(one) : nothing);
  const { rows } = await sql<{ day: string | null; key: string; detail: string; count: bigint }>`
    SELECT day::text AS day, key, detail, count FROM (
      SELECT ${column('day', sql`NULL::date`)} AS day, ${column('key', sql`''`)} AS key,
        ${column('detail', sql`''`)} AS detail, sum(count)::bigint AS count
      FROM (${sourceOf(name, period, apart)}) AS c
      GROUP BY 1, 2, 3 HAVING sum(count) > 0) AS summed
    ORDER BY summed.day, key, detail`.execute(db);
  return rows.map((row) => ({ ...row, day: row.day ?? '', count: Number(row.count) }));
}

/** The coarsest counts that still tell apart what is asked for: all three tables hold the same sums. */
function sourceOf(name: ReportName, { from, until }: Period, apart: readonly Apart[]): RawBuilder<unknown> {
  const single = (first: string, last: string) => sql`SELECT day, key, detail, count FROM report_counts
    WHERE name = ${name} AND day BETWEEN ${first}::date AND ${last}::date`;
  if (!apart.includes('key'))
    return sql`SELECT day, '' AS key, detail, count FROM report_days
      WHERE name = ${name} AND day BETWEEN ${from}::date AND ${until}::date`;
  const [first, past] = wholeMonths({ from, until });
  if (apart.includes('day') || first >= past) return single(from, until);
  return sql`SELECT NULL::date AS day, key, detail, count FROM report_months
      WHERE name = ${name} AND month >= ${first}::date AND month < ${past}::date
    UNION ALL ${single(from, dayBefore(first))}
    UNION ALL ${single(past, until)}`;
}

/** The first day of the first month that lies wholly in a period, and the first day behind the last one. */
function wholeMonths({ from, until }: Period): [string, string] {
  const monthOf = (time: number, later = 0) => {
    const day = new Date(time);
    return dayOf(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later));
  };
  // From the second of a month on, its own beginning lies before the period.
  return [monthOf(Date.parse(from) - DAY_MS, 1), monthOf(Date.parse(until) + DAY_MS)];
}

function dayBefore(day: string): string {
  return dayOf(Date.parse(day) - DAY_MS);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
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
