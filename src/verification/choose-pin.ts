/** A citizen chooses a PIN: held against the rules and what is known of the person, hashed, and set in one act. */

import { lockLevel2 } from '../account/accounts.ts';
import { findPhoneState } from '../account/phones.ts';
import { setPin } from '../account/pin.ts';
import type { PinHasher } from '../account/pin-hasher.ts';
import { findPinFault, type Known, type PinFault } from '../account/pin-rules.ts';
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { findPerson } from './verifications.ts';

export type ChoiceFault = PinFault | 'not_the_same_twice';

/** Why the PIN was not taken; undefined when it is set. */
export async function choosePin(
  { deps, hasher }: { deps: Deps; hasher: PinHasher },
  accountId: string,
  { pin, again }: { pin: string; again: string },
): Promise<ChoiceFault | undefined> {
  const fault = findPinFault(pin, await readKnown(deps, accountId));
  if (fault) return fault;
  if (pin !== again) return 'not_the_same_twice';
  const hash = await hasher.hash(pin);
  await performAct(deps, async (act) => {
    // Ended meanwhile, from another screen, say: a PIN that is set now would count once the citizen verifies anew.
    if (!(await lockLevel2(act, accountId))) throw new AppError('interaction_mismatch');
    await setPin(act, deps.keyring, accountId, hash);
  });
  return undefined;
}

async function readKnown({ db, keyring, clock }: Deps, accountId: string): Promise<Known> {
  const [person, phone] = await Promise.all([
    findPerson(db, { keyring, now: clock() }, accountId),
    findPhoneState(db, keyring, accountId),
  ]);
  return {
    birthDate: person?.birthDate,
    personalNumber: person?.personalNumber,
    // As people dial it, and whoever holds it now.
    phone: phone?.number.replace(/^\+84/, '0'),
  };
}
