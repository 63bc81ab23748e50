/**
 * What if a client, a service or a scope were raised to level2: how the users of the last 30 days would fare, by commune
 * and age. Three fates: `fine` came at level2 anyway; `step` are verified and would have one more step; `stopped` are not
 * verified, or not any more. A citizen who never verified has neither age nor commune here: unknown, and shown so.
 *
 * Counted for all of them together, every hour, by a timed job, and read as of then: a million users are too many to be
 * counted while somebody waits. A person counts once for each thing raised, however often and through whichever apps.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { rollUpUses } from './uses.ts';

export type Raised = { kind: 'client' | 'service' | 'scope'; id: string };
export type Fates = { users: number; fine: number; step: number; stopped: number };
export type WhatIf = Fates & {
  asOf: Date;
  /** By code; empty: unknown. */
  communes: (Fates & { key: string })[];
  ages: (Fates & { key: string })[];
};

export const ageBands = ['under18', '18to34', '35to59', 'from60', 'unknown'] as const;
const DAYS = 30;
const HOUR_MS = 3600 * 1000;

/** A timed job: counts when the last count is so old. */
export async function countWhatIf(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  everyMs = HOUR_MS,
): Promise<void> {
  const now = clock();
  const isDue = (last: { as_of: Date | null } | undefined) =>
    !last?.as_of || now.getTime() - last.as_of.getTime() >= everyMs;
  const counted = db.selectFrom('what_if_counted').select('as_of');
  if (!isDue(await counted.executeTakeFirst())) return;
  // First what is new in the chain: the figures are not older than they say.
  await rollUpUses({ db, clock });
  await db.transaction().execute(async (trx) => {
    const last = await trx.selectFrom('what_if_counted').select('as_of').forUpdate().executeTakeFirst();
    if (!isDue(last)) return;
    // It has an hour: one processor is enough, and memory to sort in spares the disk.
    await sql`SET LOCAL max_parallel_workers_per_gather = 0`.execute(trx);
    await sql`SET LOCAL work_mem = '64MB'`.execute(trx);
    await sql`DELETE FROM what_if_counts`.execute(trx);
    await gatherUsers(trx, now);
    await fillCounts(trx);
    await sql`UPDATE what_if_counted SET as_of = ${now}`.execute(trx);
  });
}

/** Who used what in the last days, each with what is known of them: once for each app. */
async function gatherUsers(trx: Db, now: Date): Promise<void> {
  const today = sql`(${now}::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
  await sql`
    CREATE TEMPORARY TABLE what_if_used ON COMMIT DROP AS
    WITH past AS (SELECT DISTINCT ON (account_id) account_id, commune, birth_year FROM verifications
      WHERE status <> 'active' ORDER BY account_id, verified_at DESC),
    known AS (
      SELECT u.client_id, u.account_id, coalesce(u.level2_day > ${today} - ${DAYS}::int, false) AS fine,
        v.id IS NOT NULL AND coalesce(v.expires_at > ${now}, true) AND held.id IS NULL AS verified,
        coalesce(v.commune, past.commune, '') AS commune,
        extract(year FROM ${today}) - coalesce(v.birth_year, past.birth_year) AS age
      FROM account_uses AS u
      LEFT JOIN verifications AS v ON v.account_id = u.account_id AND v.status = 'active'
      LEFT JOIN past ON past.account_id = u.account_id
      LEFT JOIN accounts AS held ON held.id = u.account_id AND held.level2_held_at IS NOT NULL
      WHERE u.used_day > ${today} - ${DAYS}::int)
    SELECT client_id, account_id, fine, verified, commune,
      CASE WHEN age IS NULL THEN 'unknown' WHEN age < 18 THEN 'under18' WHEN age < 35 THEN '18to34'
        WHEN age < 60 THEN '35to59' ELSE 'from60' END AS band
    FROM known`.execute(trx);
  // Without it the planner takes a million of them for a few hundred.
  await sql`ANALYZE what_if_used`.execute(trx);
}

async function fillCounts(trx: Db): Promise<void> {
  const fates = sql`count(*) FILTER (WHERE fine), count(*) FILTER (WHERE NOT fine AND verified),
    count(*) FILTER (WHERE NOT fine AND NOT verified)`;
  await sql`
    INSERT INTO what_if_counts (kind, id, commune, band, fine, step, stopped)
    SELECT 'client', client_id, commune, band, ${fates} FROM what_if_used GROUP BY 1, 2, 3, 4`.execute(trx);
  // Of a scope or a service, those who allowed the app they used to ask for it: each person once, through however many apps.
  await sql`
    INSERT INTO what_if_counts (kind, id, commune, band, fine, step, stopped)
    SELECT kind, id, commune, band, ${fates} FROM (
      SELECT CASE grouping(s.name) WHEN 0 THEN 'scope' ELSE 'service' END AS kind, coalesce(s.name, s.resource) AS id,
        min(u.commune) AS commune, min(u.band) AS band, bool_or(u.fine) AS fine, bool_or(u.verified) AS verified
      FROM what_if_used AS u
      JOIN consents AS c ON c.account_id = u.account_id AND c.client_id = u.client_id AND c.withdrawn_at IS NULL
      JOIN clients AS app ON app.client_id = u.client_id
      CROSS JOIN unnest(c.scopes) AS allowed
      JOIN scopes AS s ON s.name = allowed
      WHERE allowed = ANY (app.scopes)
      GROUP BY u.account_id, GROUPING SETS ((s.name), (s.resource))) AS people
    GROUP BY 1, 2, 3, 4`.execute(trx);
}

/** As of when it was last counted; undefined while that never was. */
export async function readWhatIf(db: Db, { kind, id }: Raised): Promise<WhatIf | undefined> {
  // One statement: the counts are those of the time beside them.
  const { rows } = await sql<Row>`
    SELECT r.as_of, c.commune, c.band, c.fine, c.step, c.stopped
    FROM what_if_counted AS r LEFT JOIN what_if_counts AS c ON c.kind = ${kind} AND c.id = ${id}`.execute(db);
  const asOf = rows[0]?.as_of;
  if (!asOf) return undefined;
  const counts = rows.filter(({ band }) => band !== null);
  const by = (member: 'commune' | 'band') =>
    [...Map.groupBy(counts, (row) => row[member])]
      .map(([key, group]) => ({ key, ...sumOf(group) }))
      .sort((one, other) => (one.key < other.key ? -1 : 1));
  return { asOf, ...sumOf(counts), communes: by('commune'), ages: by('band') };
}

type Row = {
  as_of: Date | null;
  commune: string;
  band: string;
  fine: number;
  step: number;
  stopped: number;
};

function sumOf(rows: readonly Row[]): Fates {
  const sum = (member: 'fine' | 'step' | 'stopped') => rows.reduce((total, row) => total + row[member], 0);
  const [fine, step, stopped] = [sum('fine'), sum('step'), sum('stopped')];
  return { users: fine + step + stopped, fine, step, stopped };
}
