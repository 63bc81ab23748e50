/** What a citizen does on the pages between the relying party's redirect and the way back. */
import type { Visitor } from './visitor.ts';

/** Signs in at the sandbox's Zalo as one of its test people, from our sign-in page. */
export async function signInWithZalo(visitor: Visitor, person: string, fault?: string): Promise<void> {
  await visitor.submit('form-zalo');
  await visitor.submit(undefined, { person, ...(fault ? { fault } : {}) });
}

/** Proves level2 at the sandbox's VNeID, from our step-up or sign-in page, and sets no PIN. */
export async function proveWithVneid(visitor: Visitor, person: string): Promise<void> {
  await visitor.submit('form-vneid');
  await visitor.submit(undefined, { person });
  await setNoFactor(visitor);
}

/** Puts off the question after a verification, if it is asked. */
export async function setNoFactor(visitor: Visitor): Promise<void> {
  if (visitor.has('form-later')) await visitor.submit('form-later');
}

/** Says yes on the consent page, if there is one. */
export async function agree(visitor: Visitor): Promise<void> {
  if (visitor.has('form-consent')) await visitor.submit('form-consent');
}
