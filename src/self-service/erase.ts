/**
 * The end of an account that its citizen closed: a week after they asked, every session and token ends and the person
 * is erased. What stays has no name and no number: that the account was, what it was verified by and when, what was
 * allowed to whom (the law wants that proof kept) and the audit chain. Its Zalo account may come again, as somebody new.
 */
import { sql } from 'kysely';
import { forgetNames } from '../account/name-index.ts';
import { type Act, performAct } from '../audit/audit.ts';
import type { Trx } from '../db/database.ts';
import { endAllSessions } from '../oidc/sessions.ts';
import { withdrawAttempts } from '../verification/cases.ts';
import { lockAccount } from '../verification/proofs.ts';
import { endVerification, findActiveId } from '../verification/verifications.ts';
import type { Scope } from './citizen.ts';

const reason = 'account_closed';
type Due = Pick<Scope, 'deps' | 'registry'>;

/** A timed job. A suspended account waits: what an officer looks into is not erased meanwhile. */
export async function closeDueAccounts(scope: Due): Promise<void> {
  const { db, clock, log } = scope.deps;
  const due = await db
    .selectFrom('accounts')
    .select('id')
    .where('closing_at', '<=', clock())
    .where('closed_at', 'is', null)
    .where('status', '=', 'active')
    .orderBy('closing_at')
    .limit(100)
    .execute();
  for (const { id } of due) {
    // One that cannot be closed must not keep the others open.
    await performAct(scope.deps, (act) => closeAccount(act, scope, id)).catch((error: Error) =>
      log.error({ error: error.message }, 'an account could not be closed'),
    );
  }
}

async function closeAccount(act: Act, scope: Due, accountId: string): Promise<void> {
  const { trx, now, record } = act;
  if (!(await lockAccount(act, accountId))) return;
  const closed = await trx
    .updateTable('accounts')
    .set({ status: 'closed', closed_at: now, level2_held_at: null, level2_held_reason: null })
    .where('id', '=', accountId)
    // Taken back in this very moment.
    .where('closing_at', '<=', now)
    .where('closed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!closed) return;
  await endAllSessions(act, scope, { accountId, reason, grantReason: reason, tokens: true });
  await withdrawAttempts(act, { accountId, reason });
  const id = await findActiveId(trx, accountId);
  if (id) await endVerification(act, { id, status: 'revoked', reason, actor: 'citizen' });
  await erase(trx, accountId, now);
  record({ event: 'account.closed', account: accountId });
}

/** Rows that are the person's go; rows that must stay lose what is the person's in them. */
async function erase(trx: Trx, accountId: string, now: Date): Promise<void> {
  await sql`DELETE FROM case_evidence WHERE case_id IN (SELECT id FROM cases WHERE account_id = ${accountId})`.execute(
    trx,
  );
  await sql`UPDATE case_decisions SET note_sealed = NULL
    WHERE note_sealed IS NOT NULL AND case_id IN (SELECT id FROM cases WHERE account_id = ${accountId})`.execute(
    trx,
  );
  for (const table of [
    // First, and the names after it: in this order a sign-in takes them.
    'identities',
    'card_readings',
    // After the readings, which name their visit.
    'desk_visits',
    'proof_slips',
    're_audits',
    'card_proofs_seen',
    'mini_app_steps',
    'phones',
    'factors',
    'devices',
    'notices',
    'introspection_counts',
    'account_uses',
    'error_pages',
    // Sessions left their bare id behind and belong to nobody; what is left here is codes and the like.
    'oidc_artefacts',
  ] as const) {
    await trx.deleteFrom(table).where('account_id', '=', accountId).execute();
  }
  await forgetNames(trx, accountId);
  await trx
    .updateTable('cases')
    .set({ person_sealed: null, number_hash: null })
    .where('account_id', '=', accountId)
    .execute();
  await trx
    .updateTable('verifications')
    .set({ person_sealed: null, number_hash: null, commune: null, birth_year: null })
    .where('account_id', '=', accountId)
    .execute();
  await trx
    .updateTable('consents')
    .set({ withdrawn_at: now })
    .where('account_id', '=', accountId)
    .where('withdrawn_at', 'is', null)
    .execute();
}
