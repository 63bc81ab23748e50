/**
 * Who uses what, and how surely: for each account and client the last day of use, and the last one at level2. Read off the
 * audit chain as roll-up.ts does, each line once; a row that is two months old leaves (db/sweep). It answers one question,
 * asked of all users together: who would be stopped if a service were raised to level2. Nobody is shown from it.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';

const LINES = 20_000;
/** As long as the sweep leaves a row: what is older is passed over, so that the first count of a long chain takes minutes. */
const DAYS = 60;
const DAY_MS = 24 * 3600 * 1000;

/** A timed job: takes in what is new in the chain. */
export async function rollUpUses({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const oldest = new Date(clock().getTime() - DAYS * DAY_MS);
  while ((await rollUpOnce(db, oldest)) === LINES);
}

function rollUpOnce(db: Db, oldest: Date): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const cursor = await sql<{ seq: bigint }>`SELECT seq FROM account_uses_cursor FOR UPDATE`.execute(trx);
    const after = cursor.rows[0]?.seq ?? 0n;
    const newest = await sql<{ seq: bigint | null }>`
      SELECT max(seq) AS seq FROM (
        SELECT seq FROM audit_events WHERE seq > ${after} ORDER BY seq LIMIT ${LINES}) AS page`.execute(trx);
    const until = newest.rows[0]?.seq;
    if (until === null || until === undefined) return 0;
    await sql`
      INSERT INTO account_uses AS u (client_id, account_id, used_day, level2_day)
      SELECT e.client_id, e.account_id, max((e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date),
        max((e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
          FILTER (WHERE e.event = 'step_up.succeeded' OR e.body ->> 'level' = 'level2')
      FROM audit_events AS e
      WHERE e.seq > ${after} AND e.seq <= ${until} AND e.at > ${oldest} AND e.client_id IS NOT NULL AND e.account_id IS NOT NULL
        AND e.event IN ('sign_in.succeeded', 'sign_in.continued', 'step_up.succeeded', 'step_up.declined')
        -- Erased meanwhile: the chain keeps its lines, this table does not begin anew.
        AND EXISTS (SELECT FROM accounts AS a WHERE a.id = e.account_id AND a.status <> 'closed')
      GROUP BY 1, 2
      ON CONFLICT (client_id, account_id) DO UPDATE
        SET used_day = greatest(u.used_day, excluded.used_day),
            level2_day = greatest(u.level2_day, excluded.level2_day)
        WHERE u.used_day < excluded.used_day OR coalesce(u.level2_day, '-infinity') < excluded.level2_day`.execute(
      trx,
    );
    await sql`UPDATE account_uses_cursor SET seq = ${until}`.execute(trx);
    // The numbers have no gaps.
    return Number(BigInt(until) - BigInt(after));
  });
}
