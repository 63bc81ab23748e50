/**
 * CMS SignedData with one signer (RFC 5652 §5), as EF.SOD and master lists use it (Doc 9303-10 §4.6.2, 9303-12 §9).
 *
 * Finds the signed content, the certificates and the one SignerInfo, and checks that signer's signature over
 * content and attributes. Whether the signer may sign at all is chain.ts's question. Only the content that the
 * verified SignerInfo covers is ever handed on.
 */

import { createHash } from 'node:crypto';
import { type HashName, type Policy, readHashAlgorithm, readSignatureAlgorithm } from './algorithms.ts';
import { type BerElement, BerError, childrenOf, contentOf, openElement, rawOf, tags } from './ber.ts';
import { encodeAsDer, readOctets, readOid, readSmallInteger, readUnsigned } from './ber-values.ts';
import { type Certificate, keyOf, readCertificate, subjectKeyIdOf } from './certificates.ts';
import { type Name, readName } from './names.ts';
import { Refusal, readingAs, refuse } from './reasons.ts';
import { isSignedBy } from './signatures.ts';
import { readTime } from './times.ts';

export type SignerInfo = {
  /** Who signed: issuer and serial, or subject key identifier (RFC 5652 §5.3 sid). */
  issuer?: Name;
  serial?: string;
  keyId?: string;
  digestAlgorithm: BerElement;
  attributes: BerElement | undefined;
  signatureAlgorithm: BerElement;
  signature: Uint8Array;
};

export type SignedData = {
  contentType: string;
  content: Uint8Array;
  certificates: readonly BerElement[];
  signer: SignerInfo;
};

const signedDataOid = '1.2.840.113549.1.7.2';
const attributeOids = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const;
const maximumCertificates = 64;
const maximumAttributes = 32;

/** Reads a ContentInfo that holds SignedData of the given content type. */
export function readSignedData(contentInfo: BerElement, contentType: string): SignedData {
  return readingAs('cms_malformed', () => {
    const outer = openElement(contentInfo, tags.sequence);
    if (readOid(outer.next()) !== signedDataOid) refuse('cms_content_type');
    const wrapper = openElement(outer.next(), 0xa0);
    const fields = openElement(wrapper.next(), tags.sequence);
    wrapper.close();
    outer.close();
    readSmallInteger(fields.next());
    fields.next(tags.set); // digestAlgorithms: informative, the SignerInfo's own counts
    const encapsulated = openElement(fields.next(), tags.sequence);
    if (readOid(encapsulated.next()) !== contentType) refuse('cms_content_type');
    const content = openElement(encapsulated.next(), 0xa0);
    const octets = readOctets(content.next());
    content.close();
    encapsulated.close();
    const certificateSet = fields.optional(0xa0);
    fields.optional(0xa1);
    const signers = childrenOf(fields.next(tags.set), maximumCertificates);
    fields.close();
    // Doc 9303-10 §4.6.2.2: one SignerInfo. With several, one could be verified and another be meant.
    const [signer] = signers;
    if (!signer || signers.length !== 1) refuse('cms_signer_count');
    // RFC 5652 §10.2.2: other kinds of certificate carry context tags.
    const certificates = (certificateSet ? childrenOf(certificateSet, maximumCertificates) : []).filter(
      ({ tag }) => tag === tags.sequence,
    );
    return { contentType, content: octets, certificates, signer: readSignerInfo(signer) };
  });
}

function readSignerInfo(element: BerElement): SignerInfo {
  const fields = openElement(element, tags.sequence);
  readSmallInteger(fields.next());
  const sid = readSignerIdentifier(fields.next());
  const digestAlgorithm = fields.next();
  const attributes = fields.optional(0xa0);
  const signatureAlgorithm = fields.next();
  const signature = readOctets(fields.next());
  fields.optional(0xa1); // unsignedAttrs: nobody vouches for them
  fields.close();
  return { ...sid, digestAlgorithm, attributes, signatureAlgorithm, signature };
}

function readSignerIdentifier(sid: BerElement): Pick<SignerInfo, 'issuer' | 'serial' | 'keyId'> {
  if (sid.tag === 0x80) return { keyId: Buffer.from(contentOf(sid)).toString('hex') };
  if (sid.tag === 0xa0) return { keyId: Buffer.from(readOctets(openElement(sid).next())).toString('hex') };
  const fields = openElement(sid, tags.sequence);
  const issuer = readName(fields.next());
  return { issuer, serial: Buffer.from(readUnsigned(fields.next())).toString('hex').toUpperCase() };
}

