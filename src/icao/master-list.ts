/**
 * CSCA master lists (Doc 9303-12 §9): many countries' CSCA certificates under one signature.
 *
 * A list is believed because of its own anchor, a CSCA certificate got out of band; what it contains is then only
 * a set of candidates. Which of them vouch for what, the operator decides by pinning.
 */

import { defaultPolicy, type Policy } from './algorithms.ts';
import { childrenOf, openElement, rawOf, readElement, readWhole, tags } from './ber.ts';
import { readSmallInteger } from './ber-values.ts';
import { type Certificate, readCertificate } from './certificates.ts';
import { checkChain } from './chain.ts';
import { checkSignature, findSignerCertificate, readOrSkip, readSignedData, type SignedData } from './cms.ts';
import { countryOf } from './names.ts';
import { type Refused, readingAs, refuse, settle } from './reasons.ts';
import { type CertificateFacts, describeCertificate } from './sod.ts';
import { findVoucher, indexTrust, readAnchor, type TrustAnchor } from './trust.ts';
import { decodePem } from './trust-files.ts';

export type MasterList = {
  certificates: Certificate[];
  /** Number of certificates by country, two letters, alphabetical; `??` for those that name none. */
  countries: Record<string, number>;
  signer: CertificateFacts;
  anchor: CertificateFacts;
  /** Milliseconds since 1970, if the signer signed a time. */
  signedAt?: number;
};

const masterListOid = '2.23.136.1.1.2';
const maximumListOctets = 32 * 1024 * 1024;
const maximumCertificates = 20_000;

/**
 * Verifies a master list under its anchor and reads the certificates.
 *
 * @param list CMS SignedData in DER or BER; `anchor` certificate (DER or PEM) of the CSCA that issued the list's signer;
 *   `at` the moment of judgement.
 * @returns the list, or `cms_*`, `signer_*`, `csca_*`, `hash_refused`, …, `certificate_malformed` (the anchor),
 *   `master_list_malformed` (the content).
 */
export function verifyMasterList(question: {
  list: Uint8Array;
  anchor: Uint8Array;
  at: Date;
  policy?: Policy;
}): { verified: true; masterList: MasterList } | Refused {
  return settle(() => {
    const { list, at, policy = defaultPolicy } = question;
    if (Number.isNaN(at.getTime())) refuse('input_unreadable');
    if (list.length > maximumListOctets) refuse('cms_too_large');
    const [anchorBytes = question.anchor] = decodePem(question.anchor, 'CERTIFICATE');
    const anchor = readAnchor(anchorBytes, ['*']);
    const signed = readList(list);
    const signer = findSignerCertificate(signed);
    const { signedAt } = checkSignature(signed, signer, policy);
    const trust = indexTrust([anchor, ...findLinks(signed, anchor, policy)]);
    const chain = checkChain({ signer, trust, at: at.getTime(), signedAt, purpose: 'master_list', policy });
    const certificates = readingAs('master_list_malformed', () => readContent(signed.content));
    const masterList: MasterList = {
      certificates,
      countries: countCountries(certificates),
      signer: describeCertificate(signer),
      anchor: describeCertificate(chain.anchor.certificate),
      ...(signedAt !== undefined && { signedAt }),
    };
    return { verified: true, masterList };
  });
}

function readList(bytes: Uint8Array): SignedData {
  const contentInfo = readingAs('cms_malformed', () => readElement(bytes));
  if (contentInfo.end !== bytes.length) refuse('cms_surplus_bytes');
  return readSignedData(contentInfo, masterListOid);
}

/** Doc 9303-12 §9.1: the CMS carries the signer's CSCA too, which after a key change may be a link. */
function findLinks(signed: SignedData, anchor: TrustAnchor, policy: Policy): TrustAnchor[] {
  return signed.certificates.flatMap((element) => {
    const certificate = readOrSkip(element);
    const sameName = certificate?.subject.canonical === anchor.certificate.subject.canonical;
    const linked = certificate && sameName && findVoucher(certificate, [anchor], policy);
    return linked ? [readAnchor(certificate.raw, anchor.documentTypes)] : [];
  });
}

/** CscaMasterList ::= SEQUENCE { version, certList SET OF Certificate } (Doc 9303-12 §9.2). */
function readContent(content: Uint8Array): Certificate[] {
  const fields = openElement(readWhole(content), tags.sequence);
  if (readSmallInteger(fields.next()) !== 0) refuse('master_list_malformed');
  const list = childrenOf(fields.next(tags.set), maximumCertificates);
  fields.close();
  return list.map((element) => readCertificate(rawOf(element)));
}

function countCountries(certificates: readonly Certificate[]): Record<string, number> {
  const groups = Map.groupBy(certificates, (certificate) => countryOf(certificate.subject) ?? '??');
  return Object.fromEntries([...groups].map(([country, { length }]) => [country, length] as const).sort());
}
