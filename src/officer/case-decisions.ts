/**
 * What officers decide about cases. A decision counts two minutes after it was made, and until then whoever made it can undo
 * it: nothing has come of it, so nothing is taken back from a citizen or a service (docs/decisions/0020).
 *
 * Invariants: of two officers one decides, by one conditional update; a decision counts at most once; an approval from here
 * rests on a photo that its officer saw, and on what the one table of rules says of that (verification/rules).
 */
import { randomUUID } from 'node:crypto';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import {
  type AskedFor,
  askAgain,
  moveCase,
  readChecks,
  recordChecks,
  requeue,
} from '../verification/cases.ts';
import { findPhotoVersion } from '../verification/live-photo.ts';
import { decideWaitingCase, lockAccount } from '../verification/proofs.ts';
import { decide } from '../verification/rules.ts';
import { findConflict } from './household.ts';
import type { Officer } from './roles.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UNDO_MS = 2 * MINUTE_MS;
const HOLD_MS = 15 * MINUTE_MS;
/** Time to object, after which the evidence of a refused case leaves. */
const REFUSED_EVIDENCE_MS = 30 * DAY_MS;
/** For how long a case waits for what was asked of its citizen. */
const ASKED_MS = 30 * DAY_MS;
const BATCH = 200;

/** The closed list: what may be decided, and why. */
export const decisionReasons = {
  approve: ['same_face', 'same_face_nickname'],
  ask: ['photo_missing', 'photo_unclear', 'portrait_unreadable', 'come_to_desk'],
  reject: ['another_face', 'not_live', 'misuse_suspected'],
} as const;
export type Outcome = keyof typeof decisionReasons;
type ReasonOf<O extends Outcome> = (typeof decisionReasons)[O][number];

const askedFor: Record<ReasonOf<'ask'>, AskedFor> = {
  photo_missing: 'photo',
  photo_unclear: 'photo',
  portrait_unreadable: 'card',
  come_to_desk: 'desk',
};

export type NewDecision = {
  caseId: string;
  outcome: Outcome;
  reason: string;
  note: string;
  /** The photo the officer saw (verification/live-photo). */
  photo: string | undefined;
};

export type DecisionFault = 'gone' | 'conflict' | 'no_photo' | 'photo_changed' | 'not_enough' | 'account';

/** Decides the case this officer holds; it counts in two minutes. */
export async function decideCase(
  act: Act,
  keyring: Keyring,
  officer: Officer,
  given: NewDecision,
): Promise<{ id: string; countsAt: Date } | { fault: DecisionFault }> {
  const { trx, now, record } = act;
  const { caseId, outcome, reason, note } = given;
  if (await findConflict(trx, officer.id, caseId)) return { fault: 'conflict' };
  // Held from here on: neither the photo nor the account's proof changes under the decision.
  const held = await trx
    .selectFrom('cases')
    .select('account_id')
    .where('id', '=', caseId)
    .where('status', '=', 'submitted')
    .forUpdate()
    .executeTakeFirst();
  if (!held) return { fault: 'gone' };
  const fault = outcome === 'approve' ? await findFault(trx, given, held.account_id) : undefined;
  if (fault) return { fault };
  // Of two who decide, one gets the row. A hold that ran out still counts while nobody took the case.
  const taken = await trx
    .updateTable('cases')
    .set({ status: 'in_review', held_by: null, held_until: null })
    .where('id', '=', caseId)
    .where('kind', '=', 'verification')
    .where('status', '=', 'submitted')
    .where('held_by', '=', officer.id)
    .returning('id')
    .executeTakeFirst();
  if (!taken) return { fault: 'gone' };
  const id = randomUUID();
  const countsAt = new Date(now.getTime() + UNDO_MS);
  await trx
    .insertInto('case_decisions')
    .values({
      ...{ id, case_id: caseId, officer_id: officer.id, outcome, reason },
      note_sealed: note === '' ? null : keyring.seal('evidence', `decision/${id}`, note),
      decided_at: now,
      counts_at: countsAt,
    })
    .execute();
  record({ event: 'case.decision_made', case: caseId, decision: id, outcome, reason, actor: officer.id });
  return { id, countsAt };
}

/** Why a case cannot be approved as it stands. */
async function findFault(
  db: Db,
  { caseId, photo }: NewDecision,
  accountId: string,
): Promise<DecisionFault | undefined> {
  const now = await findPhotoVersion(db, caseId);
  if (!now) return 'no_photo';
  if (now !== photo) return 'photo_changed';
  const checks = await readChecks(db, caseId);
  if (decide({ ...checks, holder_present: 'officer_by_portrait' }).outcome !== 'approve') return 'not_enough';
  const account = await db
    .selectFrom('accounts')
    .select('status')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return account.status === 'active' ? undefined : 'account';
}

/** Takes an officer's own decision back before it counts: the case is theirs again. Undefined when it is too late. */
export async function undoDecision(act: Act, officer: Officer, id: string): Promise<string | undefined> {
  const { trx, now, record } = act;
  const row = await trx
    .updateTable('case_decisions')
    .set({ status: 'undone' })
    .where('id', '=', id)
    .where('officer_id', '=', officer.id)
    .where('status', '=', 'pending')
    .where('counts_at', '>', now)
    .returning('case_id')
    .executeTakeFirst();
  if (!row) return undefined;
  const caseId = row.case_id;
  const back = await trx
    .updateTable('cases')
    .set({ status: 'submitted', held_by: officer.id, held_until: new Date(now.getTime() + HOLD_MS) })
    .where('id', '=', caseId)
    .where('status', '=', 'in_review')
    .returning('id')
    .executeTakeFirst();
  record({ event: 'case.decision_undone', case: caseId, decision: id, actor: officer.id });
  return back && caseId;
}

