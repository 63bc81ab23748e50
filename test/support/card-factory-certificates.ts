/** Certificates of the test PKI, and a pool of keys: names are fixed, keys made anew each run. */

import { generateKeyPairSync } from 'node:crypto';
import type { KeyPair } from '../../src/sandbox/card-certificates.ts';

export * from '../../src/sandbox/card-certificates.ts';

const pool = new Map<string, KeyPair>();

/** A key of its kind and purpose, made once per process: `ec brainpoolP512r1 explicit`, `rsa 2048`. */
export function testKey(kind: string, purpose = ''): KeyPair {
  const id = `${kind}|${purpose}`;
  const known = pool.get(id);
  if (known) return known;
  const [type, parameter = '', encoding] = kind.split(' ');
  const made =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: Number(parameter) })
      : generateKeyPairSync('ec', {
          namedCurve: parameter,
          paramEncoding: encoding === 'explicit' ? 'explicit' : 'named',
        });
  pool.set(id, made);
  return made;
}
