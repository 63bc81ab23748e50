/**
 * "Not me" reports for officers: what is open, oldest first, and how one is closed. Securing the account was done when the
 * citizen reported (self-service/not-me); an officer finds out what it was, and the citizen hears of it.
 */
import { sql } from 'kysely';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import { tell } from '../notify/outbox.ts';
import { moveCase } from './cases.ts';

export const reportOutcomes = ['report_confirmed', 'report_harmless', 'report_unclear'] as const;
export type ReportOutcome = (typeof reportOutcomes)[number];

export type OpenReport = {
  id: string;
  accountId: string;
  openedAt: Date;
  /** The entry of the ledger that it is about. */
  event: string;
  client: string | undefined;
  at: Date;
};

type Row = {
  id: string;
  account_id: string;
  opened_at: Date;
  event: string | null;
  client_id: string | null;
  at: Date | null;
};

/** Open reports after one of them; of these communes, or of accounts whose commune nobody knows. */
export async function listReports(
  db: Db,
  { communes, after, limit }: { communes: readonly string[]; after?: string | undefined; limit: number },
): Promise<OpenReport[]> {
  const { rows } = await sql<Row>`
    SELECT c.id, c.account_id, c.opened_at, e.event, e.client_id, e.at
    FROM cases AS c
    LEFT JOIN audit_events AS e ON e.seq = c.audit_seq
    LEFT JOIN LATERAL (SELECT commune FROM verifications
      WHERE account_id = c.account_id ORDER BY verified_at DESC LIMIT 1) AS v ON true
    WHERE c.kind = 'report' AND c.status IN ('submitted', 'in_review')
      AND (c.opened_at, c.id) > (
        coalesce((SELECT opened_at FROM cases WHERE id = ${after ?? null}::uuid), '-infinity'),
        coalesce(${after ?? null}::uuid, '00000000-0000-0000-0000-000000000000'))
      AND (${communes.length === 0} OR v.commune IS NULL OR v.commune = ANY (${communes}::text[]))
    ORDER BY c.opened_at, c.id LIMIT ${limit}`.execute(db);
  return rows.map(toReport);
}

/** The open reports of one account. */
export async function listReportsOf(db: Db, accountId: string): Promise<OpenReport[]> {
  const { rows } = await sql<Row>`
    SELECT c.id, c.account_id, c.opened_at, e.event, e.client_id, e.at
    FROM cases AS c LEFT JOIN audit_events AS e ON e.seq = c.audit_seq
    WHERE c.account_id = ${accountId} AND c.kind = 'report' AND c.status IN ('submitted', 'in_review')
    ORDER BY c.opened_at LIMIT 20`.execute(db);
  return rows.map(toReport);
}

/** Whose an open report is. */
export async function findReported(db: Db, caseId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('cases')
    .select('account_id')
    .where('id', '=', caseId)
    .where('kind', '=', 'report')
    .where('status', 'in', ['submitted', 'in_review'])
    .executeTakeFirst();
  return row?.account_id;
}

/** Closes a report of this account, and tells the citizen; false when it is closed already. */
export async function closeReport(
  act: Act,
  given: { caseId: string; accountId: string; outcome: ReportOutcome; actor: string },
): Promise<boolean> {
  const { caseId, accountId, outcome, actor } = given;
  const open = await act.trx
    .selectFrom('cases')
    .select('id')
    .where('id', '=', caseId)
    .where('account_id', '=', accountId)
    .where('kind', '=', 'report')
    .where('status', 'in', ['submitted', 'in_review'])
    .forUpdate()
    .executeTakeFirst();
  if (!open) return false;
  const to = outcome === 'report_confirmed' ? 'approved' : 'rejected';
  await moveCase(act, { caseId, to, reason: outcome, actor });
  await tell(act, accountId, { kind: outcome, event: `report/${caseId}` });
  return true;
}

function toReport({ id, account_id, opened_at, event, client_id, at }: Row): OpenReport {
  return {
    id,
    accountId: account_id,
    openedAt: opened_at,
    event: event ?? '',
    client: client_id ?? undefined,
    at: at ?? opened_at,
  };
}
