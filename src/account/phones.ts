/** The phone number of an account: what an upstream vouched for, sealed. */
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

/** The number, E.164; undefined while there is none, or while it is in doubt who holds it. */
export async function findPhone(db: Db, keyring: Keyring, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('phones')
    .select('sealed')
    .where('account_id', '=', accountId)
    .where('status', '=', 'active')
    .executeTakeFirst();
  return row && keyring.open('phone', accountId, row.sealed).toString();
}
