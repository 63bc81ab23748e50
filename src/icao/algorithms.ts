/**
 * Hash and signature algorithms, and what of them is allowed (Doc 9303-12 §4.1.6, RFC 8017 §A.2, RFC 5758).
 *
 * SHA-1 and SHA-224 are read and then refused by policy: SHA-1 is still met on genuine passports, but a collision
 * is affordable. The policy is a parameter so that a test can show that nothing else was wrong with such a chip.
 */

import { type BerElement, openElement, rawOf, tags } from './ber.ts';
import { readOid, readSmallInteger } from './ber-values.ts';
import { refuse } from './reasons.ts';

export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export type Policy = {
  /** Hashes that may protect data groups, attributes and signatures. */
  hashes: readonly HashName[];
  /** Smallest RSA modulus and curve, in bits, of those who sign documents, certificates and lists. */
  rsaBits: number;
  ecBits: number;
  /** The same for the chip's own Active Authentication key, whose signature only has to hold for minutes. */
  aaRsaBits: number;
  aaEcBits: number;
  /** MRZ expiry dates (YYMMDD) that mean "no expiry" on a Vietnamese card [unknown: not seen in public]. */
  unlimitedExpiry: readonly string[];
  /** Days by which the printed issue date may lie outside the signer's usage period [inferred]. */
  issueDateSlackDays: number;
};

export const defaultPolicy: Policy = {
  hashes: ['sha256', 'sha384', 'sha512'],
  rsaBits: 2048,
  ecBits: 224,
  aaRsaBits: 1024,
  aaEcBits: 192,
  unlimitedExpiry: ['991231'],
  issueDateSlackDays: 31,
};

export const hashLengths: Record<HashName, number> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

const hashesByOid: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

export type SignatureAlgorithm = {
  oid: string;
  scheme: 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa';
  hash: HashName;
  /** RSA-PSS only. */
  saltLength?: number;
};

const plainAlgorithms: Readonly<Record<string, readonly [SignatureAlgorithm['scheme'], HashName]>> = {
  '1.2.840.113549.1.1.4': ['rsa-pkcs1', 'md5'],
  '1.2.840.113549.1.1.5': ['rsa-pkcs1', 'sha1'],
  '1.2.840.113549.1.1.14': ['rsa-pkcs1', 'sha224'],
  '1.2.840.113549.1.1.11': ['rsa-pkcs1', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa-pkcs1', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa-pkcs1', 'sha512'],
  '1.2.840.10045.4.1': ['ecdsa', 'sha1'],
  '1.2.840.10045.4.3.1': ['ecdsa', 'sha224'],
  '1.2.840.10045.4.3.2': ['ecdsa', 'sha256'],
  '1.2.840.10045.4.3.3': ['ecdsa', 'sha384'],
  '1.2.840.10045.4.3.4': ['ecdsa', 'sha512'],
};

export const rsaEncryption = '1.2.840.113549.1.1.1';
export const rsassaPss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';

/** Reads a hash AlgorithmIdentifier; parameters are absent or NULL (RFC 5754 §2). */
export function readHashAlgorithm(identifier: BerElement): HashName {
  const { oid, parameters } = readIdentifier(identifier);
  const hash = hashesByOid[oid];
  if (!hash || hasParameters(parameters)) refuse('hash_refused');
  return hash;
}

/** Reads a signature AlgorithmIdentifier; `digest` is the hash meant by a bare rsaEncryption (RFC 3370 §3.2). */
export function readSignatureAlgorithm(identifier: BerElement, digest?: HashName): SignatureAlgorithm {
  const { oid, parameters } = readIdentifier(identifier);
  if (oid === rsassaPss) return readPssParameters(oid, parameters);
  if (hasParameters(parameters)) refuse('signature_algorithm_refused');
  if (oid === rsaEncryption && digest) return { oid, scheme: 'rsa-pkcs1', hash: digest };
  const [scheme, hash] = plainAlgorithms[oid] ?? refuse('signature_algorithm_refused');
  return { oid, scheme, hash };
}

export function readIdentifier(identifier: BerElement) {
  const fields = openElement(identifier, tags.sequence);
  const oid = readOid(fields.next());
  const parameters = fields.atEnd() ? undefined : fields.next();
  fields.close();
  return { oid, parameters };
}

function hasParameters(parameters: BerElement | undefined): boolean {
  return (
    parameters !== undefined &&
    (parameters.tag !== tags.null || parameters.contentEnd !== parameters.contentStart)
  );
}

/** RSASSA-PSS-params (RFC 8017 §A.2.3); what is left out means SHA-1 and a salt of 20. */
function readPssParameters(oid: string, parameters: BerElement | undefined): SignatureAlgorithm {
  if (!parameters || parameters.tag !== tags.sequence) return refuse('signature_algorithm_refused');
  const fields = openElement(parameters);
  const hashField = fields.optional(0xa0);
  const maskField = fields.optional(0xa1);
  const saltField = fields.optional(0xa2);
  const trailerField = fields.optional(0xa3);
  fields.close();
  const hash = hashField ? readHashAlgorithm(openElement(hashField).next()) : 'sha1';
  let maskHash: HashName = 'sha1';
  if (maskField) {
    const mask = readIdentifier(openElement(maskField).next());
    if (mask.oid !== mgf1 || !mask.parameters) refuse('signature_algorithm_refused');
    maskHash = readHashAlgorithm(mask.parameters);
  }
  const trailer = trailerField ? readSmallInteger(openElement(trailerField).next()) : 1;
  const saltLength = saltField ? readSmallInteger(openElement(saltField).next()) : 20;
  // OpenSSL is told one hash for both: a different mask hash would be checked wrongly, not leniently.
  if (maskHash !== hash) refuse('signature_algorithm_mismatch');
  if (trailer !== 1) refuse('signature_algorithm_refused');
  return { oid, scheme: 'rsa-pss', hash, saltLength };
}

/** The outer and the signed AlgorithmIdentifier of a certificate must agree (RFC 5280 §4.1.1.2). */
export function isSameAlgorithm(one: BerElement, other: BerElement): boolean {
  if (Buffer.compare(rawOf(one), rawOf(other)) === 0) return true;
  const first = readIdentifier(one);
  const second = readIdentifier(other);
  // Absent and NULL parameters say the same.
  return first.oid === second.oid && !hasParameters(first.parameters) && !hasParameters(second.parameters);
}
