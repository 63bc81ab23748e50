/**
 * The queue of verification cases: oldest first, each worked on by one officer at a time. Taking a case holds it for a
 * quarter of an hour, and longer while its officer is at it; a hold that ran out leaves the case where it stood.
 *
 * Who sees what: officers of communes the cases of theirs, officers of the province all, and nobody a case of their own,
 * their household's, or one they opened. What was opened at a desk is decided there, not from here.
 * Invariant: what is in a case is opened for the officer who holds it, and for nobody else (`lookAt`).
 */
import { sql } from 'kysely';
import type { Act } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Db } from '../db/database.ts';
import type { CaseMethod, CaseStatus } from '../verification/cases.ts';
import { freeOfConflict } from './household.ts';
import type { Officer } from './roles.ts';

const HOLD_MS = 15 * 60_000;
/** Whoever holds more is keeping them from others. */
const MOST_HELD = 5;

export type QueueFilter = {
  method?: CaseMethod | undefined;
  reason?: string | undefined;
  /** A commune's code; `none`: those that no commune could be found for. */
  commune?: string | undefined;
  openedBefore?: Date | undefined;
};

export type QueuedCase = {
  id: string;
  accountId: string;
  method: CaseMethod;
  status: CaseStatus;
  commune: string | null;
  reason: string | null;
  openedAt: Date;
  hasPhoto: boolean;
  /** Who works on it now. */
  heldBy: string | null;
  heldUntil: Date | null;
};

const columns = [
  'c.id',
  'c.account_id',
  'c.method',
  'c.status',
  'c.commune',
  'c.waits_for',
  'c.opened_at',
] as const;

/** Verification cases that this officer may work on. */
function selectCases(db: Db, { id, communes }: Officer) {
  return db
    .selectFrom('cases as c')
    .where('c.kind', '=', 'verification')
    .where('c.opened_by', 'is', null)
    .where(freeOfConflict(id))
    .$if(communes.length > 0, (query) => query.where('c.commune', '=', sql<string>`ANY (${communes})`));
}

function selectQueue(db: Db, officer: Officer, { method, reason, commune, openedBefore }: QueueFilter) {
  let query = selectCases(db, officer).where('c.status', '=', 'submitted');
  if (method) query = query.where('c.method', '=', method);
  if (reason) query = query.where('c.waits_for', '=', reason);
  if (commune === 'none') query = query.where('c.commune', 'is', null);
  else if (commune) query = query.where('c.commune', '=', commune);
  if (openedBefore) query = query.where('c.opened_at', '<', openedBefore);
  return query;
}

