/** The lines of the audit chain about one citizen, for that citizen: paged by their number, newest first. */
import type { Db } from '../db/database.ts';
import type { AuditEvent } from './events.ts';

export type LedgerEntry = { seq: bigint; at: Date; event: AuditEvent };

/** Entries before a number (from the newest on without one), at most `limit`. */
export async function readLedger(
  db: Db,
  accountId: string,
  { before, limit }: { before?: bigint | undefined; limit: number },
): Promise<LedgerEntry[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select(['seq', 'at', 'body'])
    .where('account_id', '=', accountId)
    .$if(before !== undefined, (query) => query.where('seq', '<', before as bigint))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ seq, at, body }) => ({ seq, at, event: body as unknown as AuditEvent }));
}

/** One entry, if it is about this account. */
export async function findEntry(db: Db, accountId: string, seq: bigint): Promise<LedgerEntry | undefined> {
  const [entry] = await readLedger(db, accountId, { before: seq + 1n, limit: 1 });
  return entry?.seq === seq ? entry : undefined;
}

/** When an account was last used for each client: the newest sign-in or step to level2. */
export async function lastUses(db: Db, accountId: string): Promise<Map<string, Date>> {
  const rows = await db
    .selectFrom('audit_events')
    .select(['client_id', (eb) => eb.fn.max('at').as('at')])
    .where('account_id', '=', accountId)
    .where('client_id', 'is not', null)
    .where('event', 'in', ['sign_in.succeeded', 'sign_in.continued', 'step_up.succeeded', 'step_up.declined'])
    .groupBy('client_id')
    .execute();
  return new Map(rows.map(({ client_id, at }) => [client_id ?? '', at]));
}
