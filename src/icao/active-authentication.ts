/**
 * Active Authentication: the chip holds the private key, so it is the card and not a copy of its files
 * (Doc 9303-11 §6.1; ISO/IEC 9796-2 scheme 1; BSI TR-03111 §5.2.1).
 *
 * Means something only for a public key (DG15) and hash (DG14) that the state signed; `verifyActiveAuthentication`
 * therefore takes them from a chip that passed passive authentication. How fresh the challenge is, and whose, the
 * caller knows. Proves nothing about who holds the card.
 */

import { constants, createHash, publicDecrypt, verify } from 'node:crypto';
import { defaultPolicy, type HashName, hashLengths, type Policy } from './algorithms.ts';
import { BerError, openElement, rawOf, readWhole, tags } from './ber.ts';
import { readUnsigned } from './ber-values.ts';
import { readDg14 } from './dg14.ts';
import { type PublicKey, readPublicKey } from './keys.ts';
import { type Refused, readingAs, refuse, settle } from './reasons.ts';

export type ActiveAuthentication = {
  scheme: 'rsa-iso9796-2' | 'ecdsa';
  hash: HashName;
  /** Bits of modulus or curve. */
  keyBits: number;
  /** Below what would be chosen today: RSA under 2048 bits, SHA-1, curves under 224 bits. */
  weak: boolean;
  /**
   * SHA-256 over key and challenge, hexadecimal. To accept an answer once, remember this and not the signature:
   * both RSA (n − s) and ECDSA (n − s) signatures can be rewritten into another valid one by anybody.
   */
  onceKey: string;
};

export type ActiveAuthenticationQuestion = {
  /** A chip that passed passive authentication: its files by number are those the state signed. */
  chip: { dataGroups: ReadonlyMap<number, Uint8Array> };
  /** RND.IFD, exactly 8 bytes. */
  challenge: Uint8Array;
  /** The chip's answer to INTERNAL AUTHENTICATE; `undefined` or empty: there was none. */
  response: Uint8Array | undefined;
  policy?: Policy;
};

const dg15Tag = 0x6f;
const challengeLength = 8;

/**
 * Verifies the chip's answer.
 *
 * @returns how it was verified, or `aa_not_supported` (the state signed no DG15), `aa_response_missing`,
 *   `aa_challenge_invalid`, `aa_key_refused`, `aa_hash_unknown`, `aa_response_malformed`, `aa_signature_invalid`.
 */
export function verifyActiveAuthentication(
  question: ActiveAuthenticationQuestion,
): { verified: true; active: ActiveAuthentication } | Refused {
  return settle(() => {
    const { chip, challenge, response, policy = defaultPolicy } = question;
    const dg15 = chip.dataGroups.get(15) ?? refuse('aa_not_supported');
    if (!(challenge instanceof Uint8Array) || challenge.length !== challengeLength)
      refuse('aa_challenge_invalid');
    if (!response || response.length === 0) return refuse('aa_response_missing');
    const { key, info } = readChipKey(dg15, policy);
    const hash =
      key.type === 'rsa'
        ? checkRsaResponse(key, challenge, response)
        : checkEcdsaResponse(key, statedHash(chip.dataGroups.get(14), key), challenge, response);
    const active: ActiveAuthentication = {
      scheme: key.type === 'rsa' ? 'rsa-iso9796-2' : 'ecdsa',
      hash,
      keyBits: key.bits,
      weak: hash === 'sha1' || key.bits < (key.type === 'rsa' ? 2048 : 224),
      onceKey: createHash('sha256').update(info).update(challenge).digest('hex'),
    };
    return { verified: true, active };
  });
}

/** DG15 (Doc 9303-10 §4.7.15): one SubjectPublicKeyInfo. */
function readChipKey(dg15: Uint8Array, policy: Policy): { key: PublicKey; info: Uint8Array } {
  const limits = { rsaBits: policy.aaRsaBits, ecBits: policy.aaEcBits };
  try {
    const file = openElement(readWhole(dg15), dg15Tag);
    const info = file.next();
    file.close();
    return { key: readPublicKey(info, limits), info: rawOf(info) };
  } catch {
    return refuse('aa_key_refused');
  }
}

// ISO/IEC 9796-2 §8.1, ISO/IEC 10118 hash identifiers: the trailer names the hash; BC alone means SHA-1.
const trailerHashes: Readonly<Record<number, HashName>> = {
  51: 'sha1',
  52: 'sha256',
  53: 'sha512',
  54: 'sha384',
  56: 'sha224',
};
// The recoverable part is chosen by the chip and fills the modulus; a few octets would make the signature guessable.
const minimumRecoverable = 8;

