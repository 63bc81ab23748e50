/**
 * Approvals that come back: a share of what officers approved is drawn at random and given to another officer, who looks
 * at the same evidence and agrees or objects. An objection is for a third one, who may put level2 on hold.
 *
 * Drawn from the audit chain itself, line by line, so that whatever way an approval went, it was in the draw; and by
 * `random`, so that nobody can foresee it. Never for whoever decided, opened or shares a household.
 */
import { sql } from 'kysely';
import { holdLevel2 } from '../account/accounts.ts';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { findConflict } from './household.ts';
import { covers } from './officers.ts';
import type { Officer } from './roles.ts';

const DAY_MS = 86_400_000;
/** The officer it was given to has so long; after that any other who may can take it. */
const LIFETIME_MS = 7 * DAY_MS;
const BATCH = 200;
const HUNDREDTHS = 10_000;

type Approval = { seq: bigint; account: string; case: string; actor: string; commune: string | null };

/** Draws among the approvals since the last time. Runs every minute, on one node. */
export async function drawReAudits(
  deps: Pick<Deps, 'db' | 'clock' | 'metrics' | 'random' | 'config'>,
): Promise<void> {
  for (let read = BATCH; read === BATCH; ) read = await performAct(deps, (act) => drawBatch(act, deps));
}

async function drawBatch(act: Act, { random, config }: Pick<Deps, 'random' | 'config'>): Promise<number> {
  const { trx } = act;
  // Lines are committed in the order of their numbers: up to the chain's own head none is still to come.
  const end = await trx.selectFrom('audit_head').select('seq').executeTakeFirstOrThrow();
  const head = await trx.selectFrom('re_audit_head').select('seq').forUpdate().executeTakeFirstOrThrow();
  const { rows } = await sql<Approval>`
    SELECT e.seq, e.body ->> 'account' AS account, e.body ->> 'case' AS case, o.id AS actor, c.commune
    FROM audit_events e
    JOIN officers o ON o.id::text = e.body ->> 'actor'
    JOIN cases c ON c.id = (e.body ->> 'case')::uuid
    WHERE e.event = 'verification.approved' AND e.seq > ${head.seq} AND e.seq <= ${end.seq}
    ORDER BY e.seq LIMIT ${BATCH}`.execute(trx);
  for (const approval of rows) {
    if (random(4).readUInt32BE() % HUNDREDTHS < config.reAuditPercent * 100)
      await draw(act, random, approval);
  }
  const last = rows.length === BATCH ? rows[BATCH - 1]?.seq : end.seq;
  if (last !== undefined && last > head.seq)
    await trx.updateTable('re_audit_head').set({ seq: last }).execute();
  return rows.length;
}

