/** The table of tamperings: what each does, and the one reason it must be refused for. */

import {
  type ActiveAuthenticationQuestion,
  verifyActiveAuthentication,
} from '../../src/icao/active-authentication.ts';
import { type ChipQuestion, verifyPassiveAuthentication } from '../../src/icao/passive-authentication.ts';
import type { Reason } from '../../src/icao/reasons.ts';
import { readTrust, type Trust, type TrustInput } from '../../src/icao/trust.ts';
import {
  type Card,
  type CardOptions,
  type Csca,
  makeCard,
  makeCsca,
  makeSigner,
  now,
  type SignerOptions,
} from '../support/card-factory.ts';

export type Outcome = { verified: true } | { verified: false; reason: Reason };
export type Case = { name: string; reason: Reason; run: () => Outcome };

export const csca = makeCsca();
export const signer = makeSigner(csca);
export const ecSigner = makeSigner(csca, { kind: 'ecdsa' });
export const challenge = Buffer.from('0102030405060708', 'hex');

export function trustIn(authority: Csca, input: Partial<TrustInput> = {}, documentTypes = ['ID']): Trust {
  const result = readTrust({ anchors: [{ bytes: authority.certificate, documentTypes }], ...input });
  if (!result.verified) throw new Error(`the test's own trust is refused: ${result.reason}`);
  return result.trust;
}

export const trust = trustIn(csca);

export function questionOf(
  card: Pick<Card, 'sod' | 'dataGroups'>,
  changes: Partial<ChipQuestion> = {},
): ChipQuestion {
  const dataGroups = Array.from(card.dataGroups, ([number, bytes]) => ({ number, bytes }));
  return { sod: card.sod, dataGroups, trust, at: now, ...changes };
}

export const verifyCard = (card: Pick<Card, 'sod' | 'dataGroups'>, changes: Partial<ChipQuestion> = {}) =>
  verifyPassiveAuthentication(questionOf(card, changes));

/** A case: a card made with these options by the standard signer. */
export function withCard(
  reason: Reason,
  name: string,
  options: CardOptions,
  changes: Partial<ChipQuestion> = {},
): Case {
  return { reason, name, run: () => verifyCard(makeCard(signer, options), changes) };
}

/** A case: a right card of a signer made with these options. */
export function withSigner(
  reason: Reason,
  name: string,
  options: SignerOptions,
  changes: Partial<ChipQuestion> = {},
  card: CardOptions = {},
): Case {
  return { reason, name, run: () => verifyCard(makeCard(makeSigner(csca, options), card), changes) };
}

/** A case: a right card of another authority, which is trusted as given. */
export function withCsca(
  reason: Reason,
  name: string,
  make: () => Csca,
  types = ['ID'],
  signed: SignerOptions = {},
): Case {
  const run = () => {
    const authority = make();
    return verifyCard(makeCard(makeSigner(authority, signed)), { trust: trustIn(authority, {}, types) });
  };
  return { reason, name, run };
}

/** A case: a right card whose chip answers otherwise. */
export function withAnswer(
  reason: Reason,
  name: string,
  options: CardOptions,
  change: (card: Card) => Partial<ActiveAuthenticationQuestion>,
): Case {
  const run = () => {
    const card = makeCard(signer, options);
    const chip = verifyCard(card);
    if (!chip.verified) return chip;
    const response = card.chipKeys ? card.answer(challenge) : undefined;
    return verifyActiveAuthentication({
      chip: chip.chip,
      challenge,
      response,
      ...change(card),
    });
  };
  return { reason, name, run };
}

/** Flips one bit of the byte at `index`, counted from the end if negative. */
export function flip(bytes: Uint8Array, index: number, bit = 1): Buffer {
  const changed = Buffer.from(bytes);
  const at = index < 0 ? changed.length + index : index;
  changed.writeUInt8(changed.readUInt8(at) ^ bit, at);
  return changed;
}
