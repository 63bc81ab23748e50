/** Client certificates behind a proxy: which header, from whom, under which name. */
import { isIP } from 'node:net';
import { refuseUnsafeUrl } from './config-upstreams.ts';

type Environment = Record<string, string | undefined>;

/** Where client certificates are read from (RFC 8705): TLS ends at a proxy, which hands them on in a header. */
export type MtlsConfig = {
  /** The header with the certificate, in lower case. */
  header: string;
  /** The header that says `SUCCESS` when an authority of the proxy's list issued it; undefined: tls_client_auth is off. */
  verifiedHeader: string | undefined;
  /** Networks in CIDR notation: only connections from these are believed. */
  proxies: string[];
  /** Where the proxy asks for certificates, when that is another name than the issuer's (RFC 8705 §5). */
  origin: string | undefined;
};

export function readMtls(env: Environment, production: boolean, faults: string[]): MtlsConfig | undefined {
  const header = env.TNID_MTLS_HEADER;
  const proxies = env.TNID_TRUSTED_PROXIES?.split(',').map((network) => network.trim()) ?? [];
  const wrong = proxies.filter((network) => !isNetwork(network));
  if (wrong.length > 0)
    faults.push(`TNID_TRUSTED_PROXIES must be networks such as 10.0.0.0/8, not "${wrong.join(', ')}"`);
  if (!header) {
    if (env.TNID_MTLS_VERIFIED_HEADER || env.TNID_MTLS_ORIGIN) faults.push('TNID_MTLS_HEADER is missing');
    return undefined;
  }
  if (proxies.length === 0)
    faults.push('TNID_TRUSTED_PROXIES is missing: whose TNID_MTLS_HEADER is believed, as networks');
  const origin = env.TNID_MTLS_ORIGIN;
  if (origin !== undefined && URL.parse(origin)?.origin !== origin)
    faults.push('TNID_MTLS_ORIGIN must be an origin such as https://mtls.example.gov.vn');
  else if (origin !== undefined && production) refuseUnsafeUrl('TNID_MTLS_ORIGIN', origin, faults);
  return {
    header: header.toLowerCase(),
    verifiedHeader: env.TNID_MTLS_VERIFIED_HEADER?.toLowerCase(),
    proxies: wrong.length > 0 ? [] : proxies,
    origin,
  };
}

function isNetwork(text: string): boolean {
  const [address = '', bits, rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
