/**
 * The audit chain: what was done, in order, so that nobody can change or remove a line unseen.
 *
 * Every act that is recorded runs in `performAct`, or with others in one statement (`actsStatement`): the act and its
 * record are one transaction. Each event's hash covers the hash before it, its number and its exact text (see migrations/0001). The numbers
 * have no gaps, and the head row names the last one: a changed, missing or cut-off row is found by `verifyAudit`.
 * The head is a row lock, so appends are serial; `performAct` takes it last, just before the commit, so that it is
 * held for an instant and always after every other lock.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, runPrepared, type Statement, type Trx } from '../db/database.ts';
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
  deps: Pick<Deps, 'db' | 'clock' | 'metrics'>,
  act: (act: Act) => Promise<T>,
): Promise<T> {
  const now = deps.clock();
  const events: AuditEvent[] = [];
  const result = await deps.db.transaction().execute(async (trx) => {
    const result = await act({ trx, now, record: (event) => events.push(event) });
    await append(trx, now, events);
    return result;
  });
  countEvents(deps, events);
  return result;
}

/** What was recorded counts for the operator, too: when it is certain. */
export function countEvents({ metrics }: Pick<Deps, 'metrics'>, events: readonly AuditEvent[]): void {
  for (const event of events) metrics?.countEvent(event);
}

/** Records something that happened without anything else being written. */
export async function recordEvent(
  deps: Pick<Deps, 'db' | 'clock' | 'metrics'>,
  event: AuditEvent,
): Promise<void> {
  await performAct(deps, async ({ record }) => record(event));
}

/**
 * What appends lines, after `said (bodies)`: the array of their texts. The head is locked and moved once for all of
 * them: what others wait for is one statement and the commit. It is locked when `said` is there and not before, so after
 * every lock that the lines wait for; and not at all when there is nothing to say.
 */
const appending = `
  head AS (SELECT h.seq, h.hash FROM said, audit_head h WHERE cardinality(said.bodies) > 0 FOR UPDATE OF h),
  chain (n, seq, hash, body) AS (
    SELECT 0, seq, hash, NULL::text FROM head
    UNION ALL
    SELECT c.n + 1, c.seq + 1, sha256(c.hash || int8send(c.seq + 1) || convert_to(b.body, 'UTF8')), b.body
    FROM chain c, LATERAL (SELECT ((SELECT bodies FROM said))[c.n + 1] AS body) b
    WHERE c.n < cardinality((SELECT bodies FROM said))
  ),
  moved AS (
    UPDATE audit_head SET seq = c.seq, hash = c.hash FROM (SELECT seq, hash FROM chain ORDER BY n DESC LIMIT 1) c
  ),
  written AS (INSERT INTO audit_events (seq, hash, body) SELECT seq, hash, body::json FROM chain WHERE n > 0 ORDER BY n)`;

const appendingAlone: Statement = {
  name: 'audit_append',
  text: `WITH RECURSIVE said (bodies) AS (SELECT $1::text[]), ${appending} SELECT`,
};

async function append(trx: Trx, now: Date, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await runPrepared(trx, appendingAlone, [events.map((event) => lineOf(now, event))]);
}

/** The text of a line, exactly as it is hashed. It has no line break. */
export function lineOf(now: Date, event: AuditEvent): string {
  return JSON.stringify({ at: now.getTime(), ...event });
}

/**
 * One statement that does acts, many at a time, and appends what they recorded: a statement is a transaction, too.
 * `acts` are its CTEs; the last is `lines (act, n, body)`, what is recorded of those acts that were done. Whatever else
 * may wait for somebody must have been waited for when `lines` is there. Rows of many acts are locked in an order that
 * is the same everywhere, so that nobody waits in a circle.
 */
export function actsStatement({
  name,
  acts,
  answer,
}: {
  name: string;
  acts: string;
  answer: string;
}): Statement {
  const said = 'said (bodies) AS (SELECT array_agg(body ORDER BY act, n) FROM lines)';
  return { name, text: `WITH RECURSIVE ${acts}, ${said}, ${appending} ${answer}` };
}

export type AuditFault =
  | 'event is missing'
  | 'event was changed'
  | 'events at the end are missing'
  | 'the head of the chain is missing'
  | 'the head was changed'
  | 'another head was published';

export type AuditResult =
  | { ok: true; events: number; head: string }
  | { ok: false; seq: number; fault: AuditFault };

/** A line of the chain, as far as the next one depends on it. */
export type ChainPoint = { seq: bigint; hash: Buffer };

export const chainStart: ChainPoint = { seq: 0n, hash: GENESIS };

/** Heads that somebody kept, in hex, by their numbers. */
export type KeptHeads = ReadonlyMap<bigint, string>;

/** How far lines were found good. With a fault: it is at the number after `point`. */
export type PageResult =
  | { ok: true; point: ChainPoint; lines: number }
  | { ok: false; point: ChainPoint; fault: AuditFault };

/** Recomputes the lines after one that is known to be good, `limit` at most. */
export async function verifyPage(
  db: Db,
  after: ChainPoint,
  limit: number,
  heads: KeptHeads = new Map(),
): Promise<PageResult> {
  const { rows } = await sql<{ seq: bigint; hash: Buffer; body: string }>`
    SELECT seq, hash, body::text AS body FROM audit_events WHERE seq > ${after.seq} ORDER BY seq LIMIT ${limit}
  `.execute(db);
  let point = after;
  for (const row of rows) {
    const seq = point.seq + 1n;
    if (row.seq !== seq) return { ok: false, point, fault: 'event is missing' };
    const hash = nextHash(point.hash, seq, row.body);
    if (!hash.equals(row.hash)) return { ok: false, point, fault: 'event was changed' };
    const kept = heads.get(seq);
    if (kept !== undefined && kept !== hash.toString('hex'))
      return { ok: false, point, fault: 'another head was published' };
    point = { seq, hash };
  }
  return { ok: true, point, lines: rows.length };
}

/** Recomputes the whole chain. On failure names the first number that does not hold, and how. */
export async function verifyAudit(db: Db, heads: KeptHeads = new Map()): Promise<AuditResult> {
  // One snapshot: an event appended meanwhile must not look like a fault.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      if (!head) return { ok: false, seq: 0, fault: 'the head of the chain is missing' };
      let point = chainStart;
      for (;;) {
        const page = await verifyPage(trx, point, PAGE, heads);
        point = page.point;
        if (!page.ok) return { ok: false, seq: Number(point.seq) + 1, fault: page.fault };
        if (page.lines < PAGE) break;
      }
      const { seq, hash } = point;
      const last = [...heads.keys()].reduce((one, other) => (one > other ? one : other), 0n);
      if (BigInt(head.seq) !== seq || last > seq)
        return { ok: false, seq: Number(seq) + 1, fault: 'events at the end are missing' };
      if (!head.hash.equals(hash)) return { ok: false, seq: Number(seq), fault: 'the head was changed' };
      return { ok: true, events: Number(seq), head: hash.toString('hex') };
    });
}

function nextHash(previous: Buffer, seq: bigint, body: string): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(seq);
  return createHash('sha256').update(previous).update(number).update(body).digest();
}
