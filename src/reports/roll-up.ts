/**
 * What reports show, counted by day. Most of it is read off the audit chain, each line once: a timed job takes the
 * lines after its cursor and adds them up, in one transaction with the cursor. What the chain does not tell (a citizen
 * was asked to step up) is counted as it happens (counters.ts).
 *
 * Invariant: no citizens here; apps, methods, levels and reason codes only. A line is counted once, whatever node dies.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

const LINES = 20_000;

/** Takes in what is new in the chain; returns how many lines that were. */
export async function rollUp(db: Db): Promise<number> {
  let total = 0;
  for (;;) {
    const lines = await rollUpOnce(db);
    total += lines;
    if (lines < LINES) return total;
  }
}

function rollUpOnce(db: Db): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ seq: bigint }>`SELECT seq FROM report_cursor FOR UPDATE`.execute(trx);
    const after = rows[0]?.seq ?? 0n;
    const newest = await sql<{ seq: bigint | null }>`
      SELECT max(seq) AS seq FROM (
        SELECT seq FROM audit_events WHERE seq > ${after} ORDER BY seq LIMIT ${LINES}) AS page`.execute(trx);
    const until = newest.rows[0]?.seq;
    if (until === null || until === undefined) return 0;
    // Each member of a line is asked for once: the text of the event is parsed anew for every one.
    await sql`
      INSERT INTO report_counts (name, day, key, detail, count)
      SELECT name, day, key, detail, count(*) FROM (
        SELECT (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
          CASE event
            WHEN 'sign_in.succeeded' THEN 'sign_ins' WHEN 'sign_in.continued' THEN 'sign_ins'
            WHEN 'step_up.succeeded' THEN 'step_ups' WHEN 'step_up.declined' THEN 'step_ups'
            WHEN 'verification.approved' THEN 'level2_granted' WHEN 'verification.ended' THEN 'level2_ended'
            WHEN 'sign_in.refused' THEN 'sign_in_refusals' WHEN 'step_up.refused' THEN 'step_up_refusals'
            WHEN 'case.decided' THEN 'decisions' WHEN 'factor.refused' THEN 'factor_refusals' END AS name,
          CASE
            WHEN event IN ('sign_in.succeeded', 'sign_in.continued', 'step_up.succeeded', 'step_up.declined')
              THEN client_id
            WHEN event IN ('verification.approved', 'sign_in.refused', 'step_up.refused') THEN body ->> 'method'
            WHEN event IN ('verification.ended', 'case.decided') THEN body ->> 'status'
            WHEN event = 'factor.refused' THEN body ->> 'kind' END AS key,
          CASE event
            WHEN 'sign_in.succeeded' THEN body ->> 'level' WHEN 'sign_in.continued' THEN 'continued'
            WHEN 'step_up.succeeded' THEN body ->> 'method' WHEN 'step_up.declined' THEN 'declined'
            WHEN 'verification.approved' THEN '' ELSE body ->> 'reason' END AS detail
        FROM audit_events WHERE seq > ${after} AND seq <= ${until}) AS lines
      WHERE name IS NOT NULL AND key IS NOT NULL AND detail IS NOT NULL
      GROUP BY 1, 2, 3, 4
      ON CONFLICT (name, day, key, detail) DO UPDATE SET count = report_counts.count + excluded.count`.execute(
      trx,
    );
    await sql`UPDATE report_cursor SET seq = ${until}`.execute(trx);
    // The numbers have no gaps.
    return Number(BigInt(until) - BigInt(after));
  });
}
