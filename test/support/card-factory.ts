/**
 * The card factory: a CSCA, its document signers, and virtual CCCD cards with Active Authentication keys.
 *
 * Everything real cards have, and every way to spoil it: a plan is a plain object whose parts a test replaces. The
 * authority's key is brainpoolP512r1 with explicit parameters, like that of the one public Vietnamese CSCA. People
 * are invented; names are the same in every run, keys are not.
 */

import { constants, createHash, type KeyObject, privateEncrypt, sign } from 'node:crypto';
import {
  type Algorithm,
  type Attribute,
  type CertificatePlan,
  extension,
  type Hash,
  type KeyPair,
  keyIdOf,
  keyInfoOf,
  makeCertificate,
  testKey,
  usage,
} from './card-factory-certificates.ts';
import { type Der, der, integer } from './card-factory-der.ts';
import {
  type CmsPlan,
  type HashEntry,
  hashFiles,
  makeDg1,
  makeDg2,
  makeDg13,
  makeDg14,
  makeDg15,
  makeSecurityObject,
  makeSignedData,
  makeZone,
  type Person,
  printedFields,
} from './card-factory-files.ts';

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

export type Csca = { plan: CertificatePlan; keys: KeyPair; certificate: Der };

export function makeCsca(
  overrides: Partial<CertificatePlan> = {},
  keys = testKey('ec brainpoolP512r1 explicit'),
): Csca {
  const keyInfo = overrides.keyInfo ?? keyInfoOf(keys.publicKey);
  const plan: CertificatePlan = {
    subject: cscaName,
    issuer: cscaName,
    serial: 0x1001,
    keyInfo,
    notBefore: day('2022-06-29'),
    notAfter: day('2037-10-01'),
    extensions: [
      extension.basicConstraints(true),
      extension.keyUsage(usage.certify),
      extension.subjectKeyId(keyIdOf(keyInfo)),
      extension.authorityKeyId(keyIdOf(keyInfo)),
      extension.usagePeriod(day('2022-06-29'), day('2027-07-01')),
    ],
    algorithm:
      keys.publicKey.asymmetricKeyType === 'rsa'
        ? { scheme: 'rsa', hash: 'sha256' }
        : { scheme: 'ecdsa', hash: 'sha512' },
    signWith: keys.privateKey,
    ...overrides,
  };
  return { plan, keys, certificate: makeCertificate(plan) };
}

export type Signer = { plan: CertificatePlan; keys: KeyPair; algorithm: Algorithm; certificate: Der };
export type SignerKind = 'pss' | 'rsa' | 'rsa-bare' | 'ecdsa' | 'ecdsa-explicit';

const signerKinds: Record<SignerKind, { key: string; algorithm: Algorithm }> = {
  pss: { key: 'rsa 2048', algorithm: { scheme: 'pss', hash: 'sha256' } },
  rsa: { key: 'rsa 2048', algorithm: { scheme: 'rsa', hash: 'sha256' } },
  'rsa-bare': { key: 'rsa 2048', algorithm: { scheme: 'rsa-bare', hash: 'sha256' } },
  ecdsa: { key: 'ec prime256v1', algorithm: { scheme: 'ecdsa', hash: 'sha256' } },
  'ecdsa-explicit': { key: 'ec brainpoolP384r1 explicit', algorithm: { scheme: 'ecdsa', hash: 'sha384' } },
};

export type SignerOptions = {
  kind?: SignerKind;
  keys?: KeyPair;
  algorithm?: Algorithm;
  plan?: Partial<CertificatePlan>;
  /** Adds or, by the same id, replaces extensions. */
  extensions?: readonly { id: string; critical?: boolean; value: Uint8Array }[];
  without?: string;
};

export function makeSigner(csca: Csca, options: SignerOptions = {}): Signer {
  const kind = signerKinds[options.kind ?? 'pss'];
  const keys = options.keys ?? testKey(kind.key, 'document signer');
  const keyInfo = keyInfoOf(keys.publicKey);
  const changed = options.extensions ?? [];
  const standard = [
    extension.keyUsage(usage.sign),
    extension.subjectKeyId(keyIdOf(keyInfo)),
    extension.authorityKeyId(keyIdOf(csca.plan.keyInfo)),
    extension.usagePeriod(day('2025-01-01'), day('2025-06-30')),
    extension.documentTypes('ID'),
  ];
  const plan: CertificatePlan = {
    subject: signerName,
    issuer: csca.plan.subject,
    serial: 0x2001,
    keyInfo,
    notBefore: day('2025-01-01'),
    notAfter: day('2035-12-31'),
    extensions: [
      ...standard.filter(({ id }) => id !== options.without && !changed.some((one) => one.id === id)),
      ...changed,
    ],
    algorithm: csca.plan.algorithm,
    signWith: csca.keys.privateKey,
    ...options.plan,
  };
  return { plan, keys, algorithm: options.algorithm ?? kind.algorithm, certificate: makeCertificate(plan) };
}

