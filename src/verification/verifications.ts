/**
 * Verifications: what level2 rests on. One active row for an account and one for a personal number, held by two
 * partial unique indexes, so that even two attempts in the same instant cannot both win (design §2 point 6).
 * Rows are ended, never edited; level2 ends with the card's last day.
 */
import { randomUUID } from 'node:crypto';
import { releaseLevel2 } from '../account/accounts.ts';
import { removeAllFactors } from '../account/factors.ts';
import { indexName } from '../account/name-index.ts';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db, Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import type { Keyring } from '../keyring.ts';
import { tell } from '../notify/outbox.ts';
import { type CaseMethod, moveCase } from './cases.ts';

/** The person as the evidence showed them. Sealed at rest. */
export type Person = { personalNumber: string; fullName: string; birthDate?: string };

/** What is to become active, when the rule or an officer has approved it. */
export type Approved = {
  accountId: string;
  caseId: string;
  method: CaseMethod;
  person: Person;
  /** When level2 runs out by itself. */
  expiresAt: Date | null;
  /** Who decided, and why. */
  actor: string;
  reason: string;
};

/** Approves the case and makes its verification active; undefined when person or account is level2 otherwise. */
export async function activate(act: Act, keyring: Keyring, approved: Approved): Promise<string | undefined> {
  const { trx, now, record } = act;
  const { accountId, caseId, method, person, actor, reason } = approved;
  const held = await findActive(trx, accountId);
  const numberHash = hashNumber(keyring, person.personalNumber);
  if (held && !held.number_hash?.equals(numberHash)) return undefined;
  if (held) await endVerification(act, { id: held.id, status: 'superseded', reason: 'verified_anew', actor });
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
      expires_at: approved.expiresAt,
      commune: await communeOf(trx, caseId),
      birth_year: parsePersonalNumber(person.personalNumber)?.birthYear ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return undefined;
  await indexName(trx, keyring, { accountId, source: 'verified', name: person.fullName });
  await moveCase(act, { caseId, to: 'approved', reason, actor });
  await releaseLevel2(act, { accountId, actor, reason: 'verified_anew' });
  record({
    event: 'verification.approved',
    account: accountId,
    verification: id,
    case: caseId,
    method,
    actor,
  });
  await tell(act, accountId, { kind: 'level2_granted', event: `granted/${id}` });
  return id;
}

/** The desk a case came from; nobody knows of one that came by itself. */
async function communeOf(trx: Trx, caseId: string): Promise<string | null> {
  const row = await trx.selectFrom('cases').select('commune').where('id', '=', caseId).executeTakeFirst();
  return row?.commune ?? null;
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
  if (end.status === 'revoked') await removeAllFactors(act, row.account_id, 'verification_revoked');
  act.record({
    event: 'verification.ended',
    account: row.account_id,
    verification: end.id,
    status: end.status,
    reason: end.reason,
    actor: end.actor,
  });
  // One that another took the place of is no news: of that other one they are told.
  if (end.status !== 'superseded')
    await tell(act, row.account_id, { kind: 'level2_ended', event: `ended/${end.id}` });
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
  if (!row?.person_sealed || (row.expires_at && row.expires_at <= now)) return undefined;
  return JSON.parse(keyring.open('person', row.id, row.person_sealed).toString()) as Person;
}

/** How an account was verified: the person, and the tests that stand behind it. */
export type Verified = {
  person: Person;
  method: CaseMethod;
  verifiedAt: Date;
  expiresAt: Date | null;
  checks: { name: string; result: string; checkedAt: Date }[];
};

/** The active verification of an account with all that it rests on; opened for a claim the citizen allowed. */
export async function findVerified(
  db: Db,
  open: { keyring: Keyring; now: Date },
  accountId: string,
): Promise<Verified | undefined> {
  const row = await db
    .selectFrom('verifications')
    .select(['case_id', 'method', 'verified_at', 'expires_at'])
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  const person = row && (await findPerson(db, open, accountId));
  if (!row || !person) return undefined;
  const checks = await db
    .selectFrom('case_checks')
    .select(['name', 'result', 'checked_at'])
    .where('case_id', '=', row.case_id)
    .orderBy('name')
    .execute();
  return {
    person,
    method: row.method as CaseMethod,
    verifiedAt: row.verified_at,
    expiresAt: row.expires_at,
    checks: checks.map(({ name, result, checked_at }) => ({ name, result, checkedAt: checked_at })),
  };
}

/** The id of an account's active verification. */
export async function findActiveId(db: Db, accountId: string): Promise<string | undefined> {
  return (await findActive(db, accountId))?.id;
}

/** The active verification of an account, run out or not. */
export function findActive(db: Db, accountId: string) {
  return db
    .selectFrom('verifications as v')
    .innerJoin('accounts as a', 'a.id', 'v.account_id')
    .select(['v.id', 'v.number_hash', 'v.expires_at'])
    .select((eb) => eb('a.level2_held_at', 'is not', null).as('on_hold'))
    .where('v.account_id', '=', accountId)
    .where('v.status', '=', 'active')
    .executeTakeFirst();
}

/** Ends what has run out, so that the table says so, too; the level was gone at the moment itself. */
export async function expireVerifications(deps: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const due = await deps.db
    .selectFrom('verifications')
    .select('id')
    .where('status', '=', 'active')
    .where('expires_at', '<=', deps.clock())
    .limit(500)
    .execute();
  for (const { id } of due) {
    await performAct(deps, (act) =>
      endVerification(act, { id, status: 'expired', reason: 'expired', actor: 'rule' }),
    );
  }
}

/** A keyed hash of a personal number: finds it, and cannot be read. */
export function hashNumber(keyring: Keyring, personalNumber: string): Buffer {
  return keyring.index('person', personalNumber);
}

export type VerificationSummary = {
  method: CaseMethod;
  status: 'active' | VerificationEnd['status'];
  verifiedAt: Date;
  expiresAt: Date | null;
  endedAt: Date | null;
  endReason: string | null;
};

/** The newest verification of an account, without the person. */
export async function findNewest(db: Db, accountId: string): Promise<VerificationSummary | undefined> {
  const row = await db
    .selectFrom('verifications')
    .select(['method', 'status', 'verified_at', 'expires_at', 'ended_at', 'end_reason'])
    .where('account_id', '=', accountId)
    .orderBy('verified_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (
    row && {
      method: row.method as CaseMethod,
      status: row.status as VerificationSummary['status'],
      verifiedAt: row.verified_at,
      expiresAt: row.expires_at,
      endedAt: row.ended_at,
      endReason: row.end_reason,
    }
  );
}
