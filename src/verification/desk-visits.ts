/**
 * Visits to a desk: one citizen before one officer, from "who is this" to a decision. A visit finds or opens the account,
 * its card is read for that account (readings.ts), the officer sees the face, and another officer agrees (desk-decision).
 *
 * Invariants: an account that somebody signs in to comes to a visit by that sign-in alone, never by a phone number; what a
 * visit is about does not change once it is known; the officer of a visit never decides it alone unless the operator
 * allows that (rules.ts).
 */
import { createHash, randomUUID } from 'node:crypto';
import { createAccount } from '../account/accounts.ts';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';

export type VisitWay = 'phone' | 'zalo' | 'none';

export type DeskVisit = {
  id: string;
  officerId: string;
  commune: string | null;
  startedAt: Date;
  expiresAt: Date;
  endedAt: Date | null;
  /** A code was sent and has not been typed rightly; until when it can be. */
  codeUntil: Date | null;
  /** The citizen has shown that the number is theirs. */
  numberShown: boolean;
  /** Somebody signed in through the link; the number that both screens show. */
  linkNumber: string | null;
  way: VisitWay | null;
  accountId: string | null;
  caseId: string | null;
  /** What became of the case. */
  caseStatus: string | null;
  caseReason: string | null;
  seenAt: Date | null;
};

const MINUTE_MS = 60_000;
/** Long enough for a slow morning; a new one is begun after that. */
const VISIT_MS = 120 * MINUTE_MS;
const LINK_MS = 10 * MINUTE_MS;

/** Begins a visit; its id. */
export async function startVisit(
  { trx, now, record }: Act,
  { officerId, commune }: { officerId: string; commune: string | null },
): Promise<string> {
  const id = randomUUID();
  const expires_at = new Date(now.getTime() + VISIT_MS);
  await trx
    .insertInto('desk_visits')
    .values({ id, officer_id: officerId, commune, started_at: now, expires_at })
    .execute();
  record({ event: 'desk.visit_started', visit: id, actor: officerId });
  return id;
}

function selectVisits(db: Db) {
  return db
    .selectFrom('desk_visits as d')
    .leftJoin('cases as c', 'c.id', 'd.case_id')
    .select(['d.id', 'd.officer_id', 'd.commune', 'd.started_at', 'd.expires_at', 'd.ended_at'])
    .select(['d.code_expires_at', 'd.number_shown_at', 'd.link_number', 'd.way', 'd.account_id'])
    .select(['d.case_id', 'd.seen_at', 'c.status as case_status', 'c.reason as case_reason'])
    .select(({ eb }) => eb('d.code_hash', 'is not', null).as('has_code'));
}

type Row = Awaited<ReturnType<ReturnType<typeof selectVisits>['executeTakeFirstOrThrow']>>;

function readRow(row: Row): DeskVisit {
  return {
    id: row.id,
    officerId: row.officer_id,
    commune: row.commune,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    codeUntil: row.has_code ? row.code_expires_at : null,
    numberShown: row.number_shown_at !== null,
    linkNumber: row.link_number,
    way: row.way as VisitWay | null,
    accountId: row.account_id,
    caseId: row.case_id,
    caseStatus: row.case_status,
    caseReason: row.case_reason,
    seenAt: row.seen_at,
  };
}

export async function findVisit(db: Db, id: string): Promise<DeskVisit | undefined> {
  const row = await selectVisits(db).where('d.id', '=', id).executeTakeFirst();
  return row && readRow(row);
}

