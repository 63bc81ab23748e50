/**
 * Which commune's desk a case belongs to, from what the card says of where its holder lives. Coarse on purpose: the address
 * itself is read for this and kept nowhere but in the sealed evidence. Whoever cannot be placed belongs to the province.
 */
import type { Db } from '../db/database.ts';

/** Tây Ninh since July 2025, and the province that became part of it: older cards still say so. */
const ourProvinces: ReadonlySet<string> = new Set(['tay ninh', 'long an']);
const kinds = ['phuong', 'xa', 'thi tran', 'dac khu'] as const;
const short: Record<string, string> = { p: 'phuong', x: 'xa', tt: 'thi tran' };

/**
 * The code of the one commune that the address names; undefined when it names none, another province's, or several.
 *
 * @param residence as printed, smallest part first: `Tổ 3, Phường Tân Ninh, Tây Ninh`.
 */
export async function findCommune(db: Db, residence: string | undefined): Promise<string | undefined> {
  const parts = (residence ?? '').split(',').map(readPlace);
  if (!ourProvinces.has(parts.at(-1)?.name.replace(/^tinh /, '') ?? '')) return undefined;
  const communes = await db.selectFrom('communes').select(['code', 'name']).limit(1_000).execute();
  const named = parts.slice(0, -1);
  const found = communes.filter(({ name }) => {
    const commune = readPlace(name);
    return named.some((part) => part.name === commune.name && (!part.kind || part.kind === commune.kind));
  });
  return found.length === 1 ? found[0]?.code : undefined;
}

/** A place's kind and its name, both without marks: `P. Tân Ninh` and `Phường Tân Ninh` are one. */
function readPlace(text: string): { kind?: string; name: string } {
  const words = text
    .replace(/\(.*?\)/g, ' ')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const [first = '', ...rest] = words;
  const plain = [short[first] ?? first, ...rest].join(' ');
  const kind = kinds.find((one) => plain.startsWith(`${one} `));
  return kind ? { kind, name: plain.slice(kind.length + 1) } : { name: words.join(' ') };
}
