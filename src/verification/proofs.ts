/**
 * Proofs of identity: evidence through checks and rule to a decision, in one transaction. Approved at once, refused,
 * or waiting for an officer; a second account that proves the same number is refused and leaves a duplicate case.
 * Nothing is merged or moved silently, and nobody is ever matched by phone, name or e-mail (design §2 point 6).
 */
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';
import { type AskedFor, type CaseMethod, moveCase, openCase, recordChecks } from './cases.ts';
import { findCommune } from './communes.ts';
import { type Checks, decide, type Switches } from './rules.ts';
import { activate, findActive, hashNumber, type Person } from './verifications.ts';

export type Submission = {
  accountId: string;
  method: CaseMethod;
  person: Person;
  checks: Checks;
  /** What was shown, to be kept sealed until its purge date. */
  evidence: { kind: 'vneid_claims' | 'chip_files'; content: string };
  /** When level2 would run out by itself: the end of the card's last day. */
  expiresAt?: Date;
  /** The desk it was shown at, and the officer there, who cannot decide it alone. */
  desk?: { commune: string | null; openedBy: string };
  /** Where the holder lives, as the card prints it: read for the commune, and not kept. */
  residence?: string;
};

export type SubmissionResult =
  /** Without a case: the account was verified as this person already, and the proof counts as a factor. */
  | { outcome: 'approved'; caseId?: string }
  | { outcome: 'waiting'; caseId: string; reason: string }
  | { outcome: 'refused'; caseId?: string; reason: string };

const DAY_MS = 24 * 3600 * 1000;
const EVIDENCE_DAYS = 90;
const REFUSAL_TOLD_DAYS = 30;
const RULE = 'rule';

/** Takes one proof of identity to a decision. */
export async function submitProof(
  act: Act,
  keyring: Keyring,
  submission: Submission,
  switches?: Switches,
): Promise<SubmissionResult> {
  const { accountId, method, person, checks } = submission;
  const numberHash = hashNumber(keyring, person.personalNumber);
  if (!(await lockAccount(act, accountId))) return { outcome: 'refused', reason: 'account_not_active' };
  if (await wasAnother(act.trx, accountId, numberHash)) return { outcome: 'refused', reason: 'other_person' };
  const held = await findActive(act.trx, accountId);
  const decision = decide(checks, switches);
  const stillGood = held && !held.on_hold && (!held.expires_at || held.expires_at > act.now);
  if (stillGood && decision.outcome === 'approve') return { outcome: 'approved' };

  const level2Until = submission.expiresAt ?? null;
  const personSealed = (id: string) => keyring.seal('person', `case/${id}`, JSON.stringify(person));
  // Who came to a desk belongs to its commune; else the commune that the card's address names.
  const commune = submission.desk?.commune ?? (await findCommune(act.trx, submission.residence));
  const caseId = await openCase(act, {
    ...{ accountId, method, numberHash, level2Until, personSealed },
    ...submission.desk,
    ...(commune ? { commune } : {}),
  });
  if (!caseId) throw new Error('a verification case was not opened');
  await recordChecks(act, caseId, checks);
  await keepEvidence(act, keyring, caseId, submission.evidence);
  if (decision.outcome === 'reject') return reject(act, caseId, decision.reason);
  if (await isHeldElsewhere(act.trx, accountId, numberHash))
    return refuseDuplicate(act, caseId, submission, numberHash);
  if (decision.outcome === 'wait') {
    await withdrawEarlier(act, accountId, caseId);
    await noteWait(act, caseId, decision.reason);
    return { outcome: 'waiting', caseId, reason: decision.reason };
  }
  const approved = {
    accountId,
    caseId,
    method,
    person,
    expiresAt: level2Until,
    actor: RULE,
    reason: decision.reason,
  };
  // The index has the last word: another account may prove the number in this very instant.
  if (!(await activate(act, keyring, approved))) return refuseDuplicate(act, caseId, submission, numberHash);
  await withdrawEarlier(act, accountId, caseId);
  return { outcome: 'approved', caseId };
}

/** What an officer decided about a case that waited. */
export async function decideWaitingCase(
  act: Act,
  keyring: Keyring,
  { caseId, approve, reason, actor }: { caseId: string; approve: boolean; reason: string; actor: string },
): Promise<SubmissionResult> {
  const row = await act.trx
    .selectFrom('cases')
    .select(['account_id', 'method', 'person_sealed', 'number_hash', 'level2_until'])
    .where('id', '=', caseId)
    .where('kind', '=', 'verification')
    .executeTakeFirstOrThrow();
  const active = await lockAccount(act, row.account_id);
  if (approve && !active) return { outcome: 'refused', caseId, reason: 'account_not_active' };
  if (!approve) return reject(act, caseId, reason, actor);
  if (!row.person_sealed || !row.number_hash) throw new Error('the case holds no person');
  const opened = keyring.open('person', `case/${caseId}`, row.person_sealed);
  const submission = { accountId: row.account_id, method: row.method as CaseMethod };
  const id = await activate(act, keyring, {
    ...submission,
    caseId,
    person: JSON.parse(opened.toString()) as Person,
    expiresAt: row.level2_until,
    actor,
    reason,
  });
  return id ? { outcome: 'approved', caseId } : refuseDuplicate(act, caseId, submission, row.number_hash);
}