async function draw({ trx, now, record }: Act, random: Deps['random'], approval: Approval): Promise<void> {
  const officers = await trx
    .selectFrom('officers')
    .select(['id', 'communes'])
    .where('status', '=', 'active')
    .where('role', 'in', ['reviewer', 'supervisor'])
    .where('id', '!=', approval.actor)
    .orderBy('id')
    .execute();
  const may: string[] = [];
  for (const { id, communes } of officers) {
    const near = covers(communes, approval.commune ? [approval.commune] : []);
    if (near && !(await findConflict(trx, id, approval.case))) may.push(id);
  }
  const officerId = may.length > 0 ? may[random(4).readUInt32BE() % may.length] : undefined;
  await trx
    .insertInto('re_audits')
    .values({
      case_id: approval.case,
      account_id: approval.account,
      decided_by: approval.actor,
      officer_id: officerId ?? null,
      drawn_at: now,
      due_at: new Date(now.getTime() + LIFETIME_MS),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  record({
    event: 're_audit.drawn',
    account: approval.account,
    case: approval.case,
    officer: officerId ?? null,
  });
}

export type ReAudit = {
  caseId: string;
  accountId: string;
  commune: string | null;
  decidedBy: string;
  officerId: string | null;
  dueAt: Date;
  outcome: 'agreed' | 'objected' | null;
  reason: string | null;
  answeredBy: string | null;
  settled: string | null;
};

function selectReAudits(db: Db) {
  return db
    .selectFrom('re_audits as r')
    .innerJoin('cases as c', 'c.id', 'r.case_id')
    .select(['r.case_id', 'r.account_id', 'r.decided_by', 'r.officer_id', 'r.due_at', 'r.outcome'])
    .select(['r.reason', 'r.answered_by', 'r.settled', 'c.commune']);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectReAudits>['executeTakeFirstOrThrow']>>;

function readRow(row: Row): ReAudit {
  return {
    caseId: row.case_id,
    accountId: row.account_id,
    commune: row.commune,
    decidedBy: row.decided_by,
    officerId: row.officer_id,
    dueAt: row.due_at,
    outcome: row.outcome as ReAudit['outcome'],
    reason: row.reason,
    answeredBy: row.answered_by,
    settled: row.settled,
  };
}

export async function findReAudit(db: Db, caseId: string): Promise<ReAudit | undefined> {
  const row = await selectReAudits(db).where('r.case_id', '=', caseId).executeTakeFirst();
  return row && readRow(row);
}

/** What waits for this officer's second look: given to them, or to nobody who answered in time. */
export async function listReAudits(db: Db, officer: Officer, now: Date, limit = 50): Promise<ReAudit[]> {
  const rows = await selectReAudits(db)
    .where('r.outcome', 'is', null)
    .where((eb) =>
      eb.or([eb('r.officer_id', '=', officer.id), eb('r.officer_id', 'is', null), eb('r.due_at', '<=', now)]),
    )
    .where('r.decided_by', '!=', officer.id)
    .orderBy('r.due_at')
    .limit(limit)
    .execute();
  const open = rows.map(readRow);
  const may = await Promise.all(open.map((one) => mayAnswer(db, one, officer, now)));
  return open.filter((_, index) => may[index]);
}

/** Objections that wait for a third officer. */
export async function listObjections(db: Db, officer: Officer, limit = 50): Promise<ReAudit[]> {
  const rows = await selectReAudits(db)
    .where('r.outcome', '=', 'objected')
    .where('r.settled', 'is', null)
    .orderBy('r.answered_at')
    .limit(limit)
    .execute();
  const open = rows.map(readRow);
  const may = await Promise.all(open.map((one) => maySettle(db, one, officer)));
  return open.filter((_, index) => may[index]);
}

export async function mayAnswer(db: Db, found: ReAudit, officer: Officer, now: Date): Promise<boolean> {
  const given = found.officerId === officer.id || found.officerId === null || found.dueAt <= now;
  return found.outcome === null && given && (await isThirdParty(db, found, officer));
}

export async function maySettle(db: Db, found: ReAudit, officer: Officer): Promise<boolean> {
  const open = found.outcome === 'objected' && found.settled === null;
  return open && found.answeredBy !== officer.id && (await isThirdParty(db, found, officer));
}

async function isThirdParty(db: Db, found: ReAudit, officer: Officer): Promise<boolean> {
  if (found.decidedBy === officer.id) return false;
  if (!covers(officer.communes, found.commune ? [found.commune] : [])) return false;
  return (await findConflict(db, officer.id, found.caseId)) === undefined;
}

/** The second look; false when it is not this officer's to give, or given. */
export async function answerReAudit(
  { trx, now, record }: Act,
  { caseId, agree, reason, by }: { caseId: string; agree: boolean; reason: string; by: Officer },
): Promise<boolean> {
  const found = await hold(trx, caseId);
  if (!found || !(await mayAnswer(trx, found, by, now))) return false;
  const outcome = agree ? 'agreed' : 'objected';
  await trx
    .updateTable('re_audits')
    .set({ outcome, reason, answered_by: by.id, answered_at: now })
    .where('case_id', '=', caseId)
    .execute();
  const { accountId: account } = found;
  record({ event: 're_audit.answered', account, case: caseId, outcome, reason, actor: by.id });
  return true;
}

/** The third one's word about an objection: the approval stands, or level2 waits until it is proved anew. */
export async function settleReAudit(
  act: Act,
  { caseId, suspend, by }: { caseId: string; suspend: boolean; by: Officer },
): Promise<boolean> {
  const { trx, now, record } = act;
  const found = await hold(trx, caseId);
  if (!found || !(await maySettle(trx, found, by))) return false;
  const settled = suspend ? 'suspended' : 'upheld';
  await trx
    .updateTable('re_audits')
    .set({ settled, settled_by: by.id, settled_at: now })
    .where('case_id', '=', caseId)
    .execute();
  const { accountId: account } = found;
  record({ event: 're_audit.settled', account, case: caseId, outcome: settled, actor: by.id });
  if (suspend) await holdLevel2(act, { accountId: account, actor: by.id, reason: 're_audit' });
  return true;
}

async function hold(trx: Act['trx'], caseId: string): Promise<ReAudit | undefined> {
  await trx.selectFrom('re_audits').select('case_id').where('case_id', '=', caseId).forUpdate().execute();
  return findReAudit(trx, caseId);
}
