/**
 * A phone number shown at a desk: a code goes to it, the citizen reads the code to the officer. Six digits, five minutes,
 * five tries, one use. How often a number and an officer may have one sent is limited (account/attempts); the right code
 * gives both back.
 *
 * Numbers change hands (design §2 point 6): so a number leads only to an account that nobody signs in to, and that a desk
 * opened by it. An account with a Zalo or VNeID sign-in is never found this way.
 */
import { timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { createAccount } from '../account/accounts.ts';
import { type AttemptSubject, forgetAttempts, refundAttempt, takeAttempt } from '../account/attempts.ts';
import type { Act } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import { bindAccount, type DeskVisit } from './desk-visits.ts';

const CODE_MS = 5 * 60_000;
const MOST_TRIES = 5;

type Scope = Pick<Deps, 'keyring' | 'random'>;

/** What was typed as E.164; undefined when it can be no number of Viet Nam. */
export async function readPhone(text: string): Promise<string | undefined> {
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const parsed = parsePhoneNumberFromString(text, 'VN');
  return parsed?.isValid() && parsed.country === 'VN' ? parsed.number : undefined;
}

/** Makes the code that is to be sent; undefined while the number or the officer has to wait. */
export async function prepareCode(
  act: Act,
  { keyring, random }: Scope,
  visit: DeskVisit,
  phone: string,
): Promise<string | undefined> {
  const { trx, now, record } = act;
  if (!(await takeAttempt(act, keyring, subjectsOf(visit, phone)))) return undefined;
  const code = String(random(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
  await trx
    .updateTable('desk_visits')
    .set({
      phone_sealed: keyring.seal('phone', `desk/${visit.id}`, phone),
      code_hash: hashCode(keyring, visit.id, code),
      code_expires_at: new Date(now.getTime() + CODE_MS),
      code_tries: 0,
      number_shown_at: null,
    })
    .where('id', '=', visit.id)
    .execute();
  record({ event: 'desk.code_sent', visit: visit.id, actor: visit.officerId });
  return code;
}

/** The code was not sent: nothing was tried. */
export async function dropCode(act: Act, keyring: Keyring, visit: DeskVisit, phone: string): Promise<void> {
  await refundAttempt(act, keyring, subjectsOf(visit, phone));
  await act.trx.updateTable('desk_visits').set({ code_hash: null }).where('id', '=', visit.id).execute();
}

export type CodeAnswer = 'bound' | 'signs_in' | 'wrong' | 'gone';

/**
 * Takes the code that the citizen read out. `bound`: the visit has its account. `signs_in`: the number is of an account
 * with a sign-in of its own, so it is that which must be shown, or an account without a number that is opened.
 */
export async function takeCode(
  act: Act,
  keyring: Keyring,
  visit: DeskVisit,
  digits: string,
): Promise<CodeAnswer> {
  const { trx, now } = act;
  const row = await trx
    .updateTable('desk_visits')
    .set((eb) => ({ code_tries: eb('code_tries', '+', 1) }))
    .where('id', '=', visit.id)
    .where('code_tries', '<', MOST_TRIES)
    .where('code_expires_at', '>', now)
    .where('code_hash', 'is not', null)
    .where('account_id', 'is', null)
    .returning(['code_hash', 'phone_sealed'])
    .executeTakeFirst();
  if (!row?.code_hash || !row.phone_sealed) return 'gone';
  if (!timingSafeEqual(row.code_hash, hashCode(keyring, visit.id, digits))) return 'wrong';
  const phone = keyring.open('phone', `desk/${visit.id}`, row.phone_sealed).toString();
  await forgetAttempts(act, keyring, [numberOf(phone)]);
  await refundAttempt(act, keyring, [officerOf(visit)]);
  await trx
    .updateTable('desk_visits')
    .set({ code_hash: null, number_shown_at: now })
    .where('id', '=', visit.id)
    .execute();
  return (await bindByNumber(act, keyring, visit, phone)) ? 'bound' : 'signs_in';
}

async function bindByNumber(act: Act, keyring: Keyring, visit: DeskVisit, phone: string): Promise<boolean> {
  const { trx, now } = act;
  const hash = keyring.index('phone', phone);
  // Two desks with one number in one instant go one after another.
  await sql`SELECT pg_advisory_xact_lock(${hash.readInt32BE(1)}::int, ${hash.readInt32BE(5)}::int)`.execute(
    trx,
  );
  const known = await trx
    .selectFrom('phones as p')
    .innerJoin('accounts as a', 'a.id', 'p.account_id')
    .select(['p.account_id', 'p.status', 'p.source', 'a.status as account_status'])
    .select(({ exists, selectFrom }) =>
      exists(selectFrom('identities as i').select('i.id').whereRef('i.account_id', '=', 'p.account_id')).as(
        'signs_in',
      ),
    )
    .where('p.number_hash', '=', hash)
    .execute();
  const holder = known.find(({ status }) => status !== 'moved');
  if (holder) {
    if (holder.signs_in || holder.source !== 'desk' || holder.account_status !== 'active') return false;
    await bindAccount(act, visit, { accountId: holder.account_id, way: 'phone', opened: false });
    return true;
  }
  const accountId = await createAccount(act);
  // Somebody else had this number here: services may know them by it.
  const doubt = known.length > 0;
  await trx
    .insertInto('phones')
    .values({
      account_id: accountId,
      number_hash: hash,
      sealed: keyring.seal('phone', accountId, phone),
      source: 'desk',
      verified_at: now,
      status: doubt ? 'quarantined' : 'active',
      reason: doubt ? 'was_anothers' : null,
      changed_at: now,
    })
    .execute();
  await bindAccount(act, visit, { accountId, way: 'phone', opened: true });
  return true;
}

function subjectsOf(visit: DeskVisit, phone: string): AttemptSubject[] {
  return [numberOf(phone), officerOf(visit)];
}

function numberOf(phone: string): AttemptSubject {
  return { kind: 'number', value: `desk/${phone}` };
}

/** Twenty citizens a morning are no flood: each right code gives its own back. */
function officerOf({ officerId }: DeskVisit): AttemptSubject {
  return { kind: 'device', value: `desk/${officerId}` };
}

function hashCode(keyring: Keyring, visitId: string, digits: string): Buffer {
  return keyring.index('phone', `desk/${visitId}/${digits}`);
}