export type Decision = {
  id: string;
  caseId: string;
  officerId: string;
  outcome: Outcome;
  reason: string;
  decidedAt: Date;
  countsAt: Date;
  status: 'pending' | 'counts' | 'undone' | 'void';
};

/** Decisions about a case, newest first. */
export function listDecisions(db: Db, caseId: string): Promise<Decision[]> {
  return readDecisions(selectDecisions(db).where('case_id', '=', caseId));
}

/** What this officer decided and can still undo, newest first. */
export function listUndoable(db: Db, officer: Officer, now: Date): Promise<Decision[]> {
  const pending = selectDecisions(db).where('status', '=', 'pending').where('counts_at', '>', now);
  return readDecisions(pending.where('officer_id', '=', officer.id));
}

function selectDecisions(db: Db) {
  return db
    .selectFrom('case_decisions')
    .select(['id', 'case_id', 'officer_id', 'outcome', 'reason', 'decided_at', 'counts_at', 'status']);
}

async function readDecisions(query: ReturnType<typeof selectDecisions>): Promise<Decision[]> {
  const rows = await query.orderBy('decided_at', 'desc').limit(20).execute();
  return rows.map((row) => ({
    id: row.id,
    caseId: row.case_id,
    officerId: row.officer_id,
    outcome: row.outcome as Outcome,
    reason: row.reason,
    decidedAt: row.decided_at,
    countsAt: row.counts_at,
    status: row.status as Decision['status'],
  }));
}

type Pen = Pick<Deps, 'db' | 'clock' | 'keyring' | 'metrics' | 'log'>;

/** A timed job: makes due decisions count, and ends the cases whose citizen did not come back. */
export async function settleCases(deps: Pen): Promise<void> {
  const { db, clock, log } = deps;
  const due = await db
    .selectFrom('case_decisions')
    .select('id')
    .where('status', '=', 'pending')
    .where('counts_at', '<=', clock())
    .orderBy('counts_at')
    .limit(BATCH)
    .execute();
  for (const { id } of due) {
    // One that cannot be carried out must not hold up the others.
    await performAct(deps, (act) => carryOut(act, deps.keyring, id)).catch((error: Error) =>
      log.error({ decision: id, error: error.message }, 'a decision could not be carried out'),
    );
  }
  const late = await db
    .selectFrom('cases')
    .select('id')
    .where('asked_at', '<', new Date(clock().getTime() - ASKED_MS))
    .where('status', '=', 'draft')
    .limit(BATCH)
    .execute();
  for (const { id } of late) await performAct(deps, (act) => expireAsked(act, id));
}

async function carryOut(act: Act, keyring: Keyring, id: string): Promise<void> {
  const { trx, now } = act;
  const row = await trx
    .selectFrom('case_decisions')
    .select(['case_id', 'officer_id', 'outcome', 'reason'])
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('counts_at', '<=', now)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!row) return;
  const { case_id: caseId, officer_id: actor, reason } = row;
  const { account_id } = await trx
    .selectFrom('cases')
    .select('account_id')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow();
  // The account first, as everywhere: a newer proof of it takes both in this order.
  const active = await lockAccount(act, account_id);
  const { status } = await trx
    .selectFrom('cases')
    .select('status')
    .where('id', '=', caseId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const counts = status === 'in_review' && (active || row.outcome !== 'approve');
  await trx
    .updateTable('case_decisions')
    .set({ status: counts ? 'counts' : 'void' })
    .where('id', '=', id)
    .execute();
  // Withdrawn meanwhile, or decided at a desk; or the account was suspended, and somebody has to look again.
  if (!counts) return status === 'in_review' ? requeue(act, caseId) : undefined;
  if (row.outcome === 'ask') {
    const asked = askedFor[reason as ReasonOf<'ask'>];
    await askAgain(act, { caseId, askedFor: asked, reason, actor, event: `asked/${id}` });
    return;
  }
  const approve = row.outcome === 'approve';
  if (approve) await recordChecks(act, caseId, { holder_present: 'officer_by_portrait' });
  const result = await decideWaitingCase(act, keyring, { caseId, approve, reason, actor });
  if (result.outcome === 'refused') await purgeEarly(act, caseId);
}

/** What was refused is kept as long as somebody may object, and no longer. */
async function purgeEarly({ trx, now }: Act, caseId: string): Promise<void> {
  const date = new Date(now.getTime() + REFUSED_EVIDENCE_MS);
  await trx
    .updateTable('case_evidence')
    .set({ purge_after: date })
    .where('case_id', '=', caseId)
    .where('purge_after', '>', date)
    .execute();
}

async function expireAsked(act: Act, caseId: string): Promise<void> {
  const row = await act.trx
    .selectFrom('cases')
    .select('status')
    .where('id', '=', caseId)
    .forUpdate()
    .executeTakeFirst();
  if (row?.status === 'draft')
    await moveCase(act, { caseId, to: 'expired', reason: 'not_answered', actor: 'rule' });
}
