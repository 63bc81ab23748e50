/**
 * A look: one officer, one purpose, half an hour. It begins with a search, a report or an act that waits for a second
 * officer, and is what addresses name: the searched name or number stands nowhere but here, sealed, and never in an
 * address or a log. Whatever of a citizen is shown within it was written into the audit chain before, once for each part
 * of the record that the officer saw; the citizen reads it in their ledger.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../audit/audit.ts';
import type { Keyring } from '../keyring.ts';

/** What an officer may give as the purpose of a search. */
export const searchPurposes = ['citizen_asks', 'case_review', 'complaint', 'misuse', 'authority'] as const;
export type Purpose = (typeof searchPurposes)[number] | 'report' | 'second_opinion';

export type Search = { by: 'number' | 'phone' | 'name' | 'code'; value: string };

export type Look = {
  id: string;
  purpose: Purpose;
  note: string;
  search?: Search | undefined;
  /** Accounts whose part was shown, and so is in the books. */
  found: string[];
  opened: string[];
  revealed: string[];
};

type Part = 'found' | 'page' | 'revealed';

const LIFETIME_MS = 30 * 60_000;
const lists = { found: 'found', page: 'opened', revealed: 'revealed' } as const;

/** Begins a look; its id. `account`: the one account that it is about. */
export async function beginLook(
  { trx, now }: Act,
  keyring: Keyring,
  given: { officerId: string; purpose: Purpose; note?: string; search?: Search; account?: string },
): Promise<string> {
  const { officerId, purpose, note = '', search, account } = given;
  const look: Look = {
    id: randomUUID(),
    purpose,
    note,
    search,
    found: account ? [account] : [],
    opened: [],
    revealed: [],
  };
  await trx
    .insertInto('officer_looks')
    .values({
      id: look.id,
      officer_id: officerId,
      sealed: seal(keyring, look),
      expires_at: new Date(now.getTime() + LIFETIME_MS),
    })
    .execute();
  return look.id;
}

/** This officer's look, held until the act is done; undefined when its time is over, or it is somebody else's. */
export async function readLook(
  { trx, now }: Act,
  keyring: Keyring,
  { id, officerId }: { id: string; officerId: string },
): Promise<Look | undefined> {
  const row = await trx
    .selectFrom('officer_looks')
    .select('sealed')
    .where('id', '=', id)
    .where('officer_id', '=', officerId)
    .where('expires_at', '>', now)
    .forUpdate()
    .executeTakeFirst();
  return row && (JSON.parse(keyring.open('login', contextOf(id), row.sealed).toString()) as Look);
}

/** Writes down that the officer sees this part of these accounts. What was seen in this look before is not told again. */
export async function noteSeen(
  { trx, record }: Act,
  keyring: Keyring,
  { look, officerId, part, accounts }: { look: Look; officerId: string; part: Part; accounts: string[] },
): Promise<void> {
  const seen = look[lists[part]];
  const fresh = accounts.filter((account) => !seen.includes(account));
  if (fresh.length === 0) return;
  const { purpose, note } = look;
  for (const account of fresh) {
    record({
      event: 'officer.looked',
      account,
      actor: officerId,
      purpose,
      part,
      ...(note ? { note } : {}),
    });
  }
  look[lists[part]] = [...new Set([...seen, ...fresh])];
  await trx
    .updateTable('officer_looks')
    .set({ sealed: seal(keyring, look) })
    .where('id', '=', look.id)
    .execute();
}

function seal(keyring: Keyring, look: Look): Buffer {
  return keyring.seal('login', contextOf(look.id), JSON.stringify(look));
}

function contextOf(id: string): string {
  return `officer-look/${id}`;
}
