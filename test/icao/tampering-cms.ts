/** Tamperings with EF.SOD as a CMS structure: encoding, attributes, signature, algorithms, keys. */

import { createHash } from 'node:crypto';
import { defaultPolicy } from '../../src/icao/algorithms.ts';
import type { ChipQuestion } from '../../src/icao/passive-authentication.ts';
import { verifySod } from '../../src/icao/sod.ts';
import { citizen, makeCard, makeSigner, planCms } from '../support/card-factory.ts';
import {
  type Algorithm,
  algorithmIdentifier,
  extension,
  hashIdentifier,
  keyInfoOf,
  signBytes,
  testKey,
} from '../support/card-factory-certificates.ts';
import {
  bits,
  context,
  der,
  indefinite,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  setOf,
} from '../support/card-factory-der.ts';
import {
  attribute,
  hashFiles,
  makeSecurityObject,
  makeSignedData,
  makeSignedDataParts,
} from '../support/card-factory-files.ts';
import {
  type Case,
  csca,
  ecSigner,
  flip,
  signer,
  trust,
  verifyCard,
  withCard,
  withSigner,
} from './tampering.ts';

const ldsType = '2.23.136.1.1.1';
const right = makeCard(signer);
const content = Buffer.from('the content');
const digestOf = (bytes: Uint8Array) => attribute.messageDigest(createHash('sha256').update(bytes).digest());

const withSod = (reason: Case['reason'], name: string, sod: () => Uint8Array): Case => ({
  reason,
  name,
  run: () => verifyCard({ ...right, sod: Buffer.from(sod()) }),
});

function nest(levels: number): Buffer {
  let inner: Buffer = nothing;
  for (let level = 0; level < levels; level += 1) inner = indefinite(0x30, inner);
  return inner;
}

const encoding: Case[] = [
  {
    reason: 'input_unreadable',
    name: 'no bytes at all',
    run: () => verifyCard(right, { sod: undefined } as unknown as Partial<ChipQuestion>),
  },
  {
    reason: 'input_unreadable',
    name: 'no moment to judge at',
    run: () => verifyCard(right, { at: new Date('never') }),
  },
  {
    reason: 'input_unreadable',
    name: 'no moment to judge at, for the SOD alone',
    run: () => verifySod({ sod: right.sod, trust, at: new Date('never') }),
  },
  withSod('cms_too_large', 'a file larger than any SOD', () => Buffer.alloc(65 * 1024, 0x77)),
  withSod('cms_malformed', 'an empty file', () => Buffer.alloc(0)),
  withSod('cms_malformed', 'a truncated file', () => right.sod.subarray(0, 900)),
  withSod('cms_malformed', 'no tag 77 around the CMS', () => right.sod.subarray(4)),
  withSod('cms_malformed', 'nesting beyond every limit', () => der(0x77, nest(2000))),
  withSod('cms_malformed', 'a length that claims gigabytes', () => Buffer.from('7784ffffffff30', 'hex')),
  withSod('cms_surplus_bytes', 'the padding of the elementary file', () =>
    Buffer.concat([right.sod, Buffer.alloc(16)]),
  ),
  withCard('cms_surplus_bytes', 'a second structure inside tag 77', {
    wrap: (cms) => der(0x77, cms, nothing),
  }),
  withCard('cms_content_type', 'content of the type data', { cms: { contentType: '1.2.840.113549.1.7.1' } }),
  withCard('cms_content_type', 'a master list for a SOD', { cms: { contentType: '2.23.136.1.1.2' } }),
  withSod('cms_content_type', 'enveloped instead of signed', () =>
    der(0x77, sequence(oid('1.2.840.113549.1.7.3'), context(0, sequence(integer(0))))),
  ),
];

