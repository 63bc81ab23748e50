/**
 * X.509 certificates of the travel-document PKI (RFC 5280 §4.1, profile of Doc 9303-12 §7.1).
 *
 * Reads structure and extensions; judges nothing: chain.ts does. OpenSSL's certificate store is not used, because
 * it refuses explicit curve parameters, which Doc 9303-12 asks for.
 */

import { createHash } from 'node:crypto';
import { isSameAlgorithm, type Policy, readSignatureAlgorithm } from './algorithms.ts';
import {
  type BerElement,
  BerError,
  childrenOf,
  contentOf,
  openElement,
  rawOf,
  readWhole,
  tags,
} from './ber.ts';
import { readBits, readBoolean, readOctets, readOid, readText, readUnsigned } from './ber-values.ts';
import { type PublicKey, readPublicKey } from './keys.ts';
import { type Name, readName } from './names.ts';
import { refuse } from './reasons.ts';
import { isSignedBy } from './signatures.ts';
import { readTime } from './times.ts';

export type Certificate = {
  /** The DER as found. */
  raw: Uint8Array;
  /** TBSCertificate: what is signed. */
  signed: Uint8Array;
  signatureAlgorithm: BerElement;
  signature: Uint8Array;
  /** Hexadecimal, capitals, no leading zero octets, sign ignored. */
  serial: string;
  issuer: Name;
  subject: Name;
  /** Milliseconds since 1970. */
  notBefore: number;
  notAfter: number;
  keyInfo: BerElement;
  extensions: ReadonlyMap<string, { critical: boolean; value: Uint8Array }>;
};

export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  privateKeyUsagePeriod: '2.5.29.16',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  documentTypeList: '2.23.136.1.1.6.2',
} as const;

export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5 } as const;

const maximumCertificateOctets = 65_536;
const maximumExtensions = 64;

/** Reads one certificate that fills `bytes` exactly; throws `BerError` where it is broken. */
export function readCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > maximumCertificateOctets) throw new BerError('certificate too large');
  const certificate = openElement(readWhole(bytes), tags.sequence);
  const body = certificate.next();
  const outerAlgorithm = certificate.next();
  const signature = readBits(certificate.next());
  certificate.close();
  const fields = openElement(body, tags.sequence);
  fields.optional(0xa0); // version: what counts is which fields and extensions follow
  const serial = Buffer.from(readUnsigned(fields.next())).toString('hex').toUpperCase();
  const signatureAlgorithm = fields.next();
  if (!isSameAlgorithm(signatureAlgorithm, outerAlgorithm)) throw new BerError('two signature algorithms');
  const issuer = readName(fields.next());
  const validity = openElement(fields.next(), tags.sequence);
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  const subject = readName(fields.next());
  const keyInfo = fields.next();
  fields.optional(0x81);
  fields.optional(0x82);
  const extensions = readExtensions(fields.optional(0xa3));
  fields.close();
  const raw = bytes;
  const signed = rawOf(body);
  return {
    raw,
    signed,
    signatureAlgorithm,
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    keyInfo,
    extensions,
  };
}

/** Extensions, each at most once (RFC 5280 §4.2). */
export function readExtensions(wrapper: BerElement | undefined): Certificate['extensions'] {
  const extensions = new Map<string, { critical: boolean; value: Uint8Array }>();
  if (!wrapper) return extensions;
  const list = openElement(openElement(wrapper).next(), tags.sequence);
  while (!list.atEnd()) {
    const extension = openElement(list.next(), tags.sequence);
    const oid = readOid(extension.next());
    const critical = extension.optional(tags.boolean);
    const value = readOctets(extension.next());
    extension.close();
    if (extensions.has(oid) || extensions.size >= maximumExtensions) throw new BerError('extension repeated');
    extensions.set(oid, { critical: critical ? readBoolean(critical) : false, value });
  }
  return extensions;
}

