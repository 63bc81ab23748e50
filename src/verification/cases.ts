/**
 * Cases: one attempt to reach level2, or one suspicion that two accounts are one person.
 * Every move between states is in one table; a move that is not in it is refused.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import { tell } from '../notify/outbox.ts';
import type { Checks } from './rules.ts';

export type CaseStatus =
  | 'draft'
  | 'submitted'
  | 'in_review'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'expired'
  | 'revoked'
  | 'superseded';

export type CaseMethod = 'vneid' | 'chip';

/** What an officer asks the citizen for once more; `desk`: to come with the card. */
export type AskedFor = 'photo' | 'card' | 'desk';

/**
 * `draft`: the citizen has something to do; `submitted`: waits for an officer, or one is at it; `in_review`: an officer has
 * decided, and it counts in a moment.
 */
const transitions: Record<CaseStatus, readonly CaseStatus[]> = {
  draft: ['submitted', 'withdrawn', 'expired'],
  submitted: ['in_review', 'approved', 'rejected', 'withdrawn', 'expired'],
  in_review: ['submitted', 'draft', 'approved', 'rejected', 'withdrawn', 'expired'],
  approved: ['revoked', 'superseded', 'expired'],
  rejected: [],
  withdrawn: [],
  expired: [],
  revoked: [],
  superseded: [],
};

/** Whether a case may go from one state to another. */
export function mayMove(from: CaseStatus, to: CaseStatus): boolean {
  return transitions[from].includes(to);
}

export type NewCase = {
  accountId: string;
  method: CaseMethod;
  /** Set for a duplicate case: the account that already holds the personal number. */
  otherAccountId?: string;
  /** Whose number it is about, and what a decision needs later. */
  numberHash?: Buffer;
  level2Until?: Date | null;
  /** Seals the person for this case. */
  personSealed?: (caseId: string) => Buffer;
  /** The desk it belongs to, and the officer who opened it there. */
  commune?: string | null;
  openedBy?: string;
};

/** Opens a case as submitted. Undefined when the same duplicate case is open already. */
export async function openCase({ trx, now, record }: Act, given: NewCase): Promise<string | undefined> {
  const id = randomUUID();
  const kind = given.otherAccountId ? 'duplicate' : 'verification';
  const row = await trx
    .insertInto('cases')
    .values({
      id,
      kind,
      account_id: given.accountId,
      other_account_id: given.otherAccountId ?? null,
      method: given.method,
      status: 'submitted',
      number_hash: given.numberHash ?? null,
      level2_until: given.level2Until ?? null,
      person_sealed: given.personSealed?.(id) ?? null,
      commune: given.commune ?? null,
      opened_by: given.openedBy ?? null,
      opened_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return undefined;
  record({
    event: 'case.opened',
    account: given.accountId,
    case: id,
    kind,
    method: given.method,
  });
  return id;
}

/** Opens a case for an officer: "that was not me", about an entry of the citizen's ledger. Undefined when it is open. */
export async function openReport(
  { trx, now, record }: Act,
  { accountId, entry }: { accountId: string; entry: bigint },
): Promise<string | undefined> {
  const id = randomUUID();
  const row = await trx
    .insertInto('cases')
    .values({
      id,
      kind: 'report',
      account_id: accountId,
      audit_seq: entry,
      status: 'submitted',
      opened_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row) record({ event: 'case.reported', account: accountId, case: id, entry: Number(entry) });
  return row?.id;
}

/** Withdraws the attempts to verify that are open. A suspicion or a report stays: it is not the citizen's to clear. */
export async function withdrawAttempts(
  act: Act,
  { accountId, reason }: { accountId: string; reason: string },
): Promise<void> {
  const open = await act.trx
    .selectFrom('cases')
    .select('id')
    .where('account_id', '=', accountId)
    .where('kind', '=', 'verification')
    .where('status', 'in', ['draft', 'submitted', 'in_review'])
    .execute();
  for (const { id } of open) await moveCase(act, { caseId: id, to: 'withdrawn', reason, actor: 'citizen' });
}

export type CaseMove = { caseId: string; to: CaseStatus; reason: string; actor: string };

/** Moves a case, under a row lock; returns whose it is. Throws when the table does not allow the move: that is a bug of the caller. */
export async function moveCase(
  { trx, now, record }: Act,
  { caseId, to, reason, actor }: CaseMove,
): Promise<string> {
  const row = await trx
    .selectFrom('cases')
    .select(['status', 'account_id'])
    .where('id', '=', caseId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const from = row.status as CaseStatus;
  if (!mayMove(from, to)) throw new Error(`a case cannot go from ${from} to ${to}`);
  await trx
    .updateTable('cases')
    .set({ status: to, reason, decided_at: now })
    .where('id', '=', caseId)
    .execute();
  record({
    event: 'case.decided',
    account: row.account_id,
    case: caseId,
    status: to,
    reason,
    actor,
  });
  return row.account_id;
}

/** An officer asks for something again: the case waits for the citizen. */
export async function askAgain(
  act: Act,
  given: { caseId: string; askedFor: AskedFor; reason: string; actor: string; event: string },
): Promise<void> {
  const { caseId, askedFor, reason, actor, event } = given;
  const { account_id } = await act.trx
    .updateTable('cases')
    .set({ status: 'draft', asked_for: askedFor, asked_at: act.now, reason })
    .where('id', '=', caseId)
    .where('status', '=', 'in_review')
    .returning('account_id')
    .executeTakeFirstOrThrow();
  act.record({ event: 'case.asked', account: account_id, case: caseId, for: askedFor, reason, actor });
  await tell(act, account_id, { kind: 'level2_asked', event });
}

/** Back into the queue, where it stood: what was asked for is there, or a decision is not to count. */
export async function requeue({ trx }: Act, caseId: string): Promise<void> {
  await trx
    .updateTable('cases')
    .set({
      status: 'submitted',
      asked_for: null,
      asked_at: null,
      reason: null,
      held_by: null,
      held_until: null,
    })
    .where('id', '=', caseId)
    .where('status', 'in', ['draft', 'in_review'])
    .execute();
}

/** Keeps each test of the evidence by itself; one that is made anew takes the place of the one before. */
export async function recordChecks({ trx, now }: Act, caseId: string, checks: Checks): Promise<void> {
  const rows = Object.entries(checks).map(([name, result]) => ({
    case_id: caseId,
    name,
    result,
    checked_at: now,
  }));
  if (rows.length === 0) return;
  await trx
    .insertInto('case_checks')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['case_id', 'name']).doUpdateSet(({ ref }) => ({
        result: ref('excluded.result'),
        checked_at: ref('excluded.checked_at'),
      })),
    )
    .execute();
}

/** The tests of a case's evidence, as they stand. */
export async function readChecks(db: Db, caseId: string): Promise<Checks> {
  const rows = await db
    .selectFrom('case_checks')
    .select(['name', 'result'])
    .where('case_id', '=', caseId)
    .execute();
  return Object.fromEntries(rows.map(({ name, result }) => [name, result])) as Checks;
}
