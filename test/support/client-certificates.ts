/** Certificates of clients, made by hand: for what a proxy would have read off a TLS connection. */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import {
  bits,
  context,
  type Der,
  der,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  time,
  utf8,
} from './card-factory-der.ts';

export type ClientCertificate = {
  pem: string;
  der: Buffer;
  /** SHA-256 of the certificate (RFC 8705 §3.1). */
  thumbprint: string;
  publicKey: KeyObject;
  privateKey: KeyObject;
  name: Der;
};

const attributes: Record<string, string> = { CN: '2.5.4.3', C: '2.5.4.6', O: '2.5.4.10' };
const ecdsa = sequence(oid('1.2.840.10045.4.3.2'));
const DAY_MS = 24 * 3600 * 1000;

/** @param subject in the order of the certificate: `C=VN,O=…,CN=…`. Without an issuer it signs itself. */
export function certificateOf(
  subject: string,
  issuer: ClientCertificate | undefined,
  { dns }: { dns?: string } = {},
): ClientCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    ...subject.split(',').map((part) => {
      const [type = '', value = ''] = part.split('=');
      return setOf(sequence(oid(attributes[type] ?? ''), utf8(value)));
    }),
  );
  const names = dns && sequence(oid('2.5.29.17'), octets(sequence(der(0x82, Buffer.from(dns)))));
  const body = sequence(
    context(0, integer(2)),
    integer(randomBytes(8)),
    ecdsa,
    issuer?.name ?? name,
    sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + 365 * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(names ? [context(3, sequence(names))] : []),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const bytes = sequence(body, ecdsa, bits(signature));
  const pem = new X509Certificate(bytes).toString();
  const thumbprint = createHash('sha256').update(bytes).digest('base64url');
  return { pem, der: bytes, thumbprint, publicKey, privateKey, name };
}
