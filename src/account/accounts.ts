/**
 * Citizens: who has an account, whether it may be used, and what level it holds now.
 * Invariant: an account is found by what an upstream vouched for (identities), never by name, phone or e-mail.
 */
import { randomUUID } from 'node:crypto';
import { type Act, performAct } from '../audit/audit.ts';
import { gather } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Level } from '../guard/levels.ts';
import { tell } from '../notify/outbox.ts';
import { type LevelReason, levelOf } from './level.ts';

export type AccountState = {
  id: string;
  status: 'active' | 'suspended' | 'closed';
  level: Level;
  /** Why the level is not level2. */
  levelReason?: LevelReason;
  /** When level2 runs out by itself. */
  levelExpiresAt?: Date;
  /** When level2 last ended: what was proved before counts as level1 (levelOfProof). */
  level2After?: Date;
};

/** For every query that asks what an account is: columns of AccountRow, after `joinAccount`. */
export const accountColumns = `
  c.id, c.status, c.level2_held_at, c.level2_released_at, v.status AS verification_status, v.expires_at,
  CASE WHEN v.status IS NOT NULL THEN
    (SELECT max(ended_at) FROM verifications WHERE account_id = c.id AND status IN ('revoked', 'expired'))
    END AS level2_after`;

/** The newest verification tells both the level and, when it is not active, what became of it. */
export function joinAccount(id: string): string {
  return `
  LEFT JOIN accounts c ON c.id = ${id}
  LEFT JOIN LATERAL (
    SELECT status, expires_at FROM verifications WHERE account_id = c.id ORDER BY verified_at DESC LIMIT 1
  ) v ON true`;
}

const statement = {
  name: 'accounts',
  text: `SELECT ${accountColumns}
  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, n) ${joinAccount('q.id')} ORDER BY q.n`,
};

type Found = AccountRow | undefined;
const askAccount = gather<string, Found>((db, ids) => runPrepared<AccountRow>(db, statement, [ids]), {
  again: true,
});

/** The account and its level at this moment, in one query; undefined if there is none. */
export async function findAccount(db: Db, id: string, now: Date): Promise<AccountState | undefined> {
  return toState(await askAccount(db, id), now);
}

function toState(row: Found, now: Date): AccountState | undefined {
  return row?.id ? stateOf(row, now) : undefined;
}

/** What a query must bring along to say what an account is now. */
export type AccountRow = {
  id: string;
  status: string;
  level2_held_at: Date | null;
  level2_released_at: Date | null;
  verification_status: string | null;
  expires_at: Date | null;
  level2_after: Date | null;
};

export function stateOf(row: AccountRow, now: Date): AccountState {
  const verification = row.verification_status
    ? { status: row.verification_status, expires_at: row.expires_at, held: row.level2_held_at !== null }
    : undefined;
  const { level, reason, expiresAt } = levelOf(verification, now);
  // A hold that was lifted is an end, too: what was proved before it stays level1.
  const level2After = latest(row.level2_after, row.level2_released_at);
  return {
    id: row.id,
    status: row.status as AccountState['status'],
    level,
    ...(reason ? { levelReason: reason } : {}),
    ...(expiresAt ? { levelExpiresAt: expiresAt } : {}),
    ...(level2After ? { level2After } : {}),
  };
}

/** Of an account that was made a moment ago. */
export function stateOfNew(id: string, now: Date): AccountState {
  const nothing = {
    level2_held_at: null,
    level2_released_at: null,
    verification_status: null,
    expires_at: null,
  };
  return stateOf({ id, status: 'active', ...nothing, level2_after: null }, now);
}

/**
 * Holds the account as it is until the act is done, for what counts for good (a new factor); false unless it is active
 * and level2. Who ends either waits, and finds what was set; or was first, and nothing is set.
 */
export async function lockLevel2({ trx, now }: Act, id: string): Promise<boolean> {
  await trx.selectFrom('accounts').select('id').where('id', '=', id).forNoKeyUpdate().execute();
  const account = await findAccount(trx, id, now);
  return account?.status === 'active' && account.level === 'level2';
}