/** SHA-256 of the certificate, hexadecimal: what operators compare out of band. */
export function fingerprintOf(certificate: Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

const keysByCertificate = new WeakMap<Certificate, PublicKey>();

/** The certificate's key, read once; refuses weak keys and foreign curves. */
export function keyOf(certificate: Certificate, policy: Policy): PublicKey {
  const known = keysByCertificate.get(certificate);
  const limits = { rsaBits: policy.rsaBits, ecBits: policy.ecBits };
  const key = known ?? readPublicKey(certificate.keyInfo, limits);
  if (key.bits < (key.type === 'rsa' ? limits.rsaBits : limits.ecBits)) refuse('key_refused');
  if (!known) keysByCertificate.set(certificate, key);
  return key;
}

/** Has `issuer` signed this certificate? (RFC 5280 §6.1.3 (a)(1), one hop) */
export function isCertifiedBy(certificate: Certificate, issuer: Certificate, policy: Policy): boolean {
  const algorithm = readSignatureAlgorithm(certificate.signatureAlgorithm);
  return isSignedBy(keyOf(issuer, policy), algorithm, certificate.signed, certificate.signature, policy);
}

/** Does the key usage extension name this bit (RFC 5280 §4.2.1.3)? `undefined`: there is no such extension. */
export function hasKeyUsage(certificate: Certificate, bit: number): boolean | undefined {
  const extension = certificate.extensions.get(extensionOids.keyUsage);
  if (!extension) return undefined;
  const content = contentOf(readWhole(extension.value, tags.bitString));
  return ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

/** basicConstraints (RFC 5280 §4.2.1.9): is this a certification authority? */
export function isAuthority(certificate: Certificate): boolean {
  const extension = certificate.extensions.get(extensionOids.basicConstraints);
  if (!extension) return false;
  const flag = openElement(readWhole(extension.value), tags.sequence).optional(tags.boolean);
  return flag !== undefined && readBoolean(flag);
}

/** Extended key usages; `undefined`: there is no such extension. */
export function extendedKeyUsagesOf(certificate: Certificate): string[] | undefined {
  const extension = certificate.extensions.get(extensionOids.extendedKeyUsage);
  if (!extension) return undefined;
  const list = openElement(readWhole(extension.value), tags.sequence);
  const usages: string[] = [];
  while (!list.atEnd()) usages.push(readOid(list.next()));
  return usages;
}

/** Subject key identifier as hexadecimal; derived from the key where the extension is missing (RFC 5280 §4.2.1.2). */
export function subjectKeyIdOf(certificate: Certificate): string {
  const extension = certificate.extensions.get(extensionOids.subjectKeyIdentifier);
  if (extension) return Buffer.from(readOctets(readWhole(extension.value))).toString('hex');
  const info = openElement(certificate.keyInfo, tags.sequence);
  info.next();
  return createHash('sha1').update(readBits(info.next())).digest('hex');
}

/** The key identifier of the authority key identifier (RFC 5280 §4.2.1.1), if it has one. */
export function authorityKeyIdOf(certificate: Certificate): string | undefined {
  const extension = certificate.extensions.get(extensionOids.authorityKeyIdentifier);
  if (!extension) return undefined;
  const keyId = openElement(readWhole(extension.value), tags.sequence).optional(0x80);
  return keyId && Buffer.from(contentOf(keyId)).toString('hex');
}

/** Private key usage period (RFC 3280 §4.2.1.4, Doc 9303-12 §7.1.1): when the key may sign. */
export function usagePeriodOf(certificate: Certificate): { from?: number; to?: number } {
  const extension = certificate.extensions.get(extensionOids.privateKeyUsagePeriod);
  if (!extension) return {};
  const fields = openElement(readWhole(extension.value), tags.sequence);
  const from = fields.optional(0x80);
  const to = fields.optional(0x81);
  return { ...(from && { from: readTime(from) }), ...(to && { to: readTime(to) }) };
}

/**
 * Document types a signer is limited to (Doc 9303-12 §7.1.1.6); `undefined`: no limit stated. Besides the
 * SEQUENCE { version, SET OF type } of the specification, a genuine Indonesian signer writes the types bare.
 */
export function documentTypesOf(certificate: Certificate): string[] | undefined {
  const extension = certificate.extensions.get(extensionOids.documentTypeList);
  if (!extension) return undefined;
  const fields = openElement(readWhole(extension.value), tags.sequence);
  fields.optional(tags.integer);
  const types: string[] = [];
  while (!fields.atEnd()) {
    const element = fields.next();
    const texts = element.constructed ? childrenOf(element, maximumExtensions) : [element];
    types.push(...texts.map((text) => readText(text).replaceAll('<', '')));
  }
  return types;
}
