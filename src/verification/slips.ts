/**
 * The slip a citizen takes home from a desk: what was checked, where, until when. Its QR holds a signed text without name
 * or number; of that text a hash is kept, so that ours is told from another's even when the key that signed it is long
 * retired, and whether it still holds is asked of the verification itself.
 */
import { createHash } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';

/** Crockford's alphabet, as in readings.ts. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 12;

/** What the QR says: short names, because each letter makes its squares smaller. */
export type SlipText = {
  /** The slip's own number. */
  id: string;
  lvl: 'level2';
  /** How it was verified. */
  m: string;
  /** The day, as in Viet Nam: YYYY-MM-DD. */
  d: string;
  /** The last day; left out without one. */
  u?: string;
  /** The commune's code. */
  o?: string;
};

export type Slip = {
  id: string;
  accountId: string;
  caseId: string;
  office: string | null;
  officeName: string | null;
  method: string;
  verifiedAt: Date;
  expiresAt: Date | null;
  status: string;
  held: boolean;
  issuedAt: Date;
};

export type NewSlip = {
  caseId: string;
  by: string;
  sign: (text: SlipText) => Promise<string>;
  dayOf: (time: Date) => string;
};

/** Makes the slip of an approved case, or gives the one that was made; undefined when the case made nobody level2. */
export async function issueSlip(
  { trx, now, record }: Act,
  { keyring, random }: Pick<Deps, 'keyring' | 'random'>,
  { caseId, by, sign, dayOf }: NewSlip,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('verifications as v')
    .innerJoin('cases as c', 'c.id', 'v.case_id')
    .select(['v.id', 'v.account_id', 'v.method', 'v.verified_at', 'v.expires_at', 'c.commune'])
    .where('v.case_id', '=', caseId)
    .where('v.status', '=', 'active')
    .forUpdate()
    .executeTakeFirst();
  const known = await trx
    .selectFrom('proof_slips')
    .select('id')
    .where('case_id', '=', caseId)
    .executeTakeFirst();
  if (known || !row) return known?.id;
  const id = [...random(LETTERS)].map((byte) => ALPHABET[byte & 31]).join('');
  const text: SlipText = {
    ...{ id, lvl: 'level2', m: row.method, d: dayOf(row.verified_at) },
    // Level2 ends with the last day, in the moment after it.
    ...(row.expires_at ? { u: dayOf(new Date(row.expires_at.getTime() - 1)) } : {}),
    ...(row.commune ? { o: row.commune } : {}),
  };
  const signed = await sign(text);
  await trx
    .insertInto('proof_slips')
    .values({
      id,
      case_id: caseId,
      verification_id: row.id,
      account_id: row.account_id,
      office: row.commune,
      signed_hash: sha256(signed),
      signed_sealed: keyring.seal('person', `slip/${id}`, signed),
      issued_by: by,
      issued_at: now,
    })
    .execute();
  record({ event: 'desk.slip_issued', account: row.account_id, case: caseId, slip: id, actor: by });
  return id;
}

function selectSlips(db: Db) {
  return db
    .selectFrom('proof_slips as s')
    .innerJoin('verifications as v', 'v.id', 's.verification_id')
    .innerJoin('accounts as a', 'a.id', 's.account_id')
    .leftJoin('communes as o', 'o.code', 's.office')
    .select(['s.id', 's.account_id', 's.case_id', 's.office', 's.issued_at', 'o.name as office_name'])
    .select(['v.method', 'v.verified_at', 'v.expires_at', 'v.status', 'a.status as account_status'])
    .select(({ eb }) => eb('a.level2_held_at', 'is not', null).as('held'));
}

type Row = Awaited<ReturnType<ReturnType<typeof selectSlips>['executeTakeFirstOrThrow']>>;

function readRow(row: Row): Slip {
  return {
    id: row.id,
    accountId: row.account_id,
    caseId: row.case_id,
    office: row.office,
    officeName: row.office_name,
    method: row.method,
    verifiedAt: row.verified_at,
    expiresAt: row.expires_at,
    status: row.status,
    held: row.held === true || row.account_status !== 'active',
    issuedAt: row.issued_at,
  };
}

/** The slip that a number stands for, as it is printed or typed. */
export async function findSlip(db: Db, typed: string): Promise<Slip | undefined> {
  const id = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (id.length !== LETTERS) return undefined;
  const row = await selectSlips(db).where('s.id', '=', id).executeTakeFirst();
  return row && readRow(row);
}

/** The slip that a signed text is of; undefined when the text is not, to the letter, what was signed for it. */
export async function findSignedSlip(db: Db, signed: string): Promise<Slip | undefined> {
  const row = await selectSlips(db).where('s.signed_hash', '=', sha256(signed)).executeTakeFirst();
  return row && readRow(row);
}

/** The slip of a case, and the signed text for its QR. */
export async function findSlipOfCase(
  db: Db,
  keyring: Keyring,
  caseId: string,
): Promise<(Slip & { signed: string }) | undefined> {
  const row = await selectSlips(db)
    .select('s.signed_sealed')
    .where('s.case_id', '=', caseId)
    .executeTakeFirst();
  if (!row) return undefined;
  return { ...readRow(row), signed: keyring.open('person', `slip/${row.id}`, row.signed_sealed).toString() };
}

/** Whether what a slip says holds now. */
export function holdsNow({ status, held, expiresAt }: Slip, now: Date): boolean {
  return status === 'active' && !held && (expiresAt === null || expiresAt > now);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
