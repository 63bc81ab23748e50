/**
 * Nobody decides about themselves or their family. Each officer states their own personal number before first use, and
 * those of their household; kept are keyed hashes, the same ones that cases and verifications carry. An officer can add
 * to the list; only a supervisor takes something off it.
 */
import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
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

/** The numbers an officer has stated. */
function numbersOf(officerId: string) {
  return sql`SELECT number_hash FROM officer_household WHERE officer_id = ${officerId}`;
}

/** The accounts that were ever verified with a number; of the active ones there is one at most, and an index says so. */
function accountsWith(hashes: RawBuilder<unknown>) {
  return sql`SELECT account_id FROM verifications WHERE status = 'active' AND number_hash IN (${hashes})
    UNION ALL SELECT account_id FROM verifications WHERE status <> 'active' AND number_hash IN (${hashes})`;
}

/**
 * In a query of cases named `c`: those that this officer may decide. The case's own number counts, and every number that the
 * accounts in it were ever verified with. Both lists are made once for the whole query.
 */
export function freeOfConflict(officerId: string) {
  const numbers = numbersOf(officerId);
  const accounts = accountsWith(numbers);
  return sql<boolean>`(c.opened_by IS DISTINCT FROM ${officerId}
    AND coalesce(c.number_hash <> ALL (ARRAY(${numbers})), true)
    AND c.account_id <> ALL (ARRAY(${accounts}))
    AND coalesce(c.other_account_id <> ALL (ARRAY(${accounts})), true))`;
}

/** Why this officer may not decide this case; undefined when they may. */
export async function findConflict(db: Db, officerId: string, caseId: string): Promise<Conflict | undefined> {
  const found = await db
    .selectFrom('cases as c')
    .select(['c.opened_by', 'c.number_hash', 'c.account_id', 'c.other_account_id'])
    .select(freeOfConflict(officerId).as('free'))
    .where('c.id', '=', caseId)
    .executeTakeFirst();
  if (!found || found.free) return undefined;
  const own = await db
    .selectFrom('officer_household')
    .select(['number_hash', 'relation'])
    .where('officer_id', '=', officerId)
    .orderBy('relation', 'desc')
    .execute();
  for (const { number_hash, relation } of own) {
    const { rows } = await sql<{ account_id: string }>`${accountsWith(sql`${number_hash}`)}`.execute(db);
    const accounts = rows.map(({ account_id }) => account_id);
    const about = [found.account_id, found.other_account_id].some(
      (id) => id !== null && accounts.includes(id),
    );
    // 'self' comes before 'household' here, so the nearer one is named.
    if (about || found.number_hash?.equals(number_hash)) return relation === 'self' ? 'own' : 'household';
  }
  return 'opened';
}
