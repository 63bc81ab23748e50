/**
 * One hop of trust: from the certificate that signed a document or list to a pinned CSCA (Doc 9303-11 §5.1,
 * 9303-12 §5 and §7.1, RFC 5280 §6.1).
 *
 * The travel-document PKI has two levels, so there is no path to build: every anchor of the issuer's name is tried,
 * its signature verified, then its fitness judged. Invariant: no certificate that came with the document ever
 * vouches for another.
 */

import type { Policy } from './algorithms.ts';
import {
  authorityKeyIdOf,
  type Certificate,
  documentTypesOf,
  extendedKeyUsagesOf,
  extensionOids,
  hasKeyUsage,
  isAuthority,
  isCertifiedBy,
  keyUsageBits,
  subjectKeyIdOf,
  usagePeriodOf,
} from './certificates.ts';
import { countryOf } from './names.ts';
import { type Reason, Refusal, readingAs, refuse } from './reasons.ts';
import { dayLength } from './times.ts';
import type { Trust, TrustAnchor } from './trust.ts';

export type Revocation = 'good' | 'stale' | 'not_checked';

export type ChainQuestion = {
  signer: Certificate;
  trust: Trust;
  /** The moment of judgement, milliseconds since 1970. */
  at: number;
  /** Signed signing time, if there was one. */
  signedAt: number | undefined;
  /** MRZ document code without fillers; `undefined` judges the chain for any type. */
  documentType?: string | undefined;
  purpose: 'document' | 'master_list';
  policy: Policy;
};

const masterListSigning = '2.23.136.1.1.3';
// Signing times are written by clocks, and now and then in local time.
const clockSlack = dayLength;
// A country has a handful of CSCAs under one name; each try costs a signature verification.
const maximumCandidates = 24;

const understoodExtensions = new Set<string>([
  ...Object.values(extensionOids),
  '2.5.29.17', // subject alternative name
  '2.5.29.18', // issuer alternative name
  '2.5.29.31', // CRL distribution points
  '2.5.29.32', // certificate policies
  '2.23.136.1.1.6.1', // name change
]);

/** Judges the signer's certificate and finds the anchor that issued it; refuses with the reason. */
export function checkChain(question: ChainQuestion): { anchor: TrustAnchor; revocation: Revocation } {
  if (question.trust.anchors.length === 0) refuse('trust_empty');
  readingAs('signer_malformed', () => {
    checkProfile(question);
    checkTimes(question);
  });
  const anchor = findAnchor(question);
  return { anchor, revocation: checkRevocation(question, anchor) };
}

/** Doc 9303-12 §7.1: what a document signer or master list signer certificate looks like. */
function checkProfile({ signer, purpose, documentType }: ChainQuestion): void {
  for (const [oid, { critical }] of signer.extensions) {
    // RFC 5280 §4.2: a critical extension that is not understood ends the matter.
    if (critical && !understoodExtensions.has(oid)) refuse('signer_extension_unknown');
  }
  if (isAuthority(signer)) refuse('signer_not_allowed');
  if (hasKeyUsage(signer, keyUsageBits.digitalSignature) !== true) refuse('signer_not_allowed');
  const usages = extendedKeyUsagesOf(signer);
  // A document signer has no extended key usage; one for TLS, mail or lists is somebody else's certificate.
  if (purpose === 'document' && usages !== undefined) refuse('signer_not_allowed');
  if (purpose === 'master_list' && !usages?.includes(masterListSigning)) refuse('signer_not_allowed');
  const types = documentTypesOf(signer);
  if (types && documentType !== undefined && !matchesType(types, documentType))
    refuse('signer_document_type');
}

/** `ID` matches `ID`, `I` matches any code that begins with it, `*` matches all. */
function matchesType(types: readonly string[], documentType: string): boolean {
  return types.some(
    (type) => type === '*' || type === documentType || (type.length === 1 && documentType.startsWith(type)),
  );
}