/** The certificate among those carried that the SignerInfo points to. */
export function findSignerCertificate(signed: SignedData): Certificate {
  const { issuer, serial, keyId } = signed.signer;
  if (signed.certificates.length === 0) refuse('signer_missing');
  const certificates = signed.certificates.map(readOrSkip).filter((one) => one !== undefined);
  if (certificates.length === 0) refuse('signer_malformed');
  if (keyId !== undefined) {
    const match = readingAs('signer_malformed', () =>
      certificates.find((one) => subjectKeyIdOf(one) === keyId),
    );
    return match ?? refuse('signer_missing');
  }
  const sameSerial = certificates.filter((certificate) => certificate.serial === serial);
  const exact = sameSerial.find((certificate) => certificate.issuer.canonical === issuer?.canonical);
  // An issuer spelt otherwise is forgiven where only one certificate came along: the signature decides anyway.
  const [only] = certificates.length === 1 ? sameSerial : [];
  return exact ?? only ?? refuse('signer_missing');
}

/** A certificate nobody can read is nobody's; that matters only if it was the signer's. */
export function readOrSkip(element: BerElement): Certificate | undefined {
  try {
    return readCertificate(rawOf(element));
  } catch (error) {
    if (error instanceof BerError || error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Checks the signature of `certificate`'s key over content and attributes (RFC 5652 §5.4, §5.6). */
export function checkSignature(
  signed: SignedData,
  certificate: Certificate,
  policy: Policy,
): { digest: HashName; signatureAlgorithm: string; signedAt?: number } {
  return readingAs('cms_malformed', () => {
    const { signer } = signed;
    const digest = readHashAlgorithm(signer.digestAlgorithm);
    if (!policy.hashes.includes(digest)) refuse('hash_refused');
    const algorithm = readSignatureAlgorithm(signer.signatureAlgorithm, digest);
    // RFC 5652 §5.4 knows one digest; RFC 4056 §3 says the same for RSA-PSS.
    if (algorithm.hash !== digest) refuse('signature_algorithm_mismatch');
    const key = readingAs('signer_malformed', () => keyOf(certificate, policy));
    const { encodings, signedAt } = checkAttributes(signed, digest);
    const valid = encodings.some((bytes) => isSignedBy(key, algorithm, bytes, signer.signature, policy));
    if (!valid) refuse('signature_invalid');
    return { digest, signatureAlgorithm: algorithm.oid, ...(signedAt !== undefined && { signedAt }) };
  });
}

/** RFC 5652 §11: content type and message digest are there once and tell the truth about the content. */
function checkAttributes(signed: SignedData, digest: HashName) {
  const { attributes: element } = signed.signer;
  // RFC 5652 §5.3: signedAttrs are required when the content is not id-data, as here.
  if (!element) return refuse('signed_attributes_missing');
  const values = new Map<string, BerElement[]>();
  for (const attribute of childrenOf(element, maximumAttributes)) {
    const fields = openElement(attribute, tags.sequence);
    const oid = readOid(fields.next());
    if (values.has(oid)) refuse('signed_attributes_invalid');
    values.set(oid, childrenOf(fields.next(tags.set), maximumAttributes));
    fields.close();
  }
  const contentType = readSingle(values.get(attributeOids.contentType));
  const messageDigest = readSingle(values.get(attributeOids.messageDigest));
  if (!contentType || !messageDigest) refuse('signed_attributes_invalid');
  if (readOid(contentType) !== signed.contentType) refuse('signed_attributes_invalid');
  const expected = createHash(digest).update(signed.content).digest();
  if (Buffer.compare(expected, readOctets(messageDigest)) !== 0) refuse('message_digest_mismatch');
  const signingTime = readSingle(values.get(attributeOids.signingTime));
  return { encodings: encodeAttributes(element), signedAt: signingTime && readTime(signingTime) };
}

function readSingle(values: readonly BerElement[] | undefined): BerElement | undefined {
  if (values && values.length !== 1) refuse('signed_attributes_invalid');
  return values?.[0];
}

/**
 * RFC 5652 §5.4: what is signed is the DER of the attributes as SET OF, not as [0]. Some issuers sign them in the
 * order they wrote them; both encodings say the same, so either may verify.
 */
function* encodeAttributes(element: BerElement): Generator<Uint8Array> {
  const written = Buffer.from(rawOf(element));
  written[0] = tags.set;
  if (!element.indefinite) yield written;
  const der = encodeAsDer({ ...element, tag: tags.set });
  if (element.indefinite || Buffer.compare(written, der) !== 0) yield der;
}

/** Names the attributes of a signer, in the order written: for inspection only. */
export function listAttributes(signer: SignerInfo): string[] {
  if (!signer.attributes) return [];
  return childrenOf(signer.attributes, maximumAttributes).map((attribute) => {
    const oid = openElement(attribute, tags.sequence).next();
    if (oid.tag !== tags.oid) throw new BerError('no attribute type');
    return readOid(oid);
  });
}