const signers: Case[] = [
  withCard('cms_signer_count', 'nobody signed', { cms: { signers: () => [] } }),
  withCard('cms_signer_count', 'two signers, one to verify and one to believe', {
    cms: { signers: (one) => [one, one] },
  }),
  withCard('signer_missing', 'no certificate', { cms: { certificates: [] } }),
  withCard('signer_missing', 'another key identifier', { cms: { sid: { keyId: Buffer.alloc(20, 1) } } }),
  withCard('signer_missing', 'another serial number', {
    cms: { sid: { issuer: csca.plan.subject, serial: integer(7) } },
  }),
  withCard('signer_missing', 'a foreign issuer among two certificates', {
    cms: {
      certificates: [signer.certificate, ecSigner.certificate],
      sid: { issuer: [['CN', 'Somebody']], serial: integer(0x2001) },
    },
  }),
  withCard('signer_malformed', 'a certificate that is none', { cms: { certificates: [sequence(nothing)] } }),
  withCard('signer_malformed', 'a certificate with two signature algorithms', {
    cms: {
      certificates: [
        makeSigner(csca, { plan: { outerAlgorithm: { scheme: 'ecdsa', hash: 'sha256' } } }).certificate,
      ],
    },
  }),
];

const attributes: Case[] = [
  withCard('signed_attributes_missing', 'the signature over the bare content', { cms: { attributes: [] } }),
  withCard('signed_attributes_invalid', 'no message digest', {
    cms: { attributes: [attribute.contentType(ldsType)] },
  }),
  withCard('signed_attributes_invalid', 'no content type', {
    content,
    cms: { attributes: [digestOf(content)] },
  }),
  withCard('signed_attributes_invalid', 'another content type in the attributes', {
    cms: { attributes: [attribute.contentType('1.2.840.113549.1.7.1'), digestOf(content)] },
  }),
  withCard('signed_attributes_invalid', 'two message digests', {
    cms: { attributes: [attribute.contentType(ldsType), digestOf(content), digestOf(Buffer.alloc(1))] },
  }),
  withCard('signed_attributes_invalid', 'two values of the message digest', {
    cms: {
      attributes: [
        attribute.contentType(ldsType),
        sequence(oid('1.2.840.113549.1.9.4'), setOf(octets(Buffer.alloc(32)), octets(Buffer.alloc(32, 1)))),
      ],
    },
  }),
  withCard('message_digest_mismatch', 'a digest of something else', {
    cms: { attributes: [attribute.contentType(ldsType), digestOf(Buffer.from('another'))] },
  }),
];

/** Signs with a right SOD's plan, then replaces the content. */
function swapContent(): Buffer {
  const other = makeCard(signer, { person: { ...citizen, personalNumber: '072090000999' } });
  const own = right.sod.toString('hex');
  const hash = (files: typeof right) =>
    createHash('sha256')
      .update(files.dataGroups.get(1) ?? Buffer.alloc(0))
      .digest('hex');
  return Buffer.from(own.replace(hash(right), hash(other)), 'hex');
}

/** The attributes signed under their own tag [0] instead of as SET OF. */
function signUnderContextTag(): Buffer {
  const content = makeSecurityObject(hashFiles(right.dataGroups, 'sha256'), 'sha256');
  const plan = planCms(signer, content);
  const written = [attribute.contentType(ldsType), digestOf(content)].sort(Buffer.compare);
  const { head, tail } = makeSignedDataParts({ ...plan, attributes: written });
  const [certificates] = tail;
  const info = sequence(
    integer(3),
    der(
      0x80,
      signer.plan.extensions.find(({ id }) => id === '2.5.29.14')?.value.subarray(2) ?? Buffer.alloc(0),
    ),
    sequence(oid('2.16.840.1.101.3.4.2.1')),
    context(0, ...written),
    sequence(oid('1.2.840.113549.1.1.11'), nothing),
    octets(signBytes(signer.keys.privateKey, { scheme: 'rsa', hash: 'sha256' }, context(0, ...written))),
  );
  const encapsulated = sequence(oid(ldsType), context(0, octets(content)));
  const body = sequence(...head, encapsulated, certificates ?? nothing, der(0x31, info));
  return der(0x77, sequence(oid('1.2.840.113549.1.7.2'), context(0, body)));
}

