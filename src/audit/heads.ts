/**
 * The head of the chain at the end of each day in Viet Nam. It is published: a head that somebody outside has kept
 * proves that nothing before it was changed, not even by whoever holds the database and could compute a new chain.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

export type DailyHead = { day: string; seq: bigint; hash: string };

/** Keeps the head of yesterday, and of days before it that were missed; a day without a line has none. */
export async function keepDailyHeads(db: Db, now: Date): Promise<number> {
  // One pass over the lines of those days, by their times: asked a day at a time, each day would be looked for from the end.
  const kept = await sql`
    INSERT INTO audit_heads (day, seq, hash, taken_at)
    SELECT days.day, e.seq, e.hash, ${now} FROM (
      SELECT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, max(seq) AS seq FROM audit_events
      WHERE at >= coalesce((SELECT (max(day) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' FROM audit_heads), '-infinity')
        AND at < (${now}::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh'
      GROUP BY 1) AS days
    JOIN audit_events AS e ON e.seq = days.seq
    ON CONFLICT (day) DO NOTHING`.execute(db);
  return Number(kept.numAffectedRows ?? 0);
}

/** Days before one (from the newest on without it), newest first. */
export async function listDailyHeads(db: Db, limit: number, before?: string): Promise<DailyHead[]> {
  const { rows } = await sql<{ day: string; seq: bigint; hash: Buffer }>`
    SELECT day::text AS day, seq, hash FROM audit_heads
    WHERE ${before ?? null}::date IS NULL OR day < ${before ?? null}::date
    ORDER BY day DESC LIMIT ${limit}`.execute(db);
  return rows.map(({ day, seq, hash }) => ({ day, seq: BigInt(seq), hash: hash.toString('hex') }));
}
