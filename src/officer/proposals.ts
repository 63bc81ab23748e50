/**
 * Four eyes: one officer asks for an act, another one agrees or refuses. What is asked for happens in the transaction of
 * the answer, so that it is done at most once and never by one person; the table itself refuses an answer by whoever asked.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';

/** Of two accounts of one person: `duplicate_…` say which may be level2, where that takes it from the one that has it. */
export type ProposalKind =
  | ('officer_recovery' | 'account_suspension' | 'verification_revocation')
  | ('duplicate_claimant' | 'duplicate_nobody');

export type Proposal = {
  id: string;
  kind: ProposalKind;
  /** The id of what it is about. */
  subject: string;
  reason: string;
  /** What goes with the act, under names of its own. */
  details: Record<string, string>;
  proposedBy: string;
  proposedAt: Date;
};

const DAY_MS = 86_400_000;
const LIFETIME_MS = 3 * DAY_MS;
const columns = ['id', 'kind', 'subject', 'reason', 'details', 'proposed_by', 'proposed_at'] as const;

/** Asks for an act; undefined when the same is asked for already. */
export async function propose(
  { trx, now, record }: Act,
  given: {
    kind: ProposalKind;
    subject: string;
    reason: string;
    details?: Record<string, string>;
    by: string;
  },
): Promise<string | undefined> {
  const { kind, subject, reason, details = {}, by } = given;
  // One that ran out makes room.
  await trx
    .deleteFrom('proposals')
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('status', '=', 'open')
    .where('expires_at', '<=', now)
    .execute();
  const id = randomUUID();
  const row = await trx
    .insertInto('proposals')
    .values({
      id,
      kind,
      subject,
      reason,
      details: JSON.stringify(details),
      proposed_by: by,
      proposed_at: now,
      expires_at: new Date(now.getTime() + LIFETIME_MS),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return undefined;
  record({ event: 'proposal.made', proposal: id, kind, subject, actor: by });
  return id;
}

/** An open proposal, held until the act is done. */
export async function findProposal(
  { trx, now }: Act,
  id: string,
  kind: ProposalKind,
): Promise<Proposal | undefined> {
  const row = await trx
    .selectFrom('proposals')
    .select(columns)
    .where('id', '=', id)
    .where('kind', '=', kind)
    .where('status', '=', 'open')
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  return row && readRow(row);
}

/**
 * Answers an open proposal: `agreed` by another officer, `refused`, or taken back by whoever made it. Undefined when there
 * is none to answer; `own` when somebody would agree with themselves.
 */
export async function answerProposal(
  act: Act,
  { id, kind, agree, by }: { id: string; kind: ProposalKind; agree: boolean; by: string },
): Promise<Proposal | 'own' | undefined> {
  const proposal = await findProposal(act, id, kind);
  if (!proposal) return undefined;
  const own = proposal.proposedBy === by;
  if (own && agree) return 'own';
  const status = agree ? 'approved' : own ? 'withdrawn' : 'refused';
  await act.trx
    .updateTable('proposals')
    .set({ status, decided_by: by, decided_at: act.now })
    .where('id', '=', id)
    .execute();
  act.record({
    event: 'proposal.answered',
    proposal: id,
    kind,
    subject: proposal.subject,
    status,
    actor: by,
  });
  return proposal;
}

/** What waits for a second officer, oldest first. */
export async function listProposals(db: Db, kind: ProposalKind, now: Date, limit = 50): Promise<Proposal[]> {
  const rows = await db
    .selectFrom('proposals')
    .select(columns)
    .where('kind', '=', kind)
    .where('status', '=', 'open')
    .where('expires_at', '>', now)
    .orderBy('proposed_at')
    .limit(limit)
    .execute();
  return rows.map(readRow);
}

type Row = {
  id: string;
  kind: string;
  subject: string;
  reason: string;
  details: unknown;
  proposed_by: string;
  proposed_at: Date;
};

function readRow({ id, kind, subject, reason, details, proposed_by, proposed_at }: Row): Proposal {
  return {
    id,
    kind: kind as ProposalKind,
    subject,
    reason,
    details: details as Record<string, string>,
    proposedBy: proposed_by,
    proposedAt: proposed_at,
  };
}
