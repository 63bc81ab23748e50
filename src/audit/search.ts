/**
 * Searching the chain: by person, officer, case, client, kind of event and time, newest first, a page at a time by the
 * number of the last line seen. Every question is answered from an index; none counts or skips rows.
 */
import { type SqlBool, sql } from 'kysely';
import type { Db } from '../db/database.ts';

export type AuditQuestion = {
  account?: string | undefined;
  actor?: string | undefined;
  caseId?: string | undefined;
  client?: string | undefined;
  event?: string | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
  /** Only what stands before this number. */
  before?: bigint | undefined;
};

export type AuditLine = {
  seq: bigint;
  at: Date;
  event: string;
  /** The event exactly as it was hashed. */
  text: string;
  body: Record<string, unknown>;
  hash: string;
};

/** An act takes its time first and its number last: lines this far apart in time are in the order of their numbers. */
const DISORDER_MS = 5 * 60 * 1000;

/** One page of lines, newest first. */
export async function searchAudit(db: Db, question: AuditQuestion, limit: number): Promise<AuditLine[]> {
  const { account, actor, caseId, client, event, from, until, before } = question;
  // Times are turned into numbers first: the other indexes end with the number, so one range serves them all.
  const [first, last] = await Promise.all([
    from && seqNear(db, '<=', new Date(from.getTime() - DISORDER_MS)),
    until && seqNear(db, '>=', new Date(until.getTime() + DISORDER_MS)),
  ]);
  let query = db
    .selectFrom('audit_events')
    .select(['seq', 'at', 'event', 'hash', sql<string>`body::text`.as('text')]);
  if (account) query = query.where('account_id', '=', account);
  if (actor) query = query.where(sql<SqlBool>`body ->> 'actor' = ${actor}`);
  if (caseId) query = query.where(sql<SqlBool>`body ->> 'case' = ${caseId}`);
  if (client) query = query.where('client_id', '=', client);
  if (event) query = query.where('event', '=', event);
  if (from) query = query.where('at', '>=', from);
  if (until) query = query.where('at', '<', until);
  if (first) query = query.where('seq', '>', first);
  if (last) query = query.where('seq', '<', last);
  if (before !== undefined) query = query.where('seq', '<', before);
  const rows = await query.orderBy('seq', 'desc').limit(limit).execute();
  return rows.map(({ seq, at, event: name, text, hash }) => ({
    seq: BigInt(seq),
    at,
    event: name,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
    hash: hash.toString('hex'),
  }));
}

/** The number of the line that stands nearest to a time, before or after it; undefined when there is none. */
async function seqNear(db: Db, side: '<=' | '>=', time: Date): Promise<bigint | undefined> {
  const order = side === '<=' ? 'desc' : 'asc';
  const row = await db
    .selectFrom('audit_events')
    .select('seq')
    .where('at', side, time)
    .orderBy('at', order)
    .orderBy('seq', order)
    .limit(1)
    .executeTakeFirst();
  return row && BigInt(row.seq);
}
