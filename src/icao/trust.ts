/**
 * Whom we believe: CSCA certificates pinned by country and document type, link certificates that an anchor vouches
 * for, and revocation lists (Doc 9303-12 §4.1.1, §5; BSI TR-03135).
 *
 * An anchor is trusted because the operator put it there after comparing its fingerprint, not because it signed
 * itself. A CSCA for passports must not vouch for identity cards, so each anchor carries the document types it may
 * sign for. An empty trust refuses every document. Reads bytes only; finding the files is the caller's.
 */

import { defaultPolicy, type Policy, readSignatureAlgorithm } from './algorithms.ts';
import { type Certificate, fingerprintOf, isCertifiedBy, keyOf, readCertificate } from './certificates.ts';
import { type RevocationList, readRevocationList } from './crls.ts';
import { countryOf } from './names.ts';
import { Refusal, type Refused, readingAs, refuse, settle } from './reasons.ts';
import { isSignedBy } from './signatures.ts';

export type TrustAnchor = {
  certificate: Certificate;
  /** SHA-256, hexadecimal. */
  fingerprint: string;
  /** Two capital letters, from the certificate's subject. */
  country: string;
  /** MRZ document codes (`ID`), first letters (`I`), or `*`. */
  documentTypes: readonly string[];
};

export type Trust = {
  anchors: readonly TrustAnchor[];
  revocationLists: readonly RevocationList[];
  /** Anchors by canonical subject. */
  bySubject: ReadonlyMap<string, readonly TrustAnchor[]>;
};

export type TrustInput = {
  /** DER certificates pinned by the operator, self-signed or link, with the document types they may sign for. */
  anchors: readonly { bytes: Uint8Array; documentTypes: readonly string[] }[];
  /** DER link certificates from anywhere (master list, PKD): taken only if an anchor signed them. */
  links?: readonly Uint8Array[];
  /** DER revocation lists: each must be signed by an anchor. */
  revocationLists?: readonly Uint8Array[];
  policy?: Policy;
};

/**
 * Builds the trust from bytes.
 *
 * @returns the trust, or the first reason against it: `certificate_malformed`, `link_unanchored`, `crl_malformed`,
 *   `crl_signature_invalid`, `signature_algorithm_refused`. All or nothing: an operator who imports a broken file
 *   must hear of it. Keys are judged when they are used, so that an outdated anchor harms only its own documents.
 */
export function readTrust(input: TrustInput): { verified: true; trust: Trust } | Refused {
  return settle(() => {
    const policy = input.policy ?? defaultPolicy;
    const anchors: TrustAnchor[] = [];
    for (const { bytes, documentTypes } of input.anchors)
      addAnchor(anchors, readAnchor(bytes, documentTypes));
    for (const link of input.links ?? []) addAnchor(anchors, adoptLink(link, anchors, policy));
    const revocationLists = (input.revocationLists ?? []).map((bytes) => adoptList(bytes, anchors, policy));
    return { verified: true, trust: indexTrust(anchors, revocationLists) };
  });
}

/** Reads one certificate for pinning. */
export function readAnchor(bytes: Uint8Array, documentTypes: readonly string[]): TrustAnchor {
  const certificate = readingAs('certificate_malformed', () => readCertificate(bytes));
  const country = countryOf(certificate.subject) ?? refuse('certificate_malformed');
  return { certificate, fingerprint: fingerprintOf(certificate), country, documentTypes };
}

export function indexTrust(
  anchors: readonly TrustAnchor[],
  revocationLists: readonly RevocationList[] = [],
): Trust {
  const bySubject = Map.groupBy(anchors, (anchor) => anchor.certificate.subject.canonical);
  return { anchors, revocationLists, bySubject };
}

function addAnchor(anchors: TrustAnchor[], anchor: TrustAnchor): void {
  const known = anchors.find(({ fingerprint }) => fingerprint === anchor.fingerprint);
  if (!known) anchors.push(anchor);
}

/** Doc 9303-12 §4.1.1: a link certificate carries the new key, signed with the old one, in the same country. */
function adoptLink(bytes: Uint8Array, anchors: readonly TrustAnchor[], policy: Policy): TrustAnchor {
  const link = readAnchor(bytes, []);
  const voucher = findVoucher(link.certificate, anchors, policy) ?? refuse('link_unanchored');
  // The new key may sign what the old one might, and no more.
  return { ...link, documentTypes: voucher.documentTypes };
}

/** The anchor that signed this certificate, if one of the same country did. */
export function findVoucher(
  certificate: Certificate,
  anchors: readonly TrustAnchor[],
  policy: Policy,
): TrustAnchor | undefined {
  return anchors.find(
    (anchor) =>
      anchor.country === countryOf(certificate.subject) &&
      anchor.certificate.subject.canonical === certificate.issuer.canonical &&
      isTrue(() => isCertifiedBy(certificate, anchor.certificate, policy)),
  );
}

/** Several anchors share a name; one whose key is of another kind is simply not the one that signed. */
function isTrue(check: () => boolean): boolean {
  try {
    return readingAs('certificate_malformed', check);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function adoptList(bytes: Uint8Array, anchors: readonly TrustAnchor[], policy: Policy): RevocationList {
  const list = readingAs('crl_malformed', () => readRevocationList(bytes));
  const algorithm = readSignatureAlgorithm(list.signatureAlgorithm);
  const signed = anchors
    .filter(({ certificate }) => certificate.subject.canonical === list.issuer.canonical)
    .map(({ certificate }) => certificate)
    .some((certificate) =>
      isTrue(() => isSignedBy(keyOf(certificate, policy), algorithm, list.signed, list.signature, policy)),
    );
  return signed ? list : refuse('crl_signature_invalid');
}