/** ISO/IEC 9796-2 scheme 1 with partial recovery: F = 6A ‖ M1 ‖ H(M1 ‖ RND.IFD) ‖ trailer. */
function checkRsaResponse(key: PublicKey, challenge: Uint8Array, response: Uint8Array): HashName {
  if (response.length !== key.size) refuse('aa_response_malformed');
  const recovered = recoverMessage(key, response);
  const { hash, trailerLength } = readTrailer(recovered);
  const digestStart = recovered.length - trailerLength - hashLengths[hash];
  // Header 0110 1010: partial recovery, no padding, over the whole length of the modulus.
  if (recovered[0] !== 0x6a || digestStart - 1 < minimumRecoverable) refuse('aa_signature_invalid');
  const recoverable = recovered.subarray(1, digestStart);
  const digest = recovered.subarray(digestStart, recovered.length - trailerLength);
  const expected = createHash(hash).update(recoverable).update(challenge).digest();
  if (Buffer.compare(expected, digest) !== 0) refuse('aa_signature_invalid');
  return hash;
}

/** ISO/IEC 9796-2 §B.6: the signature may be s or n − s; the right one ends in the nibble C. */
function recoverMessage(key: PublicKey, response: Uint8Array): Buffer {
  let opened: Buffer;
  try {
    opened = publicDecrypt({ key: key.key, padding: constants.RSA_NO_PADDING }, response);
  } catch {
    // RFC 8017 §5.2.2: a representative that is not below the modulus is no signature; OpenSSL refuses it.
    return refuse('aa_signature_invalid');
  }
  if (((opened.at(-1) ?? 0) & 0x0f) === 0x0c) return opened;
  const modulus = BigInt(`0x${Buffer.from(key.modulus ?? []).toString('hex')}`);
  const other = modulus - BigInt(`0x${opened.toString('hex')}`);
  return Buffer.from(other.toString(16).padStart(key.size * 2, '0'), 'hex');
}

function readTrailer(recovered: Buffer): { hash: HashName; trailerLength: number } {
  const last = recovered.at(-1);
  if (last === 0xbc) return { hash: 'sha1', trailerLength: 1 };
  const hash = last === 0xcc ? trailerHashes[recovered.at(-2) ?? 0] : undefined;
  return { hash: hash ?? refuse('aa_signature_invalid'), trailerLength: 2 };
}

/** Doc 9303-11 §6.1.2.3: for ECDSA, DG14 states the hash, and it is no longer than the key. */
function statedHash(dg14: Uint8Array | undefined, key: PublicKey): HashName {
  const hash = dg14 && readDg14(dg14)?.activeAuthenticationHash;
  if (!hash || hash === 'unknown' || hash === 'sha1') return refuse('aa_hash_unknown');
  if (hashLengths[hash] > key.size) refuse('aa_hash_unknown');
  return hash;
}

/** TR-03111 §5.2.1: plain r ‖ s over the challenge alone; strict DER is taken only where plain does not verify. */
function checkEcdsaResponse(
  key: PublicKey,
  hash: HashName,
  challenge: Uint8Array,
  response: Uint8Array,
): HashName {
  const plain = response.length === key.size * 2;
  if (plain && isEcdsaSignature(key, hash, challenge, response, 'ieee-p1363')) return hash;
  if (!isStrictDer(response, key.size)) refuse(plain ? 'aa_signature_invalid' : 'aa_response_malformed');
  if (!isEcdsaSignature(key, hash, challenge, response, 'der')) refuse('aa_signature_invalid');
  return hash;
}

function isEcdsaSignature(
  { key }: PublicKey,
  hash: HashName,
  challenge: Uint8Array,
  response: Uint8Array,
  dsaEncoding: 'der' | 'ieee-p1363',
): boolean {
  try {
    return verify(hash, challenge, { key, dsaEncoding }, response);
  } catch {
    return false;
  }
}

/** X.690 §8.3.2, §10.1: shortest lengths, shortest positive integers, nothing after. */
function isStrictDer(response: Uint8Array, size: number): boolean {
  try {
    return readingAs('aa_response_malformed', () => {
      const fields = openElement(readWhole(response), tags.sequence);
      const numbers = [fields.next(), fields.next()];
      fields.close();
      const longest = size * 2 + 9;
      return (
        response.length <= longest &&
        numbers.every((number) => {
          const value = readUnsigned(number);
          const written = number.contentEnd - number.contentStart;
          if (number.contentEnd - number.start > size + 3) throw new BerError('integer too long');
          return written === value.length + ((value[0] ?? 0) & 0x80 ? 1 : 0);
        })
      );
    });
  } catch {
    return false;
  }
}
