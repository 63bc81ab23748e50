/**
 * Lines of the chain as a file, and the file held against the chain. Each line carries its number, its text as it was
 * hashed, and its hash: so a file says by itself which lines it means, and one that was changed is found out even when the
 * key that signed it is gone.
 */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { csvLine, readCsv } from './csv.ts';
import { type AuditLine, type AuditQuestion, searchAudit } from './search.ts';

const PAGE = 1_000;
const header = ['seq', 'time', 'event', 'account', 'client', 'actor', 'case', 'body', 'hash'];
/** Where the number, the text and the hash stand. */
const [SEQ, BODY, HASH] = [0, 7, 8] as const;

export type ExportEnd = {
  lines: number /** Only when there are more: the number before which to go on. */;
  next?: bigint;
};

/** The table in parts, newest line first, `most` lines at most; read a page at a time, and never held whole. */
export async function* exportLines(
  db: Db,
  question: AuditQuestion,
  most: number,
): AsyncGenerator<string, ExportEnd> {
  yield csvLine(header);
  let before = question.before;
  let lines = 0;
  for (;;) {
    const limit = Math.min(PAGE, most - lines);
    // One more than is written tells whether there is more.
    const found = await searchAudit(db, { ...question, before }, limit + 1);
    const page = found.slice(0, limit);
    lines += page.length;
    if (page.length > 0) yield page.map((line) => csvLine(cellsOf(line))).join('');
    before = page.at(-1)?.seq ?? before;
    if (found.length <= limit) return { lines };
    if (lines >= most) return { lines, ...(before === undefined ? {} : { next: before }) };
  }
}

function cellsOf({ seq, at, event, body, text, hash }: AuditLine): string[] {
  const cell = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  const named = ['account', 'client', 'actor', 'case'].map(cell);
  return [String(seq), at.toISOString(), event, ...named, text, hash];
}

export type ExportCheck =
  | { ok: true; lines: number }
  | { ok: false; fault: 'not_an_export' }
  | { ok: false; fault: 'line_differs'; seq: string };

/** Whether every line of a file stands in the chain exactly so. */
export async function checkExport(db: Db, text: string): Promise<ExportCheck> {
  const rows = readCsv(text);
  if (rows.next().value?.join() !== header.join()) return { ok: false, fault: 'not_an_export' };
  let page: string[][] = [];
  let lines = 0;
  const check = async () => {
    const wrong = page.length > 0 ? await findDifferent(db, page) : undefined;
    lines += page.length;
    page = [];
    return wrong;
  };
  for (const row of rows) {
    if (row?.length !== header.length || !/^[1-9]\d{0,17}$/.test(row[SEQ] ?? ''))
      return { ok: false, fault: 'not_an_export' };
    page.push(row);
    const wrong = page.length === PAGE && (await check());
    if (wrong) return { ok: false, fault: 'line_differs', seq: wrong };
  }
  const wrong = await check();
  return wrong ? { ok: false, fault: 'line_differs', seq: wrong } : { ok: true, lines };
}

async function findDifferent(db: Db, page: readonly string[][]): Promise<string | undefined> {
  const seqs = page.map((row) => row[SEQ] ?? '');
  const { rows } = await sql<{ seq: bigint; body: string; hash: string }>`
    SELECT seq, body::text AS body, encode(hash, 'hex') AS hash FROM audit_events
    WHERE seq = ANY (${seqs}::bigint[])`.execute(db);
  const kept = new Map(rows.map((row) => [String(row.seq), row]));
  const different = page.find((row) => {
    const line = kept.get(row[SEQ] ?? '');
    return !line || row[BODY] !== line.body || row[HASH] !== line.hash;
  });
  return different?.[SEQ];
}
