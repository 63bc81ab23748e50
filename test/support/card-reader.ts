/** A reader of the test's own: hands cards of the card factory to the JSON interface, as an app with NFC would. */
import { createHash, randomBytes } from 'node:crypto';
import type { Deps } from '../../src/deps.ts';
import { importTrust } from '../../src/verification/trust-store.ts';
import { type Card, makeCard, makeCsca, makeSigner } from './card-factory.ts';
import type { Product } from './product.ts';

export const csca = makeCsca();
export const signer = makeSigner(csca);

/** Pins the factory's authority for identity cards, and lets the province's app read them, as an operator does. */
export async function trustFactory(deps: Deps): Promise<void> {
  await deps.db
    .updateTable('clients')
    .set({ card_reader: true })
    .where('client_id', '=', 'sandbox-app')
    .execute();
  const fingerprint = createHash('sha256').update(csca.certificate).digest('hex');
  const files = [{ name: 'csca.der', bytes: csca.certificate }];
  const result = await importTrust(deps, {
    files,
    documentTypes: ['I'],
    fingerprints: [fingerprint],
    actor: 'test',
  });
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
}

export type Answer = { status: number; body: Record<string, unknown> };

export async function post(product: Product, path: string, body: unknown, token?: string): Promise<Answer> {
  const response = await fetch(`${product.issuer}/cccd/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The files of a card as a reader writes them. */
export function scanOf(card: Card, encoding: 'hex' | 'base64' = 'hex'): Record<string, string> {
  const scan: Record<string, string> = { com: '', challenge: '', aAResult: '', eACCAResult: '' };
  for (let number = 1; number <= 16; number += 1)
    scan[`dg${number}`] = card.dataGroups.get(number)?.toString(encoding) ?? '';
  scan.sod = Buffer.from(card.sod).toString(encoding);
  return scan;
}

/** Reads a card the native way: asks for a challenge, lets the chip answer it, hands everything in. */
export async function readNatively(
  product: Product,
  code: string,
  card: Card = makeCard(signer),
): Promise<Answer> {
  const asked = await post(product, 'challenges', { code });
  if (asked.status !== 201) return asked;
  const challenge = Buffer.from(String(asked.body.challenge), 'hex');
  const scan = {
    ...scanOf(card),
    challenge: challenge.toString('hex'),
    aAResult: card.answer(challenge).toString('hex'),
  };
  return post(product, 'chips', { code, scan });
}

/** Reads a card as Zalo's scanNFC does: with a challenge of the phone's own. */
export function scanWithPhone(card: Card, challenge = randomBytes(8), encoding: 'hex' | 'base64' = 'hex') {
  return {
    ...scanOf(card, encoding),
    challenge: challenge.toString(encoding),
    aAResult: card.answer(challenge).toString(encoding),
  };
}
