/**
 * The card factory (src/sandbox/card-factory.ts) with the tests' own names, days, keys and citizen, so that a test
 * says only what it changes. The authority's key is brainpoolP512r1 with explicit parameters, like that of the one
 * public Vietnamese CSCA.
 */

import {
  type Card,
  type CardPlan,
  type Csca,
  makeCard as makeCardOf,
  makeCsca as makeCscaOf,
  makeSigner as makeSignerOf,
  planCms as planCmsOf,
  type Signer,
  type SignerChanges,
} from '../../src/sandbox/card-factory.ts';
import {
  type Algorithm,
  type Attribute,
  type CertificatePlan,
  type KeyPair,
  testKey,
} from './card-factory-certificates.ts';
import { type CmsPlan, type Person, tinyJpeg } from './card-factory-files.ts';

export { answerWithRsa, type Card, type Csca, type Signer } from '../../src/sandbox/card-factory.ts';

export const citizen: Person = {
  personalNumber: '072090000123',
  surname: 'NGUYEN',
  givenNames: 'VAN AN',
  fullName: 'Nguyễn Văn An',
  birthDate: '1990-01-15',
  sex: 'male',
  issueDate: '2025-03-10',
  expiryDate: '2030-01-15',
  placeOfOrigin: 'Trảng Bàng, Tây Ninh',
  placeOfResidence: 'Phường Tân Ninh, Tây Ninh',
};

/** When the tests of this PKI take place. */
export const now = new Date('2026-06-01T03:00:00Z');
const day = (text: string) => new Date(`${text}T00:00:00Z`);
const signedAt = new Date('2025-03-10T02:00:00Z');

export const cscaName: readonly Attribute[] = [
  ['C', 'VN'],
  ['O', 'Test Card Office'],
  ['CN', 'Test CSCA'],
];
export const signerName: readonly Attribute[] = [
  ['C', 'VN'],
  ['O', 'Test Card Office'],
  ['CN', 'Test Document Signer'],
];

export function makeCsca(
  overrides: Partial<CertificatePlan> = {},
  keys = testKey('ec brainpoolP512r1 explicit'),
): Csca {
  const validity = { notBefore: day('2022-06-29'), notAfter: day('2037-10-01') };
  const usagePeriod = [day('2022-06-29'), day('2027-07-01')] as const;
  const names = { subject: cscaName, issuer: cscaName, ...overrides };
  return makeCscaOf({ subject: cscaName, serial: 0x1001, ...validity, keys, usagePeriod }, names);
}

export type SignerKind = 'pss' | 'rsa' | 'rsa-bare' | 'ecdsa' | 'ecdsa-explicit';

const signerKinds: Record<SignerKind, { key: string; algorithm: Algorithm }> = {
  pss: { key: 'rsa 2048', algorithm: { scheme: 'pss', hash: 'sha256' } },
  rsa: { key: 'rsa 2048', algorithm: { scheme: 'rsa', hash: 'sha256' } },
  'rsa-bare': { key: 'rsa 2048', algorithm: { scheme: 'rsa-bare', hash: 'sha256' } },
  ecdsa: { key: 'ec prime256v1', algorithm: { scheme: 'ecdsa', hash: 'sha256' } },
  'ecdsa-explicit': { key: 'ec brainpoolP384r1 explicit', algorithm: { scheme: 'ecdsa', hash: 'sha384' } },
};

export type SignerOptions = SignerChanges & { kind?: SignerKind; keys?: KeyPair; algorithm?: Algorithm };

export function makeSigner(csca: Csca, { kind = 'pss', ...options }: SignerOptions = {}): Signer {
  const terms = {
    subject: signerName,
    serial: 0x2001,
    notBefore: day('2025-01-01'),
    notAfter: day('2035-12-31'),
    usagePeriod: [day('2025-01-01'), day('2025-06-30')] as const,
    documentTypes: ['ID'],
    keys: options.keys ?? testKey(signerKinds[kind].key, 'document signer'),
    algorithm: options.algorithm ?? signerKinds[kind].algorithm,
  };
  return makeSignerOf(csca, terms, options);
}

export type CardOptions = Partial<CardPlan> & { chip?: 'rsa' | 'ec' | 'none' };

export function makeCard(signer: Signer, { chip = 'rsa', ...options }: CardOptions = {}): Card {
  const chipKeys =
    chip === 'none' ? undefined : testKey(chip === 'rsa' ? 'rsa 2048' : 'ec brainpoolP256r1', 'chip');
  const portrait = { image: tinyJpeg, width: 1, height: 1 };
  return makeCardOf(signer, { person: citizen, portrait, signedAt, chipKeys, ...options });
}

export function planCms(signer: Signer, content: Uint8Array, changes: Partial<CmsPlan> = {}): CmsPlan {
  return planCmsOf(signer, content, { signedAt, ...changes });
}