/** Makes an account; its id is random and says nothing about the person. */
export async function createAccount({ trx, now }: Act): Promise<string> {
  const id = randomUUID();
  await trx.insertInto('accounts').values({ id, created_at: now }).execute();
  return id;
}

export type StatusChange = { accountId: string; actor: string; reason: string };
type Pen = Pick<Deps, 'db' | 'clock'>;

/** Suspends an account: its tokens are inactive and its sessions useless from the commit on. */
export async function suspendAccount(deps: Pen, change: StatusChange): Promise<boolean> {
  return performAct(deps, (act) => setStatus(act, change, 'suspended'));
}

/** Ends a suspension. */
export async function reinstateAccount(deps: Pen, change: StatusChange): Promise<boolean> {
  return performAct(deps, (act) => setStatus(act, change, 'active'));
}

/**
 * The same inside somebody's act. `until`: the suspension ends by itself; one that has an end may be given another, or
 * none. False when the account is not in a state for it.
 */
export async function setStatus(
  act: Act,
  { accountId, actor, reason, until }: StatusChange & { until?: Date | undefined },
  to: 'active' | 'suspended',
): Promise<boolean> {
  const suspended = to === 'suspended';
  const changed = await act.trx
    .updateTable('accounts')
    .set({ status: to, suspended_until: suspended ? (until ?? null) : null })
    .where('id', '=', accountId)
    .where((eb) =>
      suspended
        ? eb.or([
            eb('status', '=', 'active'),
            eb.and([eb('status', '=', 'suspended'), eb('suspended_until', 'is not', null)]),
          ])
        : eb('status', '=', 'suspended'),
    )
    .returning('id')
    .executeTakeFirst();
  if (!changed) return false;
  const event = suspended ? 'account.suspended' : 'account.reinstated';
  act.record({ event, account: accountId, actor, reason });
  await tell(act, accountId, { kind: suspended ? 'account_suspended' : 'account_reinstated' });
  return true;
}

/** A timed job: suspensions whose time is over end. */
export async function endDueSuspensions(deps: Pen): Promise<void> {
  const due = await deps.db
    .selectFrom('accounts')
    .select('id')
    .where('suspended_until', '<=', deps.clock())
    .orderBy('suspended_until')
    .limit(500)
    .execute();
  for (const { id } of due) {
    await performAct(deps, async (act) => {
      // Given another end, or none, at this very moment.
      const still = await act.trx
        .selectFrom('accounts')
        .select('id')
        .where('id', '=', id)
        .where('suspended_until', '<=', act.now)
        .forUpdate()
        .executeTakeFirst();
      if (still) await setStatus(act, { accountId: id, actor: 'rule', reason: 'time_is_over' }, 'active');
    });
  }
}

/** Puts level2 on hold: nothing counts as level2 until it is proved anew, or an officer lifts it. */
export async function holdLevel2(act: Act, { accountId, actor, reason }: StatusChange): Promise<boolean> {
  const { trx, now, record } = act;
  const changed = await trx
    .updateTable('accounts')
    .set({ level2_held_at: now, level2_held_reason: reason })
    .where('id', '=', accountId)
    .where('level2_held_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!changed) return false;
  record({ event: 'level2.held', account: accountId, actor, reason });
  // Whoever was not level2 has lost nothing that they would know of.
  const active = await trx
    .selectFrom('verifications')
    .select('id')
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  if (active) await tell(act, accountId, { kind: 'level2_ended' });
  return true;
}

/** Ends a hold; what was proved before this second stays level1 (times of proofs are whole seconds). */
export async function releaseLevel2(
  { trx, now, record }: Act,
  { accountId, actor, reason }: StatusChange,
): Promise<boolean> {
  const changed = await trx
    .updateTable('accounts')
    .set({ level2_held_at: null, level2_held_reason: null, level2_released_at: wholeSecond(now) })
    .where('id', '=', accountId)
    .where('level2_held_at', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (changed) record({ event: 'level2.released', account: accountId, actor, reason });
  return changed !== undefined;
}

function latest(one: Date | null, other: Date | null): Date | undefined {
  if (!one || !other) return one ?? other ?? undefined;
  return one > other ? one : other;
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
