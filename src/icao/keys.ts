/**
 * Public keys from SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 8017 §A.1, RFC 5480 §2).
 *
 * The numbers are read here, judged by policy, and handed to OpenSSL rewritten in the plainest form: named curve,
 * rsaEncryption with NULL. That keeps the limits (sizes, exponent, curve) ours, and takes keys whose issuer left
 * a sign octet or a parameter out.
 */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { readIdentifier, rsaEncryption, rsassaPss } from './algorithms.ts';
import { type BerElement, openElement, readWhole, tags } from './ber.ts';
import { encodeDer, encodeUnsigned, readBits, readUnsigned } from './ber-values.ts';
import { findCurve } from './curves.ts';
import { refuse } from './reasons.ts';

export type PublicKey = {
  type: 'rsa' | 'ec';
  /** Bits of the modulus or of the curve. */
  bits: number;
  /** Octets of the modulus or of a coordinate. */
  size: number;
  /** OpenSSL's name of the curve. */
  curve?: string;
  /** RSA: the modulus, big-endian, without leading zeros. */
  modulus?: Uint8Array;
  /** RSA: the key may only sign RSA-PSS (RFC 4055 §1.2). */
  pssOnly?: boolean;
  key: KeyObject;
};

export type KeyLimits = { rsaBits: number; ecBits: number };

const ecPublicKey = '1.2.840.10045.2.1';
// Beyond 8192 bits a verification takes long enough to be an attack; a real exponent has 2 to 17 bits.
const maximumRsaBits = 8192;
const maximumExponentOctets = 8;

/** Reads a key; refuses `key_refused` or `curve_refused`, throws `BerError` where the structure is broken. */
export function readPublicKey(info: BerElement, limits: KeyLimits): PublicKey {
  const fields = openElement(info, tags.sequence);
  const { oid, parameters } = readIdentifier(fields.next());
  const bits = readBits(fields.next());
  fields.close();
  if (oid === ecPublicKey && parameters) return readEcKey(parameters, bits, limits);
  if (oid === rsaEncryption || oid === rsassaPss) return readRsaKey(bits, limits, oid === rsassaPss);
  return refuse('key_refused');
}

function readRsaKey(bits: Uint8Array, limits: KeyLimits, pssOnly: boolean): PublicKey {
  const fields = openElement(readWhole(bits), tags.sequence);
  const modulus = readUnsigned(fields.next());
  const exponent = readUnsigned(fields.next());
  fields.close();
  const length = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (length < limits.rsaBits || length > maximumRsaBits) refuse('key_refused');
  // RFC 8017 §3.1: odd modulus, odd exponent of 3 or more. With e = 1 the signature would be the message.
  if (!isOdd(modulus) || !isOdd(exponent)) refuse('key_refused');
  if (exponent.length > maximumExponentOctets || (exponent.length === 1 && (exponent[0] ?? 0) < 3)) {
    refuse('key_refused');
  }
  const pkcs1 = encodeDer(tags.sequence, encodeUnsigned(modulus), encodeUnsigned(exponent));
  const key = importKey({ key: Buffer.from(pkcs1), format: 'der', type: 'pkcs1' });
  return { type: 'rsa', bits: length, size: modulus.length, modulus, pssOnly, key };
}

function isOdd(number: Uint8Array): boolean {
  return ((number.at(-1) ?? 0) & 1) === 1;
}

function readEcKey(parameters: BerElement, point: Uint8Array, limits: KeyLimits): PublicKey {
  const curve = findCurve(parameters) ?? refuse('curve_refused');
  if (curve.bits < limits.ecBits) refuse('key_refused');
  const size = Math.ceil(curve.bits / 8);
  // RFC 5480 §2.2: uncompressed or compressed; the point at infinity has no such form.
  const expected = point[0] === 4 ? 1 + 2 * size : point[0] === 2 || point[0] === 3 ? 1 + size : 0;
  if (point.length !== expected) refuse('key_refused');
  const algorithm = encodeDer(tags.sequence, encodeOid(ecPublicKey), encodeOid(curve.oid));
  const info = encodeDer(tags.sequence, algorithm, encodeDer(tags.bitString, Uint8Array.of(0), point));
  // OpenSSL checks that the point lies on the curve.
  const key = importKey({ key: Buffer.from(info), format: 'der', type: 'spki' });
  return { type: 'ec', bits: curve.bits, size, curve: curve.name, key };
}

function importKey(input: { key: Buffer; format: 'der'; type: 'pkcs1' | 'spki' }): KeyObject {
  try {
    return createPublicKey(input);
  } catch {
    return refuse('key_refused');
  }
}

function encodeOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const octets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) octets.unshift(0x80 | (left & 0x7f));
    return octets;
  });
  return encodeDer(tags.oid, Uint8Array.from(content));
}