/** Valid now (shell model, RFC 5280 §6.1.3 (a)(2)), and when it signed (Doc 9303-12 §7.1.1 private key usage). */
function checkTimes({ signer, at, signedAt }: ChainQuestion): void {
  if (at < signer.notBefore) refuse('signer_not_yet_valid');
  if (at > signer.notAfter) refuse('signer_expired');
  if (signedAt === undefined) return;
  const { from = signer.notBefore, to = signer.notAfter } = usagePeriodOf(signer);
  const earliest = Math.max(from, signer.notBefore) - clockSlack;
  const latest = Math.min(to, signer.notAfter, at) + clockSlack;
  if (signedAt < earliest || signedAt > latest) refuse('signing_time_outside_signer');
}

// Of several anchors that do not fit, the one that came furthest says why.
const ranks: Partial<Record<Reason, number>> = { csca_unknown: 0, signer_signature_invalid: 1 };

function findAnchor(question: ChainQuestion): TrustAnchor {
  const { signer, trust } = question;
  const keyId = readingAs('signer_malformed', () => authorityKeyIdOf(signer));
  const candidates = (trust.bySubject.get(signer.issuer.canonical) ?? [])
    .map((anchor) => ({ anchor, mismatch: keyId === undefined || keyId === keyIdOf(anchor) ? 0 : 1 }))
    // The key identifier is a hint for the order (RFC 5280 §4.2.1.1); the signature decides.
    .sort((one, other) => one.mismatch - other.mismatch)
    .slice(0, maximumCandidates);
  let reason: Reason = 'csca_unknown';
  for (const { anchor } of candidates) {
    const objection = findObjection(question, anchor);
    if (!objection) return anchor;
    if ((ranks[objection] ?? 2) > (ranks[reason] ?? 2)) reason = objection;
  }
  return refuse(reason);
}

function keyIdOf(anchor: TrustAnchor): string | undefined {
  try {
    return subjectKeyIdOf(anchor.certificate);
  } catch {
    return undefined;
  }
}

function findObjection(question: ChainQuestion, anchor: TrustAnchor): Reason | undefined {
  try {
    readingAs('certificate_malformed', () => checkAnchor(question, anchor));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

function checkAnchor({ signer, at, documentType, policy }: ChainQuestion, anchor: TrustAnchor): void {
  const { certificate } = anchor;
  if (!isCertifiedBy(signer, certificate, policy)) refuse('signer_signature_invalid');
  // Doc 9303-12 §7.1.1: signer and CSCA name the same country.
  if (countryOf(signer.subject) !== anchor.country) refuse('signer_country_mismatch');
  // Doc 9303-12 §7.1.1.4. Genuine CSCAs leave basicConstraints empty (LU, TR) or key usage out (CN): pinned as they
  // are, one of the two must still say authority, and key usage, where present, must not deny it.
  const signs = hasKeyUsage(certificate, keyUsageBits.keyCertSign);
  if (signs === false || (signs === undefined && !isAuthority(certificate))) refuse('csca_not_a_ca');
  if (at < certificate.notBefore) refuse('csca_not_yet_valid');
  if (at > certificate.notAfter) refuse('csca_expired');
  const { from = certificate.notBefore, to = certificate.notAfter } = usagePeriodOf(certificate);
  const { notBefore } = signer;
  if (notBefore < from - clockSlack || notBefore > Math.min(to, certificate.notAfter) + clockSlack) {
    refuse('csca_usage_period');
  }
  if (documentType !== undefined && !matchesType(anchor.documentTypes, documentType)) {
    refuse('csca_not_for_document_type');
  }
}

/** Doc 9303-12 §7.2, RFC 5280 §6.3: a listed serial is revoked for ever; an old list only clears with a warning. */
function checkRevocation({ signer, trust, at }: ChainQuestion, anchor: TrustAnchor): Revocation {
  const { certificate } = anchor;
  let revocation: Revocation = 'not_checked';
  for (const list of trust.revocationLists) {
    const issuer = list.issuer.canonical;
    if (issuer === certificate.issuer.canonical && list.revoked.has(certificate.serial))
      refuse('csca_revoked');
    if (issuer !== signer.issuer.canonical) continue;
    if (list.revoked.has(signer.serial)) refuse('signer_revoked');
    if (list.thisUpdate <= at && at <= list.nextUpdate) revocation = 'good';
    else if (revocation === 'not_checked') revocation = 'stale';
  }
  return revocation;
}
