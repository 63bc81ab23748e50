/**
 * Verifications: what level2 rests on. One active row for an account and one for a personal number, held by two
 * partial unique indexes, so that even two attempts in the same instant cannot both win (design §2 point 6).
 * A second account that proves the same number is refused and leaves a duplicate case; nothing is merged or moved.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { type CaseMethod, moveCase, openCase, recordChecks } from './cases.ts';
import { type Checks, decide } from './rules.ts';

/** The person as the evidence showed them. Sealed at rest. */
export type Person = { personalNumber: string; fullName: string };

export type Submission = {
  accountId: string;
  method: CaseMethod;
  person: Person;
  checks: Checks;
  /** What was shown, to be kept sealed until its purge date. */
  evidence: { kind: 'vneid_claims'; content: string };
  expiresAt?: Date;
};

export type SubmissionResult =
  | { approved: true; verificationId: string }
  /** The account holds a verification of this same person already: the proof counts as a factor. */
  | { approved: true; verificationId: string; already: true }
  | { approved: false; reason: 'duplicate_person' | 'other_person' | 'rejected' | 'waiting'; detail: string };

const EVIDENCE_DAYS = 90;
const RULE = 'rule';

/** Takes one proof of identity through checks and rule to a decision, inside the caller's transaction. */
export async function submitProof(
  act: Act,
  keyring: Keyring,
  submission: Submission,
): Promise<SubmissionResult> {
  const { trx, now } = act;
  const { accountId, method } = submission;
  const numberHash = hashNumber(keyring, submission.person.personalNumber);

  // One proof at a time for an account: the second of two in the same instant finds the first one's verification.
  await trx
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const held = await findActive(trx, accountId);
  if (held && !held.number_hash.equals(numberHash)) {
    // A citizen never becomes another person: whose number this is, it is not the one this account proved.
    return { approved: false, reason: 'other_person', detail: 'number_differs' };
  }
  const stillGood = held && (!held.expires_at || held.expires_at > now);
  const decision = decide(submission.checks);
  if (stillGood && decision.outcome === 'approve')
    return { approved: true, verificationId: held.id, already: true };

  const caseId = await openCase(act, { accountId, method });
  if (!caseId) throw new Error('a verification case was not opened');
  await recordChecks(act, caseId, submission.checks);
  await keepEvidence(act, keyring, caseId, submission.evidence);
  if (decision.outcome === 'wait') return { approved: false, reason: 'waiting', detail: decision.reason };
  if (decision.outcome === 'reject') {
    await moveCase(act, { caseId, to: 'rejected', reason: decision.reason, actor: RULE });
    return { approved: false, reason: 'rejected', detail: decision.reason };
  }

  if (held) await endVerification(act, { id: held.id, status: 'expired', reason: 'expired', actor: RULE });
  const verificationId = await activate(act, keyring, caseId, submission, numberHash);
  if (!verificationId) {
    await refuseDuplicate(act, caseId, submission, numberHash);
    return { approved: false, reason: 'duplicate_person', detail: 'number_in_use' };
  }
  await moveCase(act, { caseId, to: 'approved', reason: decision.reason, actor: RULE });
  act.record({
    event: 'verification.approved',
    account: accountId,
    verification: verificationId,
    case: caseId,
    method,
    actor: RULE,
  });
  return { approved: true, verificationId };
}

export type VerificationEnd = {
  id: string;
  status: 'superseded' | 'revoked' | 'expired';
  reason: string;
  actor: string;
};

/** Ends an active verification: the account is level1 from the commit on. False if it was not active. */
export async function endVerification(act: Act, end: VerificationEnd): Promise<boolean> {
  const { trx, now } = act;
  const row = await trx
    .updateTable('verifications')
    .set({ status: end.status, ended_at: now, end_reason: end.reason })
    .where('id', '=', end.id)
    .where('status', '=', 'active')
    .returning(['account_id', 'case_id'])
    .executeTakeFirst();
  if (!row) return false;
  await moveCase(act, { caseId: row.case_id, to: end.status, reason: end.reason, actor: end.actor });
  act.record({
    event: 'verification.ended',
    account: row.account_id,
    verification: end.id,
    status: end.status,
    reason: end.reason,
    actor: end.actor,
  });
  return true;
}

/** The person behind an account's active verification, opened for a claim the citizen allowed. */
export async function findPerson(
  db: Db,
  { keyring, now }: { keyring: Keyring; now: Date },
  accountId: string,
): Promise<Person | undefined> {
  const row = await db
    .selectFrom('verifications')
    .select(['id', 'person_sealed', 'expires_at'])
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (!row || (row.expires_at && row.expires_at <= now)) return undefined;
  return JSON.parse(keyring.open('person', row.id, row.person_sealed).toString()) as Person;
}

/** The id of an account's active verification. */
export async function findActiveId(db: Db, accountId: string): Promise<string | undefined> {
  return (await findActive(db, accountId))?.id;
}

function findActive(db: Db, accountId: string) {
  return db
    .selectFrom('verifications')
    .select(['id', 'number_hash', 'expires_at'])
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
}

/** Makes the verification active; undefined when a unique index says that the person is level2 elsewhere. */
async function activate(
  { trx, now }: Act,
  keyring: Keyring,
  caseId: string,
  { accountId, method, person, expiresAt }: Submission,
  numberHash: Buffer,
): Promise<string | undefined> {
  const id = randomUUID();
  const row = await trx
    .insertInto('verifications')
    .values({
      id,
      account_id: accountId,
      case_id: caseId,
      method,
      status: 'active',
      number_hash: numberHash,
      person_sealed: keyring.seal('person', id, JSON.stringify(person)),
      verified_at: now,
      expires_at: expiresAt ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

async function refuseDuplicate(
  act: Act,
  caseId: string,
  { accountId, method }: Submission,
  numberHash: Buffer,
): Promise<void> {
  await moveCase(act, { caseId, to: 'rejected', reason: 'duplicate_person', actor: RULE });
  const other = await act.trx
    .selectFrom('verifications')
    .select('account_id')
    .where('number_hash', '=', numberHash)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (other) await openCase(act, { accountId, otherAccountId: other.account_id, method });
}

async function keepEvidence(
  { trx, now }: Act,
  keyring: Keyring,
  caseId: string,
  { kind, content }: Submission['evidence'],
): Promise<void> {
  const purgeAfter = new Date(now.getTime() + EVIDENCE_DAYS * 24 * 3600 * 1000);
  const sealed = keyring.seal('evidence', `${caseId}/${kind}`, content);
  await trx
    .insertInto('case_evidence')
    .values({ case_id: caseId, kind, sealed, purge_after: purgeAfter })
    .execute();
}

function hashNumber(keyring: Keyring, personalNumber: string): Buffer {
  return keyring.index('person', personalNumber);
}
