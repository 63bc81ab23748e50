/**
 * Recomputing the whole chain while everything goes on: an officer asks for it, a job does it in short parts, and each
 * part leaves behind how far it came. The last result stays: when, up to which number, which head.
 *
 * Up to the end as it was when it was asked for: what is appended meanwhile is for the next check. The heads of the days
 * are held against the chain on the way.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { addJob } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import {
  type Act,
  type AuditFault,
  type ChainPoint,
  chainStart,
  type KeptHeads,
  verifyPage,
} from './audit.ts';

export const CHECK_AUDIT = 'check_audit';
/** A few milliseconds of hashing at a time, and as long a rest: requests are answered in between. */
const LINES = 500;
const REST_MS = 4;
/** Then the job makes room for others, and goes on after them. */
const PART_MS = 15_000;
/** A check that has not moved for so long was left by a node that died. */
const LEFT_MS = 5 * 60 * 1000;
const KEPT_MS = 2 * 365 * 24 * 3600 * 1000;

export type AuditCheck = {
  status: 'running' | 'whole' | 'broken';
  askedAt: Date;
  askedBy: string;
  /** Whether nobody is at it any more, though it is not at its end. */
  left: boolean;
  until: bigint;
  done: bigint;
  /** The hash at `done`, in hex. */
  head: string;
  fault?: AuditFault;
  endedAt?: Date;
};

/** Begins a check, or takes up the one that is under way. */
export async function startCheck(act: Act, by: string): Promise<void> {
  const { trx, now, record } = act;
  const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
  const longAgo = new Date(now.getTime() - KEPT_MS);
  await trx.deleteFrom('audit_checks').where('asked_at', '<', longAgo).execute();
  await trx
    .insertInto('audit_checks')
    .values({
      id: randomUUID(),
      asked_by: by,
      asked_at: now,
      until_seq: head?.seq ?? 0n,
      until_hash: head?.hash ?? Buffer.alloc(0),
      done_seq: chainStart.seq,
      done_hash: chainStart.hash,
      moved_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await addJob(trx, CHECK_AUDIT, {}, { key: CHECK_AUDIT });
  record({ event: 'audit.check_started', actor: by });
}

/** The check that is under way, or else the last one that came to an end. */
export async function findLastCheck(db: Db, now: Date): Promise<AuditCheck | undefined> {
  const row = await db
    .selectFrom('audit_checks')
    .selectAll()
    .orderBy('asked_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    status: row.status as AuditCheck['status'],
    askedAt: row.asked_at,
    askedBy: row.asked_by,
    left: row.status === 'running' && now.getTime() - row.moved_at.getTime() > LEFT_MS,
    until: BigInt(row.until_seq),
    done: BigInt(row.done_seq),
    head: row.done_hash.toString('hex'),
    ...(row.fault ? { fault: row.fault as AuditFault } : {}),
    ...(row.ended_at ? { endedAt: row.ended_at } : {}),
  };
}

/** The job: goes on with the check that is under way, for a while. */
export function checkAudit({ db, clock }: Pick<Deps, 'db' | 'clock'>): () => Promise<void> {
  return async () => {
    const check = await db
      .selectFrom('audit_checks')
      .select(['id', 'until_seq', 'until_hash', 'done_seq', 'done_hash'])
      .where('status', '=', 'running')
      .executeTakeFirst();
    if (!check) return;
    const { id } = check;
    const end = { seq: BigInt(check.until_seq), hash: check.until_hash };
    const heads = await readHeads(db);
    let point: ChainPoint = { seq: BigInt(check.done_seq), hash: check.done_hash };
    const began = performance.now();
    while (point.seq < end.seq && performance.now() - began < PART_MS) {
      const limit = Number(end.seq - point.seq < BigInt(LINES) ? end.seq - point.seq : BigInt(LINES));
      const page = await verifyPage(db, point, limit, heads);
      if (!page.ok) return endCheck(db, id, clock(), page.point, page.fault);
      if (page.lines < limit) return endCheck(db, id, clock(), page.point, 'events at the end are missing');
      // Another node that was taken for dead is at it, too: one of the two is enough.
      if (!(await move(db, id, point, page.point, clock()))) return;
      point = page.point;
      await rest(REST_MS);
    }
    if (point.seq < end.seq) return addJob(db, CHECK_AUDIT, {}, { key: CHECK_AUDIT });
    await endCheck(db, id, clock(), point, point.hash.equals(end.hash) ? undefined : 'the head was changed');
  };
}

async function move(db: Db, id: string, from: ChainPoint, to: ChainPoint, now: Date): Promise<boolean> {
  const moved = await db
    .updateTable('audit_checks')
    .set({ done_seq: to.seq, done_hash: to.hash, moved_at: now })
    .where('id', '=', id)
    .where('done_seq', '=', from.seq)
    .where('status', '=', 'running')
    .returning('id')
    .executeTakeFirst();
  return moved !== undefined;
}

async function endCheck(db: Db, id: string, now: Date, { seq, hash }: ChainPoint, fault?: AuditFault) {
  await db
    .updateTable('audit_checks')
    .set({
      done_seq: seq,
      done_hash: hash,
      moved_at: now,
      ended_at: now,
      ...(fault ? { status: 'broken', fault } : { status: 'whole' }),
    })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute();
}

async function readHeads(db: Db): Promise<KeptHeads> {
  const { rows } = await sql<{ seq: bigint; hash: Buffer }>`SELECT seq, hash FROM audit_heads`.execute(db);
  return new Map(rows.map(({ seq, hash }) => [BigInt(seq), hash.toString('hex')]));
}
