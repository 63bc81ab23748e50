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
    await sql`
      INSERT INTO report_counts (name, day, key, detail, count)
      SELECT c.name, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, c.key, c.detail, count(*)
      FROM audit_events AS e, LATERAL (
        SELECT * FROM (VALUES
          ('sign_in.succeeded', 'sign_ins', e.client_id, e.body ->> 'level'),
          ('sign_in.continued', 'sign_ins', e.client_id, 'continued'),
          ('step_up.succeeded', 'step_ups', e.client_id, e.body ->> 'method'),
          ('step_up.declined', 'step_ups', e.client_id, 'declined'),
          ('verification.approved', 'level2_granted', e.body ->> 'method', ''),
          ('verification.ended', 'level2_ended', e.body ->> 'status', e.body ->> 'reason'),
          ('sign_in.refused', 'sign_in_refusals', e.body ->> 'method', e.body ->> 'reason'),
          ('step_up.refused', 'step_up_refusals', e.body ->> 'method', e.body ->> 'reason'),
          ('case.decided', 'decisions', e.body ->> 'status', e.body ->> 'reason'),
          ('factor.refused', 'factor_refusals', e.body ->> 'kind', e.body ->> 'reason')
        ) AS listed (event, name, key, detail) WHERE listed.event = e.event) AS c
      WHERE e.seq > ${after} AND e.seq <= ${until} AND c.key IS NOT NULL AND c.detail IS NOT NULL
      GROUP BY 1, 2, 3, 4
      ON CONFLICT (name, day, key, detail) DO UPDATE SET count = report_counts.count + excluded.count`.execute(
      trx,
    );
    await sql`UPDATE report_cursor SET seq = ${until}`.execute(trx);
    // The numbers have no gaps.
    return Number(BigInt(until) - BigInt(after));
  });
}
