/** Algorithms, signatures, certificates and revocation lists of the card factory's PKI. */

import { constants, createHash, type KeyObject, sign } from 'node:crypto';
import {
  bits,
  boolean,
  context,
  type Der,
  der,
  generalizedTime,
  integer,
  nothing,
  octets,
  oid,
  printable,
  sequence,
  setOf,
  time,
  utf8,
} from './card-der.ts';

export type Hash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export type Algorithm = {
  /** `rsa-bare`: rsaEncryption as signature algorithm, the hash only in digestAlgorithm. */
  scheme: 'rsa' | 'rsa-bare' | 'pss' | 'ecdsa';
  hash: Hash;
  saltLength?: number;
  /** PSS: names another hash for MGF1 than is used. */
  maskHash?: Hash;
  /** NULL parameters where they may be left out. */
  parameters?: 'null' | 'absent';
};

export type KeyPair = { publicKey: KeyObject; privateKey: KeyObject };

const hashOids: Record<Hash, string> = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const rsaOids: Record<Hash, number> = { md5: 4, sha1: 5, sha224: 14, sha256: 11, sha384: 12, sha512: 13 };
const ecdsaOids: Record<Hash, string> = {
  md5: '0',
  sha1: '1',
  sha224: '3.1',
  sha256: '3.2',
  sha384: '3.3',
  sha512: '3.4',
};

export function hashIdentifier(hash: Hash, parameters: 'null' | 'absent' = 'null'): Der {
  return sequence(oid(hashOids[hash]), ...(parameters === 'null' ? [nothing] : []));
}

export function algorithmIdentifier(algorithm: Algorithm): Der {
  const { scheme, hash, parameters, saltLength = createHash(hash).digest().length } = algorithm;
  const optionalNull = parameters === 'absent' ? [] : [nothing];
  if (scheme === 'rsa-bare') return sequence(oid('1.2.840.113549.1.1.1'), ...optionalNull);
  if (scheme === 'rsa') return sequence(oid(`1.2.840.113549.1.1.${rsaOids[hash]}`), ...optionalNull);
  if (scheme === 'ecdsa') {
    return sequence(oid(`1.2.840.10045.4.${ecdsaOids[hash]}`), ...(parameters === 'null' ? [nothing] : []));
  }
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hashIdentifier(algorithm.maskHash ?? hash));
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(context(0, hashIdentifier(hash)), context(1, mask), context(2, integer(saltLength))),
  );
}

export function signBytes(key: KeyObject, { scheme, hash, saltLength }: Algorithm, data: Uint8Array): Buffer {
  if (scheme !== 'pss') return sign(hash, data, key);
  const salt = saltLength ?? createHash(hash).digest().length;
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt });
}

/** `['CN', 'text']`, or with a ready-made DER string instead of the text. */
export type Attribute = readonly [keyof typeof attributeOids, string | Der];
const attributeOids = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
};

export function distinguishedName(attributes: readonly Attribute[]): Der {
  return sequence(
    ...attributes.map(([label, value]) => {
      const text = typeof value !== 'string' ? value : label === 'C' ? printable(value) : utf8(value);
      return setOf(sequence(oid(attributeOids[label]), text));
    }),
  );
}

export type Extension = { id: string; critical?: boolean; value: Uint8Array };

export const extension = {
  keyUsage: (octet: number): Extension => ({
    id: '2.5.29.15',
    critical: true,
    value: der(0x03, Buffer.of(1, octet)),
  }),
  basicConstraints: (authority: boolean): Extension => ({
    id: '2.5.29.19',
    critical: true,
    value: sequence(...(authority ? [boolean(true), integer(0)] : [])),
  }),
  subjectKeyId: (id: Uint8Array): Extension => ({ id: '2.5.29.14', value: octets(id) }),
  authorityKeyId: (id: Uint8Array): Extension => ({ id: '2.5.29.35', value: sequence(der(0x80, id)) }),
  extendedKeyUsage: (usage: string): Extension => ({
    id: '2.5.29.37',
    critical: true,
    value: sequence(oid(usage)),
  }),
  usagePeriod: (from: Date, to: Date): Extension => ({
    id: '2.5.29.16',
    value: sequence(der(0x80, generalizedTime(from)), der(0x81, generalizedTime(to))),
  }),
  documentTypes: (...types: string[]): Extension => ({
    id: '2.23.136.1.1.6.2',
    value: sequence(integer(0), setOf(...types.map(printable))),
  }),
};

/** Key usage octets: digitalSignature; keyCertSign with cRLSign. */
export const usage = { sign: 0x80, certify: 0x06 };

export function keyIdOf(keyInfo: Uint8Array): Buffer {
  return createHash('sha1').update(keyInfo).digest();
}

export function keyInfoOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

export type CertificatePlan = {
  subject: readonly Attribute[];
  issuer: readonly Attribute[];
  serial: number | Der;
  keyInfo: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  extensions: readonly Extension[];
  algorithm: Algorithm;
  signWith: KeyObject;
  /** Names another algorithm outside than inside. */
  outerAlgorithm?: Algorithm;
};

export function makeCertificate(plan: CertificatePlan): Der {
  const body = sequence(
    context(0, integer(2)),
    typeof plan.serial === 'number' ? integer(plan.serial) : plan.serial,
    algorithmIdentifier(plan.algorithm),
    distinguishedName(plan.issuer),
    sequence(time(plan.notBefore), time(plan.notAfter)),
    distinguishedName(plan.subject),
    plan.keyInfo,
    context(
      3,
      sequence(
        ...plan.extensions.map(({ id, critical, value }) =>
          sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value)),
        ),
      ),
    ),
  );
  const signature = signBytes(plan.signWith, plan.algorithm, body);
  return sequence(body, algorithmIdentifier(plan.outerAlgorithm ?? plan.algorithm), bits(signature));
}

export type RevocationPlan = {
  issuer: readonly Attribute[];
  thisUpdate: Date;
  nextUpdate?: Date;
  serials: readonly number[];
  algorithm: Algorithm;
  signWith: KeyObject;
  extensions?: readonly Extension[];
};

export function makeRevocationList(plan: RevocationPlan): Der {
  const entries = plan.serials.map((serial) => sequence(integer(serial), time(plan.thisUpdate)));
  const extensions = (plan.extensions ?? []).map(({ id, critical, value }) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value)),
  );
  const body = sequence(
    integer(1),
    algorithmIdentifier(plan.algorithm),
    distinguishedName(plan.issuer),
    time(plan.thisUpdate),
    ...(plan.nextUpdate ? [time(plan.nextUpdate)] : []),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    ...(extensions.length > 0 ? [context(0, sequence(...extensions))] : []),
  );
  return sequence(
    body,
    algorithmIdentifier(plan.algorithm),
    bits(signBytes(plan.signWith, plan.algorithm, body)),
  );
}
