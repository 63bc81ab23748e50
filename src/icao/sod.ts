/** EF.SOD, the document security object (Doc 9303-10 §4.6.2): reading it, and verifying signature and chain. */

import { createHash } from 'node:crypto';
import {
  defaultPolicy,
  type HashName,
  type Policy,
  readHashAlgorithm,
  readIdentifier,
} from './algorithms.ts';
import { openElement, readElement } from './ber.ts';
import { type Certificate, fingerprintOf, keyOf } from './certificates.ts';
import { checkChain, type Revocation } from './chain.ts';
import {
  checkSignature,
  findSignerCertificate,
  listAttributes,
  readSignedData,
  type SignedData,
} from './cms.ts';
import { readSecurityObject, type SecurityObject } from './lds.ts';
import { formatName } from './names.ts';
import { type Refused, readingAs, refuse, settle } from './reasons.ts';
import type { Trust } from './trust.ts';

const sodTag = 0x77;
const securityObjectOid = '2.23.136.1.1.1';
// Genuine files have 1.4 to 4 KB; certificates with large keys and policies could double that a few times.
const maximumSodOctets = 64 * 1024;

export type CertificateFacts = {
  subject: string;
  issuer: string;
  serial: string;
  /** SHA-256, hexadecimal. */
  fingerprint: string;
  /** Milliseconds since 1970. */
  notBefore: number;
  notAfter: number;
};

export type SodFacts = {
  /** 0 or 1: version of the LDSSecurityObject. */
  version: number;
  hash: HashName;
  /** Numbers of the data groups the state signed for, ascending. */
  dataGroups: number[];
  signatureAlgorithm: string;
  digest: HashName;
  /** Milliseconds since 1970, if the signer signed a time. */
  signedAt?: number;
  signer: CertificateFacts;
  csca: CertificateFacts;
  country: string;
  /** `not_checked`: no revocation list of this issuer; `stale`: only outdated ones. */
  revocation: Revocation;
  /**
   * SHA-256 of the signed LDSSecurityObject, hexadecimal: names this chip for "seen before" tables. The bytes of
   * the file would not do, since unsigned parts of it can be changed at will.
   */
  identity: string;
};

/** Unwraps EF.SOD; padding or anything else after the TLV is refused. */
function readSod(bytes: Uint8Array): SignedData {
  if (bytes.length > maximumSodOctets) refuse('cms_too_large');
  return readingAs('cms_malformed', () => {
    const file = readElement(bytes);
    if (file.tag !== sodTag) refuse('cms_malformed');
    if (file.end !== bytes.length) refuse('cms_surplus_bytes');
    const content = openElement(file);
    const contentInfo = content.next();
    if (!content.atEnd()) refuse('cms_surplus_bytes');
    return readSignedData(contentInfo, securityObjectOid);
  });
}

export type SodQuestion = {
  sod: Uint8Array;
  trust: Trust;
  /** The moment of judgement. */
  at: Date;
  policy?: Policy;
};

/**
 * Verifies signature and chain of an EF.SOD alone, whatever the country and document type (Doc 9303-11 §5.1
 * steps 1–3). Says nothing about data groups.
 *
 * @returns the facts, or a reason: any of `cms_*`, `signed_*`, `signature_*`, `hash_*`, `key_*`, `curve_*`,
 *   `signer_*`, `csca_*`, `lds_*`, `trust_empty`, `input_unreadable`.
 */
export function verifySod(question: SodQuestion): { verified: true; sod: SodFacts } | Refused {
  return settle(() => ({ verified: true, sod: checkSod(question, () => undefined).facts }));
}

/**
 * The same for use inside the folder: throws `Refusal`. `typeOf` says which document type the chain is judged for;
 * it gets the security object, whose signature has been verified by then.
 */
export function checkSod(
  { sod, trust, at, policy = defaultPolicy }: SodQuestion,
  typeOf: (securityObject: SecurityObject) => string | undefined,
): { facts: SodFacts; securityObject: SecurityObject; signer: Certificate } {
  if (!(sod instanceof Uint8Array) || Number.isNaN(at.getTime())) refuse('input_unreadable');
  const signed = readSod(sod);
  const signer = findSignerCertificate(signed);
  const signature = checkSignature(signed, signer, policy);
  // Only now: nothing of the content is looked at before its signature holds.
  const securityObject = readSecurityObject(signed.content);
  if (!policy.hashes.includes(securityObject.hash)) refuse('hash_refused');
  const { anchor, revocation } = checkChain({
    signer,
    trust,
    at: at.getTime(),
    signedAt: signature.signedAt,
    documentType: typeOf(securityObject),
    purpose: 'document',
    policy,
  });
  const facts: SodFacts = {
    version: securityObject.version,
    hash: securityObject.hash,
    dataGroups: [...securityObject.hashes.keys()].sort((one, other) => one - other),
    ...signature,
    signer: describeCertificate(signer),
    csca: describeCertificate(anchor.certificate),
    country: anchor.country,
    revocation,
    identity: createHash('sha256').update(signed.content).digest('hex'),
  };
  return { facts, securityObject, signer };
}

export function describeCertificate(certificate: Certificate): CertificateFacts {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    serial: certificate.serial,
    fingerprint: fingerprintOf(certificate),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}

export type SodDescription = {
  version: number;
  hash: HashName;
  /** Data group hashes in hexadecimal, in the order signed. */
  dataGroupHashes: { number: number; hash: string }[];
  digest: HashName;
  signatureAlgorithm: string;
  signedAttributes: string[];
  signer: CertificateFacts;
  /** `rsa 2048` or `ec brainpoolP256r1`. */
  signerKey: string;
};

/** Describes an EF.SOD **without verifying anything**: for an operator who asks why a chip was refused. */
export function inspectSod(sod: Uint8Array): { verified: true; description: SodDescription } | Refused {
  return settle(() => {
    const signed = readSod(sod);
    const securityObject = readSecurityObject(signed.content);
    const signer = findSignerCertificate(signed);
    const key = readingAs('signer_malformed', () => keyOf(signer, defaultPolicy));
    const description = readingAs('cms_malformed', () => ({
      version: securityObject.version,
      hash: securityObject.hash,
      dataGroupHashes: [...securityObject.hashes].map(([number, hash]) => ({
        number,
        hash: Buffer.from(hash).toString('hex'),
      })),
      digest: readHashAlgorithm(signed.signer.digestAlgorithm),
      signatureAlgorithm: readIdentifier(signed.signer.signatureAlgorithm).oid,
      signedAttributes: listAttributes(signed.signer),
      signer: describeCertificate(signer),
      signerKey: `${key.type} ${key.type === 'rsa' ? key.bits : key.curve}`,
    }));
    return { verified: true, description };
  });
}