function selectRows(query: ReturnType<typeof selectCases>) {
  return query
    .select([...columns, 'c.held_by', 'c.held_until'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('case_evidence as e')
          .select('e.case_id')
          .whereRef('e.case_id', '=', 'c.id')
          .where('e.kind', '=', 'live_photo'),
      ).as('has_photo'),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof selectRows>['executeTakeFirstOrThrow']>>;

function readRow(row: Row, now: Date): QueuedCase {
  const held = row.held_until !== null && row.held_until > now;
  return {
    id: row.id,
    accountId: row.account_id,
    method: row.method as CaseMethod,
    status: row.status as CaseStatus,
    commune: row.commune,
    reason: row.waits_for,
    openedAt: row.opened_at,
    hasPhoto: row.has_photo === true,
    heldBy: held ? row.held_by : null,
    heldUntil: held ? row.held_until : null,
  };
}

export type QueuePlace = { at: Date; id: string };

/** One page of the queue, after the case named. */
export async function listQueue(
  db: Db,
  officer: Officer,
  {
    filter,
    after,
    limit,
    now,
  }: { filter: QueueFilter; after?: QueuePlace | undefined; limit: number; now: Date },
): Promise<QueuedCase[]> {
  const rows = await selectRows(selectQueue(db, officer, filter))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(c.opened_at, c.id) > (${after?.at}, ${after?.id}::uuid)`),
    )
    .orderBy('c.opened_at')
    .orderBy('c.id')
    .limit(limit)
    .execute();
  return rows.map((row) => readRow(row, now));
}

/** How many wait for this officer, counted up to `most`, and since when the oldest does. */
export async function countQueue(
  db: Db,
  officer: Officer,
  most = 1_000,
): Promise<{ count: number; oldest: Date | undefined }> {
  const rows = await selectQueue(db, officer, {})
    .select('c.opened_at')
    .orderBy('c.opened_at')
    .limit(most)
    .execute();
  return { count: rows.length, oldest: rows[0]?.opened_at };
}

/** A case that this officer may work on, whatever became of it; undefined: none, or not theirs to see. */
export async function findCase(
  db: Db,
  officer: Officer,
  { id, now }: { id: string; now: Date },
): Promise<QueuedCase | undefined> {
  const row = await selectRows(selectCases(db, officer)).where('c.id', '=', id).executeTakeFirst();
  return row && readRow(row, now);
}

/** What an officer holds now, longest first. */
export async function listHeld(db: Db, officer: Officer, now: Date): Promise<QueuedCase[]> {
  const rows = await selectRows(selectQueue(db, officer, {}))
    .where('c.held_by', '=', officer.id)
    .where('c.held_until', '>', now)
    .orderBy('c.opened_at')
    .limit(MOST_HELD)
    .execute();
  return rows.map((row) => readRow(row, now));
}

/** Takes the oldest case that nobody works on; one that the officer holds already comes first. Undefined: none waits. */
export async function takeNext(act: Act, officer: Officer, filter: QueueFilter): Promise<string | undefined> {
  const { trx, now } = act;
  const [held] = await listHeld(trx, officer, now);
  if (held) return held.id;
  // Whatever another officer is just taking is passed over, not waited for.
  const free = await selectQueue(trx, officer, filter)
    .select('c.id')
    .where((eb) => eb.or([eb('c.held_until', 'is', null), eb('c.held_until', '<=', now)]))
    .orderBy('c.opened_at')
    .orderBy('c.id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return free && hold(act, officer, free.id);
}

/** Takes one case. `full`: the officer holds as many as they may. */
export async function takeCase(
  act: Act,
  officer: Officer,
  id: string,
): Promise<'taken' | 'held' | 'full' | 'gone'> {
  const { trx, now } = act;
  const found = await selectQueue(trx, officer, {})
    .select(['c.held_by', 'c.held_until'])
    .where('c.id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) return 'gone';
  const held = found.held_until !== null && found.held_until > now;
  if (held && found.held_by === officer.id) return 'taken';
  if (held) return 'held';
  if ((await listHeld(trx, officer, now)).length >= MOST_HELD) return 'full';
  await hold(act, officer, id);
  return 'taken';
}

/** The row is locked by the caller. */
async function hold({ trx, now, record }: Act, officer: Officer, id: string): Promise<string> {
  await trx
    .updateTable('cases')
    .set({ held_by: officer.id, held_until: new Date(now.getTime() + HOLD_MS) })
    .where('id', '=', id)
    .execute();
  record({ event: 'case.taken', case: id, actor: officer.id });
  return id;
}

/** Gives a case back undecided; false when the officer does not hold it. */
export async function releaseCase({ trx, record }: Act, officer: Officer, id: string): Promise<boolean> {
  const row = await trx
    .updateTable('cases')
    .set({ held_by: null, held_until: null })
    .where('id', '=', id)
    .where('held_by', '=', officer.id)
    .where('status', '=', 'submitted')
    .returning('id')
    .executeTakeFirst();
  if (row) record({ event: 'case.released', case: id, actor: officer.id });
  return row !== undefined;
}

type Part = NonNullable<Extract<AuditEvent, { event: 'officer.looked' }>['part']>;

/**
 * Before anything of a case is opened: only for the officer who holds it, written into the chain and so into the citizen's
 * ledger, and the hold begins anew. Returns until when it holds; undefined when it is not theirs.
 */
export async function lookAt(
  { trx, now, record }: Act,
  officer: Officer,
  { caseId, part }: { caseId: string; part: Part },
): Promise<Date | undefined> {
  const may = await selectCases(trx, officer).select('c.id').where('c.id', '=', caseId).executeTakeFirst();
  if (!may) return undefined;
  const until = new Date(now.getTime() + HOLD_MS);
  const row = await trx
    .updateTable('cases')
    .set({ held_until: until })
    .where('id', '=', caseId)
    .where('held_by', '=', officer.id)
    .where('held_until', '>', now)
    .where('status', '=', 'submitted')
    .returning('account_id')
    .executeTakeFirst();
  if (!row) return undefined;
  const purpose = 'case_review';
  record({
    event: 'officer.looked',
    account: row.account_id,
    actor: officer.id,
    purpose,
    part,
    case: caseId,
  });
  return until;
}
