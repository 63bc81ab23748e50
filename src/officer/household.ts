/**
 * Nobody decides about themselves or their family. Each officer states their own personal number before first use, and
 * those of their household; kept are keyed hashes, the same ones that cases and verifications carry. An officer can add
 * to the list; only a supervisor takes something off it.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';
import { hashNumber } from '../verification/verifications.ts';

export type Relation = 'self' | 'household';
export type Declared = { id: string; relation: Relation; hint: string; declaredAt: Date };

/** States a number. False when it was stated before, or one's own is stated already. */
export async function declareNumber(
  { trx, now, record }: Act,
  keyring: Keyring,
  given: { officerId: string; relation: Relation; personalNumber: string },
): Promise<boolean> {
  const { officerId, relation, personalNumber } = given;
  const row = await trx
    .insertInto('officer_household')
    .values({
      id: randomUUID(),
      officer_id: officerId,
      number_hash: hashNumber(keyring, personalNumber),
      relation,
      hint: personalNumber.slice(-3),
      declared_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('relation')
    .executeTakeFirst();
  if (!row) return false;
  record({ event: 'officer.household_declared', officer: officerId, relation, actor: officerId });
  return true;
}

export async function listDeclared(db: Db, officerId: string): Promise<Declared[]> {
  const rows = await db
    .selectFrom('officer_household')
    .select(['id', 'relation', 'hint', 'declared_at'])
    .where('officer_id', '=', officerId)
    .orderBy('relation', 'desc')
    .orderBy('declared_at')
    .limit(100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    relation: row.relation as Relation,
    hint: row.hint,
    declaredAt: row.declared_at,
  }));
}

/** Takes somebody off an officer's list, but never the officer; false when there is nobody of this id. */
export async function removeDeclared(
  { trx, record }: Act,
  { officerId, id, reason, by }: { officerId: string; id: string; reason: string; by: string },
): Promise<boolean> {
  const row = await trx
    .deleteFrom('officer_household')
    .where('id', '=', id)
    .where('officer_id', '=', officerId)
    .where('relation', '=', 'household')
    .returning('id')
    .executeTakeFirst();
  if (row) record({ event: 'officer.household_removed', officer: officerId, reason, actor: by });
  return row !== undefined;
}

export type Conflict = 'own' | 'household' | 'opened';

/**
 * The nearest relation between an officer and the case `c` of a query. The case's own number counts, and every number that
 * the accounts in it were ever verified with. 'self' comes after 'household' in the alphabet, so the maximum is the nearer.
 */
function relationTo(officerId: string) {
  return sql<Relation | null>`(SELECT max(h.relation) FROM officer_household h WHERE h.officer_id = ${officerId}
    AND (h.number_hash = c.number_hash OR EXISTS (SELECT FROM verifications v WHERE v.number_hash = h.number_hash
      AND (v.account_id = c.account_id OR v.account_id = c.other_account_id))))`;
}

/** In a query of cases named `c`: those that this officer may decide. */
export function freeOfConflict(officerId: string) {
  return sql<boolean>`(c.opened_by IS DISTINCT FROM ${officerId} AND ${relationTo(officerId)} IS NULL)`;
}

/** Why this officer may not decide this case; undefined when they may. */
export async function findConflict(db: Db, officerId: string, caseId: string): Promise<Conflict | undefined> {
  const found = await db
    .selectFrom('cases as c')
    .select((eb) => [eb('c.opened_by', '=', officerId).as('opened'), relationTo(officerId).as('relation')])
    .where('c.id', '=', caseId)
    .executeTakeFirst();
  if (found?.relation) return found.relation === 'self' ? 'own' : 'household';
  return found?.opened ? 'opened' : undefined;
}
