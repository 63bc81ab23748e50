/**
 * The sandbox's authorities: one CSCA for identity cards and one for passports, which must not vouch for cards.
 *
 * Their keys are computed from the keyring, so that nothing is kept on disk, every node of one database has the same,
 * and what was pinned at the first start still fits at the next. A certificate is made anew by each process (ECDSA
 * signs differently every time); the one that was pinned first stays pinned, for only name and key matter.
 */

import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
} from 'node:crypto';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import { importTrust, removeTrust } from '../verification/trust-store.ts';
import { type KeyPair, keyInfoOf } from './card-certificates.ts';
import { context, integer, octets, oid, sequence } from './card-der.ts';
import { type Csca, makeCsca } from './card-factory.ts';

export type Authorities = { cards: Csca; passports: Csca };

const ACTOR = 'sandbox';
const CURVE = 'brainpoolP512r1';
const CURVE_OID = '1.3.36.3.3.2.8.1.1.13';
/** 0x04, x and y of a point on it. */
const POINT_OCTETS = 129;
const validity = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-12-31T00:00:00Z') };

export function makeAuthorities(keyring: Keyring): Authorities {
  const make = (name: string, serial: number) => makeAuthority(name, serial, deriveKeys(keyring, name));
  return { cards: make('Sandbox CSCA', 1), passports: make('Sandbox CSCA Passport', 2) };
}

export function makeAuthority(name: string, serial: number, keys: KeyPair): Csca {
  const usagePeriod = [validity.notBefore, validity.notAfter] as const;
  return makeCsca({
    subject: [
      ['C', 'VN'],
      ['O', 'Tay Ninh ID sandbox'],
      ['CN', name],
    ],
    serial,
    ...validity,
    usagePeriod,
    keys,
  });
}

/** Fresh keys of the authorities' kind: on the curve of the public Vietnamese CSCA, with explicit parameters. */
export function makeAuthorityKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: CURVE, paramEncoding: 'explicit' });
}

function deriveKeys(keyring: Keyring, name: string): KeyPair {
  const seed = keyring.index('signing-key', `sandbox/${name}`);
  // One octet shorter than the order of the curve: below it, whatever they are.
  const scalar = Buffer.from(hkdfSync('sha512', seed, '', name, 63));
  const curve = createECDH(CURVE);
  curve.setPrivateKey(scalar);
  // Node writes explicit parameters only for keys it makes: those of one such key, with our point at the end.
  const parameters = keyInfoOf(makeAuthorityKeys().publicKey).subarray(0, -POINT_OCTETS);
  const keyInfo = Buffer.concat([parameters, curve.getPublicKey()]);
  const ecPrivateKey = sequence(integer(1), octets(scalar), context(0, oid(CURVE_OID)));
  return {
    publicKey: createPublicKey({ key: keyInfo, format: 'der', type: 'spki' }),
    privateKey: createPrivateKey({ key: ecPrivateKey, format: 'der', type: 'sec1' }),
  };
}

/** Pins both authorities where they are not yet, and takes out those of another master key. */
export async function pinAuthorities(deps: Deps): Promise<void> {
  const pinned = await deps.db
    .selectFrom('trust_certificates')
    .select(['fingerprint', 'certificate'])
    .where('imported_by', '=', ACTOR)
    .execute();
  const { cards, passports } = makeAuthorities(deps.keyring);
  const has = (certificate: Buffer, { plan }: Csca) => certificate.includes(plan.keyInfo);
  for (const { fingerprint, certificate } of pinned) {
    if (has(certificate, cards) || has(certificate, passports)) continue;
    await removeTrust(deps, { fingerprint, actor: ACTOR });
  }
  for (const [csca, type] of [
    [cards, 'I'],
    [passports, 'P'],
  ] as const) {
    if (!pinned.some(({ certificate }) => has(certificate, csca))) await pin(deps, csca, type);
  }
}

async function pin(deps: Deps, { certificate }: Csca, documentType: string): Promise<void> {
  const result = await importTrust(deps, {
    files: [{ name: 'sandbox.der', bytes: certificate }],
    documentTypes: [documentType],
    fingerprints: [createHash('sha256').update(certificate).digest('hex')],
    actor: ACTOR,
  });
  if (!result.ok) throw new Error(`the sandbox's authority is refused: ${JSON.stringify(result.refusals)}`);
}
