/**
 * The card factory: a CSCA, its document signers, and virtual CCCD cards with Active Authentication keys.
 *
 * Everything real cards have, and every way to spoil it: a plan is a plain object whose parts the card office, or a
 * test, replaces. Written apart from src/icao, so that one cannot hide the other's mistakes.
 */

import { constants, createHash, type KeyObject, privateEncrypt, sign } from 'node:crypto';
import {
  type Algorithm,
  type CertificatePlan,
  type Extension,
  extension,
  type Hash,
  type KeyPair,
  keyIdOf,
  keyInfoOf,
  makeCertificate,
  usage,
} from './card-certificates.ts';
import { type Der, der, integer } from './card-der.ts';
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
  type Portrait,
  printedFields,
} from './card-files.ts';

/** Who a certificate is for, and when. */
type Terms = Pick<CertificatePlan, 'subject' | 'serial' | 'notBefore' | 'notAfter'> & {
  keys: KeyPair;
  /** When the private key signs. */
  usagePeriod: readonly [from: Date, to: Date];
};

export type Csca = { plan: CertificatePlan; keys: KeyPair; certificate: Der };

/** A self-signed authority; `changes` replace parts of the plan. */
export function makeCsca(
  { keys, usagePeriod, ...terms }: Terms,
  changes: Partial<CertificatePlan> = {},
): Csca {
  const keyInfo = changes.keyInfo ?? keyInfoOf(keys.publicKey);
  const plan: CertificatePlan = {
    ...terms,
    issuer: terms.subject,
    keyInfo,
    extensions: [
      extension.basicConstraints(true),
      extension.keyUsage(usage.certify),
      extension.subjectKeyId(keyIdOf(keyInfo)),
      extension.authorityKeyId(keyIdOf(keyInfo)),
      extension.usagePeriod(...usagePeriod),
    ],
    algorithm:
      keys.publicKey.asymmetricKeyType === 'rsa'
        ? { scheme: 'rsa', hash: 'sha256' }
        : { scheme: 'ecdsa', hash: 'sha512' },
    signWith: keys.privateKey,
    ...changes,
  };
  return { plan, keys, certificate: makeCertificate(plan) };
}

export type Signer = { plan: CertificatePlan; keys: KeyPair; algorithm: Algorithm; certificate: Der };

export type SignerTerms = Terms & {
  /** How it signs documents. */
  algorithm: Algorithm;
  documentTypes: readonly string[];
};

export type SignerChanges = {
  plan?: Partial<CertificatePlan>;
  /** Adds or, by the same id, replaces extensions. */
  extensions?: readonly Extension[];
  /** Leaves the extension of this id out. */
  without?: string;
};

/** A document signer under an authority. */
export function makeSigner(
  csca: Csca,
  { keys, algorithm, usagePeriod, documentTypes, ...terms }: SignerTerms,
  changes: SignerChanges = {},
): Signer {
  const keyInfo = keyInfoOf(keys.publicKey);
  const changed = changes.extensions ?? [];
  const standard = [
    extension.keyUsage(usage.sign),
    extension.subjectKeyId(keyIdOf(keyInfo)),
    extension.authorityKeyId(keyIdOf(csca.plan.keyInfo)),
    extension.usagePeriod(...usagePeriod),
    extension.documentTypes(...documentTypes),
  ];
  const plan: CertificatePlan = {
    ...terms,
    issuer: csca.plan.subject,
    keyInfo,
    extensions: [
      ...standard.filter(({ id }) => id !== changes.without && !changed.some((one) => one.id === id)),
      ...changed,
    ],
    algorithm: csca.plan.algorithm,
    signWith: csca.keys.privateKey,
    ...changes.plan,
  };
  return { plan, keys, algorithm, certificate: makeCertificate(plan) };
}

export type Card = {
  sod: Der;
  dataGroups: Map<number, Buffer>;
  chipKeys: KeyPair | undefined;
  signer: Signer;
  /** The chip's answer to INTERNAL AUTHENTICATE. */
  answer: (challenge: Uint8Array) => Buffer;
};

export type CardPlan = {
  person: Person;
  portrait: Portrait;
  signedAt: Date;
  /** The chip's own keys; without them it cannot prove that it is no copy. */
  chipKeys?: KeyPair | undefined;
  zone?: string;
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

export function makeCard(signer: Signer, plan: CardPlan): Card {
  const { person, chipKeys, ldsHash = 'sha256' } = plan;
  const files = new Map<number, Buffer>([
    [1, makeDg1(plan.zone ?? makeZone(person))],
    [2, makeDg2(plan.portrait)],
    [13, makeDg13(printedFields(person))],
    [14, makeDg14(chipKeys?.publicKey.asymmetricKeyType === 'ec' ? 'sha256' : undefined)],
  ]);
  if (chipKeys) files.set(15, makeDg15(keyInfoOf(chipKeys.publicKey)));
  plan.files?.(files);
  // A real card has fingerprints too, which nobody may read.
  const all = [...hashFiles(files, ldsHash), [3, createHash(ldsHash).update('DG3').digest()] as const];
  const entries = all.sort(([one], [other]) => one - other);
  const content =
    plan.content ?? makeSecurityObject(plan.entries?.(entries) ?? entries, ldsHash, plan.ldsVersion);
  const cms = makeSignedData(planCms(signer, content, { signedAt: plan.signedAt, ...plan.cms }));
  return {
    sod: plan.wrap?.(cms) ?? der(0x77, cms),
    dataGroups: files,
    chipKeys,
    signer,
    answer: (challenge) => answerChallenge(chipKeys, challenge),
  };
}

export function planCms(signer: Signer, content: Uint8Array, changes: Partial<CmsPlan> = {}): CmsPlan {
  const { serial } = signer.plan;
  return {
    contentType: '2.23.136.1.1.1',
    content,
    certificates: [signer.certificate],
    sid: { issuer: signer.plan.issuer, serial: typeof serial === 'number' ? integer(serial) : serial },
    algorithm: signer.algorithm,
    signWith: signer.keys.privateKey,
    ...changes,
  };
}

/** INTERNAL AUTHENTICATE with these keys (Doc 9303-11 §6.1). */
export function answerChallenge(keys: KeyPair | undefined, challenge: Uint8Array): Buffer {
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
