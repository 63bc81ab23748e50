/**
 * Factors: what proves level2 again in a new session, a PIN or a passkey. They count only for a verification that is
 * in force, and a revoked one takes them along: what a thief may have set must not count after the citizen has
 * verified anew.
 */
import type { Act } from '../audit/audit.ts';
import type { FactorKind } from '../audit/events.ts';
import type { Db } from '../db/database.ts';

export type Factor = {
  id: string;
  kind: FactorKind;
  /** What the citizen calls a passkey. */
  name: string | null;
  /** In which browser it was made (devices). */
  device: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
};

export async function listFactors(db: Db, accountId: string): Promise<Factor[]> {
  const rows = await db
    .selectFrom('factors')
    .select(['id', 'kind', 'name', 'device', 'created_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as FactorKind,
    name: row.name,
    device: row.device,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
}

export async function hasFactor(db: Db, accountId: string, kind?: FactorKind): Promise<boolean> {
  const row = await db
    .selectFrom('factors')
    .select('id')
    .where('account_id', '=', accountId)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind as string))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a factor away; the one that was taken, or undefined when it is not this account's. */
export async function removeFactor(
  act: Act,
  { accountId, factorId, reason }: { accountId: string; factorId: string; reason: string },
): Promise<FactorKind | undefined> {
  const [removed] = await remove(act, { accountId, reason, factorId });
  return removed;
}

export async function removeAllFactors(act: Act, accountId: string, reason: string): Promise<number> {
  return (await remove(act, { accountId, reason })).length;
}

async function remove(
  { trx, record }: Act,
  { accountId, reason, factorId }: { accountId: string; reason: string; factorId?: string },
): Promise<FactorKind[]> {
  const removed = await trx
    .deleteFrom('factors')
    .where('account_id', '=', accountId)
    .$if(factorId !== undefined, (query) => query.where('id', '=', factorId as string))
    .returning(['id', 'kind'])
    .execute();
  for (const { id, kind } of removed) {
    record({ event: 'factor.removed', account: accountId, kind: kind as FactorKind, factor: id, reason });
  }
  return removed.map(({ kind }) => kind as FactorKind);
}
