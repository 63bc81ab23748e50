/**
 * Verifications from before years of birth were kept beside them: opened once more, for the year and for the commune of
 * their case. Coarse as it is for new ones; it lets counts by age open no sealed person.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import type { Keyring } from '../keyring.ts';
import type { Person } from './verifications.ts';

const BATCH = 500;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A timed job; when there is nothing left it reads an empty index. */
export async function fillBirthYears(
  { db, keyring }: Pick<Deps, 'db' | 'keyring'>,
  batch = BATCH,
): Promise<void> {
  let last = NOBODY;
  for (;;) {
    const rows = await db
      .selectFrom('verifications')
      .select(['id', 'person_sealed'])
      .where('birth_year', 'is', null)
      .where('person_sealed', 'is not', null)
      .where('id', '>', last)
      .orderBy('id')
      .limit(batch)
      .execute();
    const found = rows.flatMap(({ id, person_sealed }) => {
      const year = person_sealed && yearOf(keyring, id, person_sealed);
      return year ? [{ id, year }] : [];
    });
    if (found.length > 0) await keepYears(db, found);
    if (rows.length < batch) return;
    last = rows.at(-1)?.id ?? last;
  }
}

function yearOf(keyring: Keyring, id: string, sealed: Buffer): number | undefined {
  const { personalNumber } = JSON.parse(keyring.open('person', id, sealed).toString()) as Person;
  return parsePersonalNumber(personalNumber)?.birthYear;
}

function keepYears(db: Db, found: readonly { id: string; year: number }[]): Promise<unknown> {
  // Not into what was erased meanwhile.
  return sql`
    UPDATE verifications AS v SET birth_year = f.year, commune = coalesce(v.commune, c.commune)
    FROM unnest(${found.map(({ id }) => id)}::uuid[], ${found.map(({ year }) => year)}::smallint[]) AS f (id, year), cases AS c
    WHERE v.id = f.id AND c.id = v.case_id AND v.person_sealed IS NOT NULL`.execute(db);
}
