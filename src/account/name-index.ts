/**
 * Finding citizens by name although names are kept sealed: an index of keyed hashes of a name's parts. Parts are each
 * two words that stand together, and the first with the last, as they are written and again without marks: "Nguyễn Văn An" is found by "nguyen van an", "Văn An" and "nguyen an", not by "Nguyễn" alone, which
 * would be a third of the country.
 *
 * For officers who look somebody up, never for matching people (design §2 point 6). Who may look, and that it is
 * written down, is the caller's business.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

export type NameSource = 'zalo' | 'verified';

/** Replaces what an account is found by from one source. */
export async function indexName(
  trx: Db,
  keyring: Keyring,
  { accountId, source, name }: { accountId: string; source: NameSource; name: string },
): Promise<void> {
  const hashes = hashParts(keyring, name);
  await sql`
    WITH gone AS (
      DELETE FROM name_index
      WHERE account_id = ${accountId} AND source = ${source} AND part_hash <> ALL (${hashes}::bytea[])
    )
    INSERT INTO name_index (part_hash, account_id, source)
    SELECT hash, ${accountId}, ${source} FROM unnest(${hashes}::bytea[]) AS hash
    ON CONFLICT DO NOTHING`.execute(trx);
}

/** What an account of this name is found by. */
export function hashParts(keyring: Keyring, name: string): Buffer[] {
  const words = wordsOf(name);
  const parts = [...new Set([...partsOf(words), ...partsOf(words.map(withoutMarks))])];
  return parts.map((part) => hashPart(keyring, part));
}

/** Forgets an account's names. */
export async function forgetNames(trx: Db, accountId: string): Promise<void> {
  await trx.deleteFrom('name_index').where('account_id', '=', accountId).execute();
}

/**
 * Accounts with this name, by id, a page at a time. Words with marks ask for just those marks, without any for all.
 * Undefined when there are fewer than two words.
 */
export async function findByName(
  db: Db,
  keyring: Keyring,
  { name, after, limit }: { name: string; after?: string | undefined; limit: number },
): Promise<string[] | undefined> {
  const words = wordsOf(name);
  if (words.length < 2) return undefined;
  // The parts of a name's end are the rarer ones: the search begins there, and asks the others of what it found.
  const [rarest = '', ...others] = [...new Set([...pairsOf(words)].reverse())].map((part) =>
    hashPart(keyring, part),
  );
  const { rows } = await sql<{ account_id: string }>`
    SELECT DISTINCT i.account_id FROM name_index AS i
    WHERE i.part_hash = ${rarest} AND i.account_id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
      AND NOT EXISTS (
        SELECT FROM unnest(${others}::bytea[]) AS other (hash)
        WHERE NOT EXISTS (SELECT FROM name_index AS o
          WHERE o.part_hash = other.hash AND o.account_id = i.account_id AND o.source = i.source))
    ORDER BY i.account_id LIMIT ${limit}`.execute(db);
  return rows.map(({ account_id }) => account_id);
}

/** Words as they are compared: composed letters (NFC), small, digits and signs aside. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFC')
    .toLocaleLowerCase('vi')
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== '')
    .slice(0, 12);
}

/** Without tone and vowel marks, and đ as d: as people type who have no Vietnamese keyboard. */
function withoutMarks(word: string): string {
  return word
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('đ', 'd');
}

function partsOf(words: readonly string[]): string[] {
  const [first, last] = [words[0], words.at(-1)];
  if (words.length === 1) return [];
  return [...pairsOf(words), ...(words.length > 2 ? [`${first} ${last}`] : [])];
}

/** Each two words that stand together. */
function pairsOf(words: readonly string[]): string[] {
  return words.slice(1).map((word, at) => `${words[at]} ${word}`);
}

function hashPart(keyring: Keyring, part: string): Buffer {
  return keyring.index('name', part);
}