/** A case of an account that is not decided. */
export type WaitingCase = {
  id: string;
  openedAt: Date;
  method: CaseMethod;
  /** The citizen's photo is there. */
  hasPhoto: boolean;
  /** An officer asks for something again; undefined: nothing to do but wait. */
  asked?: { for: AskedFor; reason: string };
};

/** The case of this account that waits for an officer, or for what an officer asked again, if one does. */
export async function findWaitingCase(db: Db, accountId: string): Promise<WaitingCase | undefined> {
  const row = await db
    .selectFrom('cases as c')
    .select(['c.id', 'c.opened_at', 'c.method', 'c.status', 'c.asked_for', 'c.reason'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('case_evidence as e')
          .select('e.case_id')
          .whereRef('e.case_id', '=', 'c.id')
          .where('e.kind', '=', 'live_photo'),
      ).as('has_photo'),
    )
    .where('c.account_id', '=', accountId)
    .where('c.kind', '=', 'verification')
    .where('c.status', 'in', ['draft', 'submitted', 'in_review'])
    .orderBy('c.opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const { id, opened_at, method, status, asked_for, reason, has_photo } = row;
  return {
    id,
    openedAt: opened_at,
    method: method as CaseMethod,
    hasPhoto: has_photo === true,
    ...(status === 'draft' && asked_for
      ? { asked: { for: asked_for as AskedFor, reason: reason ?? '' } }
      : {}),
  };
}

/** Why an officer refused the newest attempt of this account, if it was lately; the reason's code. */
export async function findRefusal(db: Db, accountId: string, now: Date): Promise<string | undefined> {
  const row = await db
    .selectFrom('cases')
    .select(['status', 'reason', 'decided_at'])
    .where('account_id', '=', accountId)
    .where('kind', '=', 'verification')
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const lately = row?.decided_at && now.getTime() - row.decided_at.getTime() < REFUSAL_TOLD_DAYS * DAY_MS;
  return lately && row.status === 'rejected' ? (row.reason ?? undefined) : undefined;
}

/**
 * One proof at a time for an account: the second of two in the same instant finds what the first one left. False when
 * the account may not be used. The lock lets rows that only refer to the account be written beside it.
 */
export async function lockAccount({ trx }: Act, accountId: string): Promise<boolean> {
  const { status } = await trx
    .selectFrom('accounts')
    .select('status')
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  return status === 'active';
}

/** An account never becomes another person, also when what it once proved was revoked: an officer has to look. */
async function wasAnother(db: Db, accountId: string, numberHash: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('verifications')
    .select('id')
    .where('account_id', '=', accountId)
    .where('number_hash', '!=', numberHash)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function isHeldElsewhere(db: Db, accountId: string, numberHash: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('verifications')
    .select('id')
    .where('number_hash', '=', numberHash)
    .where('status', '=', 'active')
    .where('account_id', '!=', accountId)
    .executeTakeFirst();
  return row !== undefined;
}

async function reject(act: Act, caseId: string, reason: string, actor = RULE): Promise<SubmissionResult> {
  const accountId = await moveCase(act, { caseId, to: 'rejected', reason, actor });
  await tell(act, accountId, { kind: 'level2_refused', event: `refused/${caseId}` });
  return { outcome: 'refused', caseId, reason };
}

async function refuseDuplicate(
  act: Act,
  caseId: string,
  { accountId, method }: Pick<Submission, 'accountId' | 'method'>,
  numberHash: Buffer,
): Promise<SubmissionResult> {
  const other = await act.trx
    .selectFrom('verifications')
    .select('account_id')
    .where('number_hash', '=', numberHash)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (other) {
    const duplicate = await openCase(act, { accountId, otherAccountId: other.account_id, method });
    // The holder hears of it, too, once while the case is open: it may be their own second account, or a thief.
    if (duplicate) {
      const event = `elsewhere/${duplicate}`;
      await tell(act, other.account_id, { kind: 'level2_elsewhere', event });
    }
  }
  return reject(act, caseId, 'duplicate_person');
}

/** A newer proof replaces one that still waits: an officer is not asked twice about one person. */
async function withdrawEarlier(act: Act, accountId: string, caseId: string): Promise<void> {
  const earlier = await act.trx
    .selectFrom('cases')
    .select('id')
    .where('account_id', '=', accountId)
    .where('kind', '=', 'verification')
    .where('status', 'in', ['draft', 'submitted', 'in_review'])
    .where('id', '!=', caseId)
    .execute();
  for (const { id } of earlier)
    await moveCase(act, { caseId: id, to: 'withdrawn', reason: 'replaced', actor: RULE });
}

/** Why the rule wants an officer: what the queue is sorted by. */
async function noteWait({ trx }: Act, caseId: string, reason: string): Promise<void> {
  await trx.updateTable('cases').set({ waits_for: reason }).where('id', '=', caseId).execute();
}

async function keepEvidence(
  { trx, now }: Act,
  keyring: Keyring,
  caseId: string,
  { kind, content }: Submission['evidence'],
): Promise<void> {
  const purgeAfter = new Date(now.getTime() + EVIDENCE_DAYS * DAY_MS);
  const sealed = keyring.seal('evidence', `${caseId}/${kind}`, content);
  await trx
    .insertInto('case_evidence')
    .values({ case_id: caseId, kind, sealed, purge_after: purgeAfter })
    .execute();
}