const signature: Case[] = [
  withSod('message_digest_mismatch', 'the hash of another DG1 put in afterwards', swapContent),
  withSod('signature_invalid', 'a flipped bit of the signature', () => flip(right.sod, -1)),
  withCard('signature_invalid', 'signed by another key than the certificate holds', {
    cms: { signWith: testKey('rsa 2048', 'thief').privateKey },
  }),
  withCard('signature_invalid', 'a salt length other than the one used', {
    wrap: (cms) =>
      der(0x77, Buffer.from(cms.toString('hex').replace(/a203020120(?!.*a203020120)/, 'a203020114'), 'hex')),
  }),
  withSod('signature_invalid', 'attributes signed under the tag [0]', signUnderContextTag),
  withSod('lds_malformed', 'content that is no security object', () =>
    der(0x77, makeSignedData(planCms(signer, content))),
  ),
];

const foreignCurve = () => keyInfoOf(testKey('ec secp256k1').publicKey);

/** CurveBall (CVE-2020-0601): P-256 written out, with another generator. */
export function withForeignGenerator(): Buffer {
  const info = keyInfoOf(testKey('ec prime256v1 explicit').publicKey).toString('hex');
  const point = keyInfoOf(testKey('ec prime256v1', 'generator').publicKey).subarray(-65).toString('hex');
  const generator = '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296';
  const at = info.indexOf(generator);
  if (at < 0) throw new Error('no generator to replace');
  return Buffer.from(info.slice(0, at) + point + info.slice(at + 130), 'hex');
}

/** An RSA key info with chosen numbers: nobody can sign with it. */
export function rsaKeyInfo(modulus: Uint8Array, exponent: number): Buffer {
  const key = sequence(integer(modulus), integer(exponent));
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(key));
}

const odd = (octetCount: number) => Buffer.alloc(octetCount, 0xff);
const keyId = extension.subjectKeyId(Buffer.alloc(20, 9));
const withKey = (reason: Case['reason'], name: string, keyInfo: () => Uint8Array) => ({
  reason,
  name,
  run: () => {
    const odder = makeSigner(csca, { plan: { keyInfo: keyInfo() }, extensions: [keyId] });
    return verifyCard(makeCard(odder));
  },
});

const algorithms: Case[] = [
  withSigner('hash_refused', 'SHA-1 signature', { algorithm: { scheme: 'rsa', hash: 'sha1' } }),
  withSigner('hash_refused', 'SHA-224 signature', { algorithm: { scheme: 'rsa', hash: 'sha224' } }),
  withSigner('hash_refused', 'MD5 signature', { algorithm: { scheme: 'rsa', hash: 'md5' } }),
  withCard('hash_refused', 'SHA-1 hashes of the data groups', { ldsHash: 'sha1' }),
  withSigner('hash_refused', 'a signer certified with SHA-1', {
    plan: { algorithm: { scheme: 'ecdsa', hash: 'sha1' } },
  }),
  withCard('signature_algorithm_mismatch', 'attributes hashed otherwise than signed', {
    cms: { digest: 'sha512' },
  }),
  withSigner('signature_algorithm_mismatch', 'RSA-PSS with another hash for its mask', {
    algorithm: { scheme: 'pss', hash: 'sha256', maskHash: 'sha384' },
  }),
  {
    reason: 'signature_algorithm_mismatch',
    name: 'an RSA signature said to be ECDSA',
    run: () => verifyCard(makeCard({ ...signer, keys: ecSigner.keys, algorithm: ecSigner.algorithm })),
  },
  withCard('signature_algorithm_refused', 'DSA', {
    wrap: (cms) => der(0x77, replaceLast(cms, oid('1.2.840.113549.1.1.10'), oid('2.16.840.1.101.3.4.3.2'))),
  }),
  withCard('signature_algorithm_refused', 'an encryption scheme', {
    wrap: (cms) => der(0x77, replaceLast(cms, oid('1.2.840.113549.1.1.10'), oid('1.2.840.113549.1.1.7'))),
  }),
  withCard('hash_refused', 'a hash nobody knows', {
    wrap: (cms) => der(0x77, replaceLast(cms, oid('2.16.840.1.101.3.4.2.1'), oid('2.16.840.1.101.3.4.2.9'))),
  }),
  withCard('signature_algorithm_refused', 'RSA-PSS without parameters', {
    wrap: (cms) => der(0x77, replaceAlgorithm(cms, sequence(oid('1.2.840.113549.1.1.10')))),
  }),
  withCard('signature_algorithm_refused', 'RSA-PSS with a trailer of its own', {
    wrap: (cms) => der(0x77, replaceAlgorithm(cms, pssWithTrailer(2))),
  }),
  withCard('signature_algorithm_refused', 'RSA with parameters', {
    wrap: (cms) => der(0x77, replaceAlgorithm(cms, sequence(oid('1.2.840.113549.1.1.11'), integer(1)))),
  }),
  {
    reason: 'signature_algorithm_mismatch',
    name: 'a key for RSA-PSS alone, used for PKCS #1',
    run: () => verifyCard(makeCard(pssOnly({ scheme: 'rsa', hash: 'sha256' }))),
  },
  {
    reason: 'key_refused',
    name: 'a key that was enough under a milder policy',
    run: () => {
      const policy = { ...defaultPolicy, rsaBits: 3072 };
      return verifyCard(right).verified ? verifyCard(right, { policy }) : { verified: true };
    },
  },
  withKey('key_refused', 'an RSA key of 1024 bits', () => keyInfoOf(testKey('rsa 1024').publicKey)),
  withKey('key_refused', 'an RSA key of 16384 bits', () => rsaKeyInfo(odd(2048), 65537)),
  withKey('key_refused', 'RSA with exponent 1', () => rsaKeyInfo(odd(256), 1)),
  withKey('key_refused', 'RSA with an even modulus', () =>
    rsaKeyInfo(Buffer.concat([odd(255), Buffer.of(0xfe)]), 65537),
  ),
  withKey('key_refused', 'a curve of 192 bits', () => keyInfoOf(testKey('ec prime192v1').publicKey)),
  withKey('key_refused', 'a point that is not on its curve', () =>
    flip(keyInfoOf(testKey('ec prime256v1', 'document signer').publicKey), -1),
  ),
  withKey('curve_refused', 'a curve outside the list', foreignCurve),
  withKey('curve_refused', 'CurveBall: explicit parameters with another generator', withForeignGenerator),
];

