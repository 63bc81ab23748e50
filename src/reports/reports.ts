/**
 * The reports: rows of counts between two days, read from what was rolled up, and the times cases took. Small enough
 * to be read whole: a row is a day, a key and a detail, never a citizen.
 */
import { sql } from 'kysely';
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
  | 'factor_refusals';

export async function readCounts(db: Db, name: ReportName, { from, until }: Period): Promise<CountRow[]> {
  const { rows } = await sql<{ day: string; key: string; detail: string; count: bigint }>`
    SELECT day::text AS day, key, detail, count FROM report_counts
    WHERE name = ${name} AND day BETWEEN ${from}::date AND ${until}::date
    ORDER BY day, key, detail`.execute(db);
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

export type CaseTimes = {
  day: string;
  method: string;
  decided: number;
  /** Seconds from when a case was opened to when it was decided. */
  median: number;
  p90: number;
};

/** How long citizens waited for a decision, by the day of the decision and the way they came. */
export async function readCaseTimes(db: Db, { from, until }: Period): Promise<CaseTimes[]> {
  const { rows } = await sql<CaseTimes & { decided: bigint }>`
    SELECT (decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::text AS day, method, count(*) AS decided,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at))::float8 AS p90
    FROM cases
    WHERE kind = 'verification' AND decided_at >= ${from}::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
      AND decided_at < (${until}::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
    GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
  return rows.map((row) => ({ ...row, decided: Number(row.decided) }));
}

/** Outside the console a count below five is not told: few enough to be somebody. */
const SMALLEST_TOLD = 5;

/** RFC 4180, with a header, for spreadsheets: a cell that would be a formula is made text. Small counts are hidden. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A count as it may leave the console. */
export function told(count: number): string | number {
  return count < SMALLEST_TOLD ? `<${SMALLEST_TOLD}` : count;
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
