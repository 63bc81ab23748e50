/**
 * The decision at a desk: the officer there saw card and face, another officer agrees or does not. Both run through the
 * one table (rules.ts), so what one officer may do alone is written there and nowhere else.
 *
 * Who the second officer may be (not of the household, in their communes) is the caller's to check; that they are not the
 * first one is checked here, too.
 */
import { releasePhone } from '../account/phones.ts';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { moveCase, readChecks, recordChecks } from './cases.ts';
import { type DeskVisit, endVisit, findVisit } from './desk-visits.ts';
import { decideWaitingCase, lockAccount, type SubmissionResult } from './proofs.ts';
import { type Checks, decide, type Switches } from './rules.ts';
import type { Person } from './verifications.ts';

export type DeskFault = 'gone' | 'own';

/** The officer of the visit says: this is the person on the card. Approved at once only where the operator allows it. */
export async function confirmHolder(
  act: Act,
  keyring: Keyring,
  { visit, switches }: { visit: DeskVisit; switches: Switches },
): Promise<SubmissionResult | DeskFault> {
  const caseId = await holdCase(act, visit);
  if (!caseId) return 'gone';
  await act.trx
    .updateTable('desk_visits')
    .set({ seen_at: act.now })
    .where('id', '=', visit.id)
    .where('seen_at', 'is', null)
    .execute();
  const checks = { holder_present: 'officer_in_person', second_officer: 'missing' } as const;
  await recordChecks(act, caseId, checks);
  act.record({
    event: 'desk.holder_seen',
    account: visit.accountId ?? '',
    case: caseId,
    actor: visit.officerId,
  });
  const { outcome, reason } = decide(await readChecks(act.trx, caseId), switches);
  if (outcome !== 'approve') return { outcome: 'waiting', caseId, reason };
  return approve(act, keyring, { visit, caseId, reason, actor: visit.officerId });
}

/** The second officer's answer. */
export async function answerVisit(
  act: Act,
  keyring: Keyring,
  { visit, agree, reason, by }: { visit: DeskVisit; agree: boolean; reason: string; by: string },
): Promise<SubmissionResult | DeskFault> {
  if (by === visit.officerId) return 'own';
  const caseId = await holdCase(act, visit);
  const now = await findVisit(act.trx, visit.id);
  if (!caseId || !now?.seenAt || now.caseId !== caseId) return 'gone';
  if (!agree) return decideWaitingCase(act, keyring, { caseId, approve: false, reason, actor: by });
  await recordChecks(act, caseId, { second_officer: 'agreed' });
  const decision = decide(await readChecks(act.trx, caseId));
  // A chip that is not genuine left no case that waits.
  if (decision.outcome !== 'approve') throw new Error(`two officers are not enough: ${decision.reason}`);
  return approve(act, keyring, { visit, caseId, reason: decision.reason, actor: by });
}

async function approve(
  act: Act,
  keyring: Keyring,
  { visit, ...given }: { visit: DeskVisit; caseId: string; reason: string; actor: string },
): Promise<SubmissionResult> {
  const result = await decideWaitingCase(act, keyring, { ...given, approve: true });
  // They showed the number and then who they are: whoever had it before has it no more.
  if (result.outcome === 'approved' && visit.way === 'phone' && visit.accountId)
    await releasePhone(act, visit.accountId);
  return result;
}

/** Ends a visit that is not decided; what its card left waiting is withdrawn. */
export async function abandonVisit(act: Act, visit: DeskVisit): Promise<void> {
  const caseId = await holdCase(act, visit);
  if (caseId) await moveCase(act, { caseId, to: 'withdrawn', reason: 'visit_ended', actor: visit.officerId });
  await endVisit(act, visit);
}

/** The visit's case while it waits, with its account held: of two answers the second one finds it decided. */
async function holdCase(act: Act, { accountId, caseId }: DeskVisit): Promise<string | undefined> {
  if (!accountId || !caseId || !(await lockAccount(act, accountId))) return undefined;
  const row = await act.trx
    .selectFrom('cases')
    .select('status')
    .where('id', '=', caseId)
    .where('kind', '=', 'verification')
    .forUpdate()
    .executeTakeFirst();
  return row && ['submitted', 'in_review'].includes(row.status) ? caseId : undefined;
}

export type CasePerson = { person: Person; checks: Checks; level2Until: Date | null };

/** Whom a case is about, and how each test went; undefined when the person is gone with the evidence. */
export async function openCasePerson(
  db: Db,
  keyring: Keyring,
  caseId: string,
): Promise<CasePerson | undefined> {
  const row = await db
    .selectFrom('cases')
    .select(['person_sealed', 'level2_until'])
    .where('id', '=', caseId)
    .executeTakeFirst();
  if (!row?.person_sealed) return undefined;
  const opened = keyring.open('person', `case/${caseId}`, row.person_sealed);
  return {
    person: JSON.parse(opened.toString()) as Person,
    checks: await readChecks(db, caseId),
    level2Until: row.level2_until,
  };
}
