/**
 * The audit chain: what was done, in order, so that nobody can change or remove a line unseen.
 *
 * Every act that is recorded runs in `performAct`: the act and its record are one transaction. Each event's hash covers the hash before it, its number and its exact text (see migrations/0001). The numbers
 * have no gaps, and the head row names the last one: a changed, missing or cut-off row is found by `verifyAudit`.
 * The head is a row lock, so appends are serial; `performAct` takes it last, just before the commit, so that it is
 * held for an instant and always after every other lock.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Trx } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { AuditEvent } from './events.ts';

const GENESIS = createHash('sha256').update('tay-ninh-id audit chain').digest();
const PAGE = 5_000;

/** What a function that acts is given: the transaction, the time of the act, and the pen. */
export type Act = {
  trx: Trx;
  now: Date;
  /** Notes an event; it is written when the act is done, and not at all when the act fails. */
  record: (event: AuditEvent) => void;
};

/** Runs an act and appends what it recorded, in one transaction. */
export async function performAct<T>(
  { db, clock, metrics }: Pick<Deps, 'db' | 'clock' | 'metrics'>,
  act: (act: Act) => Promise<T>,
): Promise<T> {
  const now = clock();
  const events: AuditEvent[] = [];
  const result = await db.transaction().execute(async (trx) => {
    const result = await act({ trx, now, record: (event) => events.push(event) });
    await append(trx, now, events);
    return result;
  });
  for (const event of events) metrics?.countEvent(event);
  return result;
}

/** Records something that happened without anything else being written. */
export async function recordEvent(
  deps: Pick<Deps, 'db' | 'clock' | 'metrics'>,
  event: AuditEvent,
): Promise<void> {
  await performAct(deps, async ({ record }) => record(event));
}

async function append(trx: Trx, now: Date, events: readonly AuditEvent[]): Promise<void> {
  for (const event of events) {
    const body = JSON.stringify({ at: now.getTime(), ...event });
    await sql`
      WITH head AS (
        UPDATE audit_head
        SET seq = seq + 1, hash = sha256(hash || int8send(seq + 1) || convert_to(${body}::text, 'UTF8'))
        RETURNING seq, hash)
      INSERT INTO audit_events (seq, hash, body) SELECT seq, hash, ${body}::text::json FROM head`.execute(
      trx,
    );
  }
}

export type AuditResult =
  | { ok: true; events: number; head: string }
  | { ok: false; seq: number; fault: string };

/** Recomputes the whole chain. On failure names the first number that does not hold, and how. */
export async function verifyAudit(db: Db): Promise<AuditResult> {
  // One snapshot: an event appended meanwhile must not look like a fault.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      if (!head) return { ok: false, seq: 0, fault: 'the head of the chain is missing' };
      let expected = 0n;
      let hash: Buffer = GENESIS;
      for (;;) {
        const { rows } = await sql<{ seq: bigint; hash: Buffer; body: string }>`
          SELECT seq, hash, body::text AS body FROM audit_events WHERE seq > ${expected} ORDER BY seq LIMIT ${PAGE}
        `.execute(trx);
        for (const row of rows) {
          expected += 1n;
          if (row.seq !== expected) return { ok: false, seq: Number(expected), fault: 'event is missing' };
          hash = nextHash(hash, row.seq, row.body);
          if (!hash.equals(row.hash)) return { ok: false, seq: Number(row.seq), fault: 'event was changed' };
        }
        if (rows.length < PAGE) break;
      }
      if (BigInt(head.seq) !== expected) {
        return { ok: false, seq: Number(expected) + 1, fault: 'events at the end are missing' };
      }
      if (!head.hash.equals(hash)) return { ok: false, seq: Number(expected), fault: 'the head was changed' };
      return { ok: true, events: Number(expected), head: hash.toString('hex') };
    });
}

function nextHash(previous: Buffer, seq: bigint, body: string): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(seq);
  return createHash('sha256').update(previous).update(number).update(body).digest();
}
