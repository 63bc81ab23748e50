/**
 * What an officer asks the audit log: read from an address or a form, held against what there is. Whoever asks about a
 * person, or about a case and so about its person, says why; that person reads it in their ledger.
 */
import { z } from 'zod';
import type { AuditQuestion } from '../audit/search.ts';
import type { Deps } from '../deps.ts';
import { findOfficerByLogin, normaliseLogin } from '../officer/officers.ts';
import { hashNumber } from '../verification/verifications.ts';
import { findAccounts, readSearch } from './find-citizens.ts';

type Store = Pick<Deps, 'db' | 'keyring'>;

export type AskedFault = 'who' | 'purpose' | 'officer' | 'caseId' | 'time';

/** As it stands in an address; no number of a person is ever in one. */
const askedShape = z
  .object({
    account: z.uuid(),
    purpose: z.string().regex(/^[a-z_]{1,30}$/),
    officer: z.string().max(64),
    case: z.string().max(64),
    event: z.string().regex(/^[a-z0-9_]{1,30}\.[a-z0-9_]{1,30}$/),
    client: z.string().max(200),
    from: z.string().max(30),
    until: z.string().max(30),
    before: z.string().regex(/^[1-9]\d{0,17}$/),
  })
  .partial();

export type Asked = Partial<Record<keyof typeof askedShape.shape, string>>;

/** Where this is asked. */
export function hrefOf(asked: Asked): string {
  const query = new URLSearchParams(Object.entries(asked));
  return `/console/audit?${query.size > 0 ? query : 'all=1'}`;
}

/** Leaves out what is empty or cannot be meant. */
export function readAsked(given: Record<string, unknown>): Asked {
  const asked: Record<string, string> = {};
  for (const [name, shape] of Object.entries(askedShape.shape)) {
    const value = shape.safeParse(given[name]).data;
    if (value) asked[name] = value.trim();
  }
  return asked;
}

export type Meant =
  | { fault: AskedFault }
  | {
      question: AuditQuestion;
      /** Whom it is about. */
      account: string | null;
      purpose: string | null;
      /** As it is written down. */
      noted: Record<string, string>;
    };

export async function meanAsked(
  { db }: Pick<Store, 'db'>,
  asked: Asked,
  purposes: Readonly<Record<string, string>>,
): Promise<Meant> {
  const { account, purpose = '', officer, event, client, before } = asked;
  const [from, until] = [readTime(asked.from), readTime(asked.until)];
  if (from === null || until === null) return { fault: 'time' };
  const login = officer === undefined ? undefined : normaliseLogin(officer);
  const actor = login && (await findOfficerByLogin(db, login))?.id;
  if (officer !== undefined && !actor) return { fault: 'officer' };
  const person = asked.case === undefined ? undefined : await findPersonOf(db, asked.case);
  if (asked.case !== undefined && !person) return { fault: 'caseId' };
  const about = account ?? person ?? null;
  if (about && !Object.hasOwn(purposes, purpose)) return { fault: 'purpose' };
  const { account: _account, purpose: _purpose, ...noted } = asked;
  return {
    question: {
      account,
      actor,
      caseId: asked.case,
      client,
      event,
      from,
      until,
      before: before === undefined ? undefined : BigInt(before),
    },
    account: about,
    purpose: about ? purpose : null,
    noted,
  };
}

/** What a browser's own field for day and time gives, as clocks in Viet Nam have it; null: it is no time. */
function readTime(text: string | undefined): Date | undefined | null {
  if (text === undefined) return undefined;
  const [found] = /^2\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.exec(text) ?? [];
  const time = new Date(`${found}+07:00`);
  return Number.isNaN(time.getTime()) ? null : time;
}

async function findPersonOf(db: Deps['db'], caseId: string): Promise<string | undefined> {
  if (!z.uuid().safeParse(caseId).success) return undefined;
  const row = await db.selectFrom('cases').select('account_id').where('id', '=', caseId).executeTakeFirst();
  return row?.account_id;
}

/** The account that an account id, a personal number or a phone number means; `as` says which of them it was. */
export async function findWho(
  deps: Store,
  text: string,
): Promise<{ as: 'account' | 'number' | 'phone' | 'nothing'; account?: string | undefined }> {
  if (z.uuid().safeParse(text).success) {
    const row = await deps.db.selectFrom('accounts').select('id').where('id', '=', text).executeTakeFirst();
    return { as: 'account', account: row?.id };
  }
  const search = readSearch(text);
  // A name may be many people's: whoever looks for one goes by the search for citizens first.
  if (search?.by !== 'number' && search?.by !== 'phone') return { as: 'nothing' };
  const found = await findAccounts(deps, search, { limit: 10 });
  if (found.length < 2) return { as: search.by, account: found[0] };
  // Others had this number once, or tried to: whoever holds it now is meant.
  const holder = await deps.db
    .selectFrom('verifications')
    .select('account_id')
    .where('account_id', 'in', found)
    .where('number_hash', '=', hashNumber(deps.keyring, search.value))
    .where('status', '=', 'active')
    .executeTakeFirst();
  return { as: search.by, account: holder?.account_id ?? found[0] };
}
