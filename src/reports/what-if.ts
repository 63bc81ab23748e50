/**
 * What if a client, a service or a scope were raised to level2: how the users of the last 30 days would fare, by commune
 * and age. Three fates: `fine` came at level2 anyway; `step` are verified and would have one more step; `stopped` are not
 * verified, or not any more. A citizen who never verified has neither age nor commune here: unknown, and shown so.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

export type Raised = { kind: 'client' | 'service' | 'scope'; id: string };
export type Fates = { users: number; fine: number; step: number; stopped: number };
export type WhatIf = Fates & {
  /** By code; empty: unknown. */
  communes: (Fates & { key: string })[];
  ages: (Fates & { key: string })[];
};

export const ageBands = ['under18', '18to34', '35to59', 'from60', 'unknown'] as const;
const DAYS = 30;

/** `today` is a day in Viet Nam, `YYYY-MM-DD`. */
export async function askWhatIf(
  db: Db,
  raised: Raised,
  { today, now }: { today: string; now: Date },
): Promise<WhatIf> {
  const users = usersOf(raised, today);
  const { rows } = await sql<{ commune: string | null; band: string | null; level: number } & Counts>`
    WITH used AS (${users}),
    -- Joined as whole sets: asked one by one, half a million users take ten times as long.
    past AS (SELECT DISTINCT ON (account_id) account_id, commune, birth_year FROM verifications
      WHERE status <> 'active' ORDER BY account_id, verified_at DESC),
    known AS (
      SELECT used.level2_day, coalesce(v.commune, past.commune) AS commune,
        coalesce(v.birth_year, past.birth_year) AS birth_year,
        v.id IS NOT NULL AND (v.expires_at IS NULL OR v.expires_at > ${now}) AND held.id IS NULL AS verified
      FROM used
      LEFT JOIN verifications AS v ON v.account_id = used.account_id AND v.status = 'active'
      LEFT JOIN past ON past.account_id = used.account_id
      LEFT JOIN accounts AS held ON held.id = used.account_id AND held.level2_held_at IS NOT NULL),
    fates AS (
      SELECT coalesce(commune, '') AS commune,
        CASE WHEN birth_year IS NULL THEN 'unknown'
          WHEN extract(year FROM ${today}::date) - birth_year < 18 THEN 'under18'
          WHEN extract(year FROM ${today}::date) - birth_year < 35 THEN '18to34'
          WHEN extract(year FROM ${today}::date) - birth_year < 60 THEN '35to59' ELSE 'from60' END AS band,
        CASE WHEN level2_day > ${today}::date - ${DAYS}::int THEN 'fine'
          WHEN verified THEN 'step' ELSE 'stopped' END AS fate
      FROM known)
    SELECT commune, band, grouping(commune, band) AS level, count(*) AS users,
      count(*) FILTER (WHERE fate = 'fine') AS fine, count(*) FILTER (WHERE fate = 'step') AS step,
      count(*) FILTER (WHERE fate = 'stopped') AS stopped
    FROM fates GROUP BY GROUPING SETS ((), (commune), (band)) ORDER BY commune, band`.execute(db);
  const all = rows.find(({ level }) => Number(level) === 3);
  const of = (level: number, name: 'commune' | 'band') =>
    rows
      .filter((row) => Number(row.level) === level)
      .map((row) => ({ key: row[name] ?? '', ...fatesOf(row) }));
  return { ...fatesOf(all), communes: of(1, 'commune'), ages: of(2, 'band') };
}

type Counts = Record<keyof Fates, bigint>;

function fatesOf(row: Counts | undefined): Fates {
  const read = (name: keyof Fates) => Number(row?.[name] ?? 0);
  return { users: read('users'), fine: read('fine'), step: read('step'), stopped: read('stopped') };
}

/** Of a client its users; of a scope or a service those who allowed the client they used to ask for it. */
function usersOf({ kind, id }: Raised, today: string) {
  if (kind === 'client')
    return sql`SELECT account_id, level2_day FROM account_uses
      WHERE client_id = ${id} AND used_day > ${today}::date - ${DAYS}::int`;
  const names =
    kind === 'scope' ? sql`ARRAY[${id}]` : sql`ARRAY(SELECT name FROM scopes WHERE resource = ${id})`;
  return sql`SELECT u.account_id, max(u.level2_day) AS level2_day FROM account_uses AS u
    WHERE u.used_day > ${today}::date - ${DAYS}::int
      AND u.client_id IN (SELECT client_id FROM clients WHERE scopes && ${names}::text[])
      AND (u.account_id, u.client_id) IN (SELECT account_id, client_id FROM consents
        WHERE withdrawn_at IS NULL AND scopes && ${names}::text[])
    GROUP BY u.account_id`;
}
