/**
 * For bench/console.ts: services with their scopes and the communes of a province, and behind the log what no line of it
 * tells: what citizens allowed, and how often they were asked to step up.
 */
import { sql } from 'kysely';
import type { Db } from '../src/db/database.ts';

const SERVICES = 6;
const SCOPES = ['xem', 'gui', 'tra-cuu'];
/** As many as the province has; the first three are the sandbox's. */
export const communes = Array.from({ length: 96 }, (_, number) => String(99_001 + number));
export const scopes = Array.from({ length: SERVICES }, (_, service) =>
  SCOPES.map((name) => `dv${service}.${name}`),
).flat();
export const services = Array.from({ length: SERVICES }, (_, service) => `urn:bench:dv${service}`);

/** An app asks for two services. */
export function scopesOf(client: number): string[] {
  const of = (service: number) => scopes.filter((name) => name.startsWith(`dv${service % SERVICES}.`));
  return ['openid', ...of(client), ...of(client + 1)];
}

export async function seedServices(db: Db, now: Date): Promise<void> {
  for (const [number, resource] of services.entries()) {
    const name = `dv${number}`;
    await sql`INSERT INTO resource_servers (resource, client_id, secret_hash, name, created_at)
      VALUES (${resource}, ${name}, sha256(${name}::bytea), ${`Dịch vụ ${number}`}, ${now})`.execute(db);
    for (const scope of scopes.filter((one) => one.startsWith(`${name}.`)))
      await sql`INSERT INTO scopes (name, resource, minimum_level, description_vi, description_en)
        VALUES (${scope}, ${resource}, 'level1', ${scope}, ${scope})`.execute(db);
  }
  await sql`INSERT INTO communes (code, name) SELECT code, 'Xã ' || code FROM unnest(${communes}::text[]) AS code
    ON CONFLICT DO NOTHING`.execute(db);
}

/** Whoever used an app in the last two months allowed it something: everything, or the first service only. */
export async function seedConsents(db: Db, now: Date): Promise<void> {
  await sql`
    INSERT INTO consents (id, account_id, client_id, scopes, claims, text_version, language, granted_at)
    SELECT gen_random_uuid(), u.account_id, u.client_id,
      CASE WHEN hashtext(u.account_id::text) % 4 = 0 THEN c.scopes[1:4] ELSE c.scopes END, '{}', 'bench', 'vi', ${now}
    FROM (SELECT DISTINCT account_id, client_id FROM audit_events
      WHERE at > ${now}::timestamptz - interval '60 days' AND client_id IS NOT NULL AND account_id IS NOT NULL
        AND event IN ('sign_in.succeeded', 'sign_in.continued', 'step_up.succeeded', 'step_up.declined')) AS u
    JOIN clients AS c USING (client_id)`.execute(db);
}

/** A year of what is counted as it happens. */
export async function seedCounters(db: Db, now: Date): Promise<void> {
  const days = sql`generate_series(${now}::timestamptz - interval '364 days', ${now}::timestamptz, interval '1 day') AS t`;
  const day = sql`(t AT TIME ZONE 'Asia/Ho_Chi_Minh')::date`;
  await sql`
    INSERT INTO report_counts (name, day, key, detail, count)
    SELECT 'step_ups_asked', ${day}, client_id, '', 40 + (random() * 40)::int FROM ${days}, clients
    UNION ALL
    SELECT 'step_ups_started', ${day}, client_id, way, 10 + (random() * 20)::int
    FROM ${days}, clients, unnest(ARRAY['vneid', 'chip']) AS way
    UNION ALL
    SELECT 'upstream_errors', ${day}, split_part(code, '_', 1), code, 1 + (random() * 9)::int
    FROM ${days}, unnest(ARRAY['zalo_refused', 'zalo_unavailable', 'vneid_refused', 'vneid_unavailable']) AS code
    ON CONFLICT DO NOTHING`.execute(db);
}