export type ChipKind = 'rsa' | 'ec' | 'none';

export type Card = {
  sod: Der;
  dataGroups: Map<number, Buffer>;
  chipKeys: KeyPair | undefined;
  signer: Signer;
  /** The chip's answer to INTERNAL AUTHENTICATE. */
  answer: (challenge: Uint8Array) => Buffer;
};

export type CardOptions = {
  person?: Person;
  zone?: string;
  chip?: ChipKind;
  chipKeys?: KeyPair;
  ldsHash?: Hash;
  ldsVersion?: number;
  /** Changes the files before they are hashed and signed. */
  files?: (files: Map<number, Buffer>) => void;
  /** Changes the hash list before it is signed. */
  entries?: (entries: HashEntry[]) => HashEntry[];
  /** Replaces the security object. */
  content?: Uint8Array;
  /** Changes how it is signed. */
  cms?: Partial<CmsPlan>;
  /** Wraps the finished CMS; the rule is tag 77. */
  wrap?: (cms: Der) => Der;
};

export function makeCard(signer: Signer, options: CardOptions = {}): Card {
  const person = options.person ?? citizen;
  const chip = options.chip ?? 'rsa';
  const chipKeys =
    options.chipKeys ??
    (chip === 'none' ? undefined : testKey(chip === 'rsa' ? 'rsa 2048' : 'ec brainpoolP256r1', 'chip'));
  const files = new Map<number, Buffer>([
    [1, makeDg1(options.zone ?? makeZone(person))],
    [2, makeDg2()],
    [13, makeDg13(printedFields(person))],
    [14, makeDg14(chip === 'ec' ? 'sha256' : undefined)],
  ]);
  if (chipKeys) files.set(15, makeDg15(keyInfoOf(chipKeys.publicKey)));
  options.files?.(files);
  const ldsHash = options.ldsHash ?? 'sha256';
  // A real card has fingerprints too, which nobody may read.
  const all = [...hashFiles(files, ldsHash), [3, createHash(ldsHash).update('DG3').digest()] as const];
  const entries = all.sort(([one], [other]) => one - other);
  const content =
    options.content ?? makeSecurityObject(options.entries?.(entries) ?? entries, ldsHash, options.ldsVersion);
  const cms = makeSignedData(planCms(signer, content, options.cms));
  const sod = options.wrap?.(cms) ?? der(0x77, cms);
  return {
    sod,
    dataGroups: files,
    chipKeys,
    signer,
    answer: (challenge) => answerChallenge(chipKeys, challenge),
  };
}

export function planCms(signer: Signer, content: Uint8Array, overrides: Partial<CmsPlan> = {}): CmsPlan {
  const { serial } = signer.plan;
  return {
    contentType: '2.23.136.1.1.1',
    content,
    certificates: [signer.certificate],
    sid: { issuer: signer.plan.issuer, serial: typeof serial === 'number' ? integer(serial) : serial },
    algorithm: signer.algorithm,
    signWith: signer.keys.privateKey,
    signedAt: new Date('2025-03-10T02:00:00Z'),
    ...overrides,
  };
}

function answerChallenge(keys: KeyPair | undefined, challenge: Uint8Array): Buffer {
  if (!keys) throw new Error('this chip has no Active Authentication key');
  if (keys.publicKey.asymmetricKeyType === 'rsa') return answerWithRsa(keys.privateKey, challenge);
  return sign('sha256', challenge, { key: keys.privateKey, dsaEncoding: 'ieee-p1363' });
}

const trailers = { sha1: 'bc', sha224: '38cc', sha256: '34cc', sha384: '36cc', sha512: '35cc' } as const;

/** ISO/IEC 9796-2 scheme 1: fills the modulus with M1, hashes M1 and the challenge, and signs. */
export function answerWithRsa(
  key: KeyObject,
  challenge: Uint8Array,
  options: { hash?: keyof typeof trailers; header?: number; trailer?: string; recoverable?: number } = {},
): Buffer {
  const hash = options.hash ?? 'sha256';
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const trailer = Buffer.from(options.trailer ?? trailers[hash], 'hex');
  const digestLength = createHash(hash).digest().length;
  const length = options.recoverable ?? size - 1 - digestLength - trailer.length;
  const recoverable = Buffer.alloc(length, 0x5a);
  const digest = createHash(hash).update(recoverable).update(challenge).digest();
  const message = Buffer.concat([Buffer.of(options.header ?? 0x6a), recoverable, digest, trailer]);
  const padded = Buffer.concat([Buffer.alloc(size - message.length), message]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded);
}
