/** Gives an account a phone number, as if Zalo had vouched for it in the Mini App. */
import type { Deps } from '../../src/deps.ts';

export async function givePhone(
  { db, keyring, clock }: Pick<Deps, 'db' | 'keyring' | 'clock'>,
  accountId: string,
  phone: string,
): Promise<void> {
  await db
    .insertInto('phones')
    .values({
      account_id: accountId,
      number_hash: keyring.index('phone', phone),
      sealed: keyring.seal('phone', accountId, phone),
      source: 'zalo',
      verified_at: clock(),
      status: 'active',
      changed_at: clock(),
    })
    .execute();
}
