/** One signature over given bytes, by node:crypto, after policy has allowed algorithm and key. */

import { constants, verify } from 'node:crypto';
import type { Policy, SignatureAlgorithm } from './algorithms.ts';
import type { PublicKey } from './keys.ts';
import { refuse } from './reasons.ts';

/**
 * Is `signature` the one of `key` over `data`? Refuses `hash_refused` where policy bars the hash and
 * `signature_algorithm_mismatch` where the key cannot make such signatures.
 *
 * ECDSA signatures in certificates and CMS are DER SEQUENCE {r, s} (RFC 3279 §2.2.3, Doc 9303-12 §4.1.6.2).
 */
export function isSignedBy(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
  policy: Policy,
): boolean {
  if (!policy.hashes.includes(algorithm.hash)) refuse('hash_refused');
  const { scheme } = algorithm;
  if ((scheme === 'ecdsa') !== (key.type === 'ec')) refuse('signature_algorithm_mismatch');
  if (key.pssOnly && scheme !== 'rsa-pss') refuse('signature_algorithm_mismatch');
  try {
    if (scheme === 'rsa-pss') {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const saltLength = algorithm.saltLength ?? 0;
      return verify(algorithm.hash, data, { key: key.key, padding, saltLength }, signature);
    }
    return verify(algorithm.hash, data, key.key, signature);
  } catch {
    // OpenSSL reports some malformed signatures by throwing.
    return false;
  }
}