/** An officer's own visits, newest first. */
export async function listVisits(db: Db, officerId: string, limit: number): Promise<DeskVisit[]> {
  const rows = await selectVisits(db)
    .where('d.officer_id', '=', officerId)
    .orderBy('d.started_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(readRow);
}

/** Visits whose face was seen and that wait for a second officer, oldest first. */
export async function listSeenVisits(db: Db, limit: number): Promise<DeskVisit[]> {
  const rows = await selectVisits(db)
    .where('d.seen_at', 'is not', null)
    .where('d.ended_at', 'is', null)
    .where('c.status', 'in', ['submitted', 'in_review'])
    .orderBy('d.seen_at')
    .limit(limit)
    .execute();
  return rows.map(readRow);
}

/** Whether a visit still goes on. What waits for a second officer waits beyond it. */
export function isOpen(visit: DeskVisit, now: Date): boolean {
  return visit.endedAt === null && (visit.expiresAt > now || visit.seenAt !== null);
}

/** An open visit of this officer, held until the act is done. */
export async function holdVisit(
  { trx, now }: Act,
  { visitId, officerId }: { visitId: string; officerId: string },
): Promise<DeskVisit | undefined> {
  await trx.selectFrom('desk_visits').select('id').where('id', '=', visitId).forNoKeyUpdate().execute();
  const visit = await findVisit(trx, visitId);
  return visit?.officerId === officerId && isOpen(visit, now) ? visit : undefined;
}

/** Says which account a visit is about. */
export async function bindAccount(
  { trx, record }: Act,
  visit: DeskVisit,
  { accountId, way, opened }: { accountId: string; way: VisitWay; opened: boolean },
): Promise<void> {
  await trx
    .updateTable('desk_visits')
    .set({ account_id: accountId, way, phone_sealed: null, code_hash: null })
    .where('id', '=', visit.id)
    .where('account_id', 'is', null)
    .executeTakeFirstOrThrow();
  if (opened) record({ event: 'account.created', account: accountId, method: 'desk' });
  record({ event: 'desk.account_chosen', account: accountId, visit: visit.id, way, actor: visit.officerId });
}

/** Opens an account that nobody signs in to and that has no number: for who has no phone, or one that is another's here. */
export async function openWithoutNumber(act: Act, visit: DeskVisit): Promise<void> {
  const accountId = await createAccount(act);
  await bindAccount(act, visit, { accountId, way: 'none', opened: true });
}

/** A link for the citizen's own phone, good for ten minutes; the one before is over. */
export async function issueLink(
  { trx, now }: Act,
  random: Deps['random'],
  visit: DeskVisit,
): Promise<string> {
  const token = random(16).toString('base64url');
  await trx
    .updateTable('desk_visits')
    .set({
      link_hash: sha256(token),
      link_expires_at: new Date(now.getTime() + LINK_MS),
      ...{ link_account_id: null, link_session_hash: null, link_number: null },
    })
    .where('id', '=', visit.id)
    .execute();
  return token;
}

export type LinkedVisit = DeskVisit & {
  /** Whether this account, in this session, is the one that answered. */
  answered: boolean;
  /** Whether somebody else did. */
  taken: boolean;
};

/** The visit behind a link, for who opened it. Only who answered in time can come back later. */
export async function findVisitByLink(
  db: Db,
  { token, accountId, session, now }: { token: string; accountId: string; session: string; now: Date },
): Promise<LinkedVisit | undefined> {
  const row = await selectVisits(db)
    .select(['d.link_account_id', 'd.link_session_hash', 'd.link_expires_at'])
    .where('d.link_hash', '=', sha256(token))
    .executeTakeFirst();
  if (!row) return undefined;
  const visit = readRow(row);
  const answered =
    row.link_account_id === accountId && row.link_session_hash?.equals(sha256(session)) === true;
  const taken = row.link_account_id !== null && !answered;
  const inTime = row.link_expires_at !== null && row.link_expires_at > now && isOpen(visit, now);
  return answered || inTime ? { ...visit, answered, taken } : undefined;
}

/** The citizen says "yes, I am at the desk": the first one who does. False when somebody was faster. */
export async function answerLink(
  { trx }: Act,
  random: Deps['random'],
  { visitId, accountId, session }: { visitId: string; accountId: string; session: string },
): Promise<boolean> {
  const row = await trx
    .updateTable('desk_visits')
    .set({
      link_account_id: accountId,
      link_session_hash: sha256(session),
      link_number: String(1000 + (random(4).readUInt32BE() % 9000)),
    })
    .where('id', '=', visitId)
    .where('account_id', 'is', null)
    .where('link_account_id', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The officer compared the numbers: the account is the visit's, or the link begins anew. */
export async function settleLink(act: Act, visit: DeskVisit, same: boolean): Promise<void> {
  const { trx } = act;
  const { link_account_id: accountId } = await trx
    .selectFrom('desk_visits')
    .select('link_account_id')
    .where('id', '=', visit.id)
    .executeTakeFirstOrThrow();
  if (same && accountId && visit.accountId === null)
    return bindAccount(act, visit, { accountId, way: 'zalo', opened: false });
  await trx
    .updateTable('desk_visits')
    .set({ link_hash: null, link_account_id: null, link_session_hash: null, link_number: null })
    .where('id', '=', visit.id)
    .execute();
}

/** Ends a visit without a decision: its readings are over, what waits is withdrawn by the caller. */
export async function endVisit({ trx, now, record }: Act, visit: DeskVisit): Promise<void> {
  await trx
    .updateTable('desk_visits')
    .set({ ended_at: now, phone_sealed: null, code_hash: null })
    .where('id', '=', visit.id)
    .execute();
  await trx
    .updateTable('card_readings')
    .set({ expires_at: now })
    .where('visit_id', '=', visit.id)
    .where('status', '=', 'waiting')
    .execute();
  record({ event: 'desk.visit_ended', visit: visit.id, actor: visit.officerId });
}

/** The desk a chip was read at; undefined when the visit is over. */
export async function findDesk(
  { trx, now }: Act,
  visitId: string,
): Promise<{ commune: string | null; openedBy: string } | undefined> {
  const visit = await findVisit(trx, visitId);
  if (!visit || visit.endedAt !== null || visit.expiresAt <= now) return undefined;
  return { commune: visit.commune, openedBy: visit.officerId };
}

/** What the chip became is what the visit is decided about. A card read again begins the face anew. */
export async function keepCase({ trx }: Act, visitId: string, caseId: string): Promise<void> {
  await trx
    .updateTable('desk_visits')
    .set({ case_id: caseId, seen_at: null })
    .where('id', '=', visitId)
    .execute();
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
