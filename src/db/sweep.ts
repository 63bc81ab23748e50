/**
 * Every table that grows has a written end: rows past their time leave in small batches, as a timed job, one node at a
 * time. Nothing reads a row past its time, so a late sweep is only untidy.
 */
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import type { Db } from './database.ts';

const LOCK = 7_204_003;
const BATCH = 1_000;

/** Removes one batch of what is past its time from each table. Returns how many rows left. */
export async function sweepExpired(db: Db, now: Date): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const lock = await sql<{ held: boolean }>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS held`.execute(trx);
    if (!lock.rows[0]?.held) return 0;
    const evidenceEnds = new Date(now.getTime() - 90 * 24 * 3600 * 1000);
    const twoYearsBefore = new Date(now.getTime() - 730 * 24 * 3600 * 1000);
    const monthBefore = new Date(now.getTime() - 30 * 24 * 3600 * 1000);
    const twoMonthsBefore = new Date(now.getTime() - 60 * 24 * 3600 * 1000);
    const dayBefore = new Date(now.getTime() - 24 * 3600 * 1000);
    const results = [
      await sql`DELETE FROM oidc_artefacts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM oidc_artefacts WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM upstream_logins WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM upstream_logins WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM case_evidence WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM case_evidence WHERE purge_after < ${now} LIMIT ${BATCH}))`.execute(trx),
      // The person of a case that was decided goes with its evidence.
      await sql`UPDATE cases SET person_sealed = NULL WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM cases WHERE person_sealed IS NOT NULL AND decided_at < ${evidenceEnds} LIMIT ${BATCH}))`.execute(
        trx,
      ),
      // So does what the officer wrote of them.
      await sql`UPDATE case_decisions SET note_sealed = NULL WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM case_decisions WHERE note_sealed IS NOT NULL AND decided_at < ${evidenceEnds}
          AND status <> 'pending' LIMIT ${BATCH}))`.execute(trx),
      // Challenges go with their reading; a day, so that the waiting screen can still say what became of it.
      await sql`DELETE FROM card_readings WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM card_readings WHERE expires_at < ${dayBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM attempt_limits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM attempt_limits WHERE last_at < ${dayBefore} AND coalesce(blocked_until, last_at) < ${now}
          AND coalesce(forget_at, last_at) < ${now}
        LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM webauthn_challenges WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webauthn_challenges WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM zalo_tokens_seen WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM zalo_tokens_seen WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM mini_app_steps WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mini_app_steps WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM signing_keys WHERE published_until < ${now}`.execute(trx),
      await sql`DELETE FROM officer_sessions WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM officer_sessions WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM officer_invitations WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM officer_invitations WHERE expires_at < ${evidenceEnds} LIMIT ${BATCH}))`.execute(
        trx,
      ),
      // The ledger counts back two years; a browser that was not seen for as long is a new one.
      await sql`DELETE FROM introspection_counts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM introspection_counts WHERE day < ${twoYearsBefore}::date LIMIT ${BATCH}))`.execute(
        trx,
      ),
      await sql`DELETE FROM devices WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM devices WHERE last_seen_at < ${twoYearsBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM notices WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM notices WHERE created_at < ${twoYearsBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM officer_looks WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM officer_looks WHERE expires_at < ${now} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM error_pages WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM error_pages WHERE shown_at < ${monthBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM account_uses WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM account_uses WHERE used_day < ${twoMonthsBefore}::date LIMIT ${BATCH}))`.execute(
        trx,
      ),
      // A visit to a desk goes with the evidence; one that never had an account is nobody's.
      await sql`DELETE FROM desk_visits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM desk_visits WHERE (started_at < ${evidenceEnds}
          OR (account_id IS NULL AND expires_at < ${dayBefore}))
          AND NOT EXISTS (SELECT FROM card_readings r WHERE r.visit_id = desk_visits.id) LIMIT ${BATCH}))`.execute(
        trx,
      ),
      // A slip says for two years that it holds no more.
      await sql`DELETE FROM proof_slips WHERE ctid = ANY (ARRAY(
        SELECT s.ctid FROM proof_slips s JOIN verifications v ON v.id = s.verification_id
        WHERE v.ended_at < ${twoYearsBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM re_audits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM re_audits WHERE answered_at < ${twoYearsBefore} LIMIT ${BATCH}))`.execute(trx),
      await sql`DELETE FROM rate_limits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM rate_limits WHERE expire < ${now.getTime()} LIMIT ${BATCH}))`.execute(trx),
    ];
    return results.reduce((sum, { numAffectedRows }) => sum + Number(numAffectedRows ?? 0), 0);
  });
}

/** Sweeps batch after batch while there is a full one. */
export async function sweepAll({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  while ((await sweepExpired(db, clock())) >= BATCH);
}
