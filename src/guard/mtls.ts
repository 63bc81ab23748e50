/**
 * Tokens bound to a client certificate (RFC 8705 §3): worth something only over a connection that proved possession of the
 * certificate's key. TLS proves that; here only the certificate is compared, so it must come from the TLS layer: from the
 * socket, or from a header that the service's own proxy sets and takes off requests that bring it along.
 */
import { createHash, X509Certificate } from 'node:crypto';

/** DER, PEM, PEM with percent escapes (nginx `$ssl_client_escaped_cert`), or the bytes of RFC 9440 between colons. */
export type Certificate = Uint8Array | string;

/** Whether this is the certificate with the thumbprint `x5t#S256` (RFC 8705 §3.1). */
export function isCertificate(certificate: Certificate | undefined, thumbprint: string): boolean {
  const der = certificate === undefined ? undefined : readCertificate(certificate);
  return der !== undefined && createHash('sha256').update(der).digest('base64url') === thumbprint;
}

function readCertificate(certificate: Certificate): Uint8Array | undefined {
  try {
    return new X509Certificate(typeof certificate === 'string' ? readText(certificate) : certificate).raw;
  } catch {
    return undefined;
  }
}

function readText(text: string): Buffer | string {
  const [, base64] = /^:([A-Za-z0-9+/=]+):$/.exec(text.trim()) ?? [];
  if (base64) return Buffer.from(base64, 'base64');
  return text.includes('%') ? decodeURIComponent(text) : text;
}
