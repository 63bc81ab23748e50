/**
 * Client certificates (RFC 8705). TLS ends at a proxy in front; it asks for the certificate, proves that the client holds
 * its key, and hands it on in a header. Anybody can write a header, so it is believed only when the connection itself
 * comes from a proxy that the operator named.
 *
 * Accepted forms: RFC 9440 (`:base64:`), PEM that is URL-encoded (nginx `$ssl_client_escaped_cert`), bare base64 of DER.
 */
import { X509Certificate } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import type { Config } from '../config.ts';

/** What is read of a request: Koa's context has it. */
type Request = {
  req: { socket: { remoteAddress?: string | undefined } };
  get: (header: string) => string;
};

export type CertificateReader = {
  /** The certificate the client proved itself with, in PEM; undefined when it showed none. */
  read: (ctx: Request) => string | undefined;
  /** Whether the proxy found that an authority of its list issued it (RFC 8705 §2.1). */
  isAuthorized: (ctx: Request) => boolean;
  /** Whether the certificate names what the client registered (RFC 8705 §2.1.2). */
  names: (ctx: Request, member: string, expected: string) => boolean;
};

export function readCertificates({ mtls }: Pick<Config, 'mtls'>): CertificateReader {
  const isTrusted = trustedBy(mtls?.proxies ?? []);
  const certificate = (ctx: Request) => {
    const text = mtls && isTrusted(ctx) ? ctx.get(mtls.header) : '';
    return text ? parse(text) : undefined;
  };
  return {
    read: (ctx) => certificate(ctx)?.toString(),
    isAuthorized: (ctx) =>
      mtls?.verifiedHeader !== undefined && isTrusted(ctx) && ctx.get(mtls.verifiedHeader) === 'SUCCESS',
    names: (ctx, member, expected) => {
      const shown = certificate(ctx);
      return shown !== undefined && isNamed(shown, member, expected);
    },
  };
}

/** Networks in CIDR notation, as a question about a connection. */
function trustedBy(networks: readonly string[]): (ctx: Request) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return ({ req }) => {
    const address = req.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '');
    return address !== undefined && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  };
}

function parse(text: string): X509Certificate | undefined {
  try {
    const bare = text.startsWith(':') && text.endsWith(':') ? text.slice(1, -1) : text;
    const plain = bare.includes('%') ? decodeURIComponent(bare) : bare;
    return new X509Certificate(plain.includes('-----BEGIN') ? plain : Buffer.from(plain, 'base64'));
  } catch {
    return undefined;
  }
}

function isNamed(certificate: X509Certificate, member: string, expected: string): boolean {
  if (member === 'tls_client_auth_subject_dn') {
    // RFC 4514 writes the last part first; the certificate has it the other way around.
    const shown = certificate.subject.split('\n').map(normalise);
    const wanted = splitName(expected).map(normalise).reverse();
    return shown.length === wanted.length && shown.every((part, index) => part === wanted[index]);
  }
  const label = sanLabels[member];
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return label !== undefined && names.includes(`${label}:${expected}`);
}

const sanLabels: Record<string, string | undefined> = {
  tls_client_auth_san_dns: 'DNS',
  tls_client_auth_san_uri: 'URI',
  tls_client_auth_san_ip: 'IP Address',
  tls_client_auth_san_email: 'email',
};

/** At commas that are not escaped. */
function splitName(name: string): string[] {
  return name.split(/(?<!\\),\s*/);
}

/** `cn = X` and `CN=X` are one; a backslash that only escapes goes. */
function normalise(part: string): string {
  const at = part.indexOf('=');
  const value = part.slice(at + 1).replace(/\\([,+"\\<>;=# ])/g, '$1');
  return `${part.slice(0, at).trim().toUpperCase()}=${value.trim()}`;
}