/** Swaps the last object identifier (the SignerInfo's algorithm) for one of the same length. */
function replaceLast(cms: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = cms.lastIndexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error('nothing to replace');
  return Buffer.concat([cms.subarray(0, at), to, cms.subarray(at + to.length)]);
}

/** Puts another AlgorithmIdentifier into the SignerInfo; whether lengths still fit is the factory's business. */
function replaceAlgorithm(cms: Buffer, identifier: Buffer): Buffer {
  const used = algorithmIdentifier(signer.algorithm);
  const at = cms.lastIndexOf(used);
  const difference = identifier.length - used.length;
  const changed = Buffer.concat([cms.subarray(0, at), identifier, cms.subarray(at + used.length)]);
  // Every structure around it has a length of two octets after 82; each that spans the place is corrected.
  for (let start = 0; start < at; start += 1) {
    const isHeader = [0x30, 0x31, 0xa0].includes(cms.readUInt8(start)) && cms.readUInt8(start + 1) === 0x82;
    if (!isHeader) continue;
    const end = start + 4 + cms.readUInt16BE(start + 2);
    if (end > at && end <= cms.length)
      changed.writeUInt16BE(cms.readUInt16BE(start + 2) + difference, start + 2);
  }
  return changed;
}

function pssWithTrailer(trailer: number): Buffer {
  const hash = hashIdentifier('sha256');
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hash);
  const parameters = sequence(
    context(0, hash),
    context(1, mask),
    context(2, integer(32)),
    context(3, integer(trailer)),
  );
  return sequence(oid('1.2.840.113549.1.1.10'), parameters);
}

/** A signer whose key info says id-RSASSA-PSS (RFC 4055 §1.2). */
export function pssOnly(algorithm: Algorithm) {
  const plain = keyInfoOf(signer.keys.publicKey);
  const key = plain.subarray(plain.indexOf(nothing) + nothing.length);
  const keyInfo = sequence(sequence(oid('1.2.840.113549.1.1.10')), key);
  return makeSigner(csca, { algorithm, plan: { keyInfo } });
}

export const cmsCases: Case[] = [...encoding, ...signers, ...attributes, ...signature, ...algorithms];
