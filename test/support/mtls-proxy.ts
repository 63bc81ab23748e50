/** A proxy as operators have it in front: it ends TLS, asks for a certificate, and says in headers what it saw. */
import { request as forward, type IncomingHttpHeaders } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateOf } from './client-certificates.ts';

export type Shown = { cert: string; key: string };
export type Heard = { status: number; headers: IncomingHttpHeaders; body: Record<string, string> };
export type MtlsProxy = {
  origin: string;
  env: Record<string, string>;
  /** Where it passes requests on to. */
  target: (origin: string) => void;
  /** A request of a client that shows this certificate, or none. */
  ask: (path: string, options: Ask) => Promise<Heard>;
  close: () => Promise<void>;
};
type Ask = { form?: Record<string, string>; shown?: Shown | undefined; headers?: Record<string, string> };

/** @param ca the authorities whose certificates it verifies, in PEM. */
export async function startMtlsProxy(ca: string): Promise<MtlsProxy> {
  let to = '';
  const own = certificateOf('CN=localhost', undefined);
  const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const tls = { key, cert: own.pem, ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, (incoming, outgoing) => {
    const socket = incoming.socket as TLSSocket;
    const { 'client-cert': _cert, 'x-client-verify': _verify, ...headers } = incoming.headers;
    const der = socket.getPeerCertificate().raw;
    const seen = der ? { 'client-cert': `:${der.toString('base64')}:` } : {};
    const passed = forward(
      `${to}${incoming.url}`,
      {
        method: incoming.method,
        headers: {
          ...headers,
          ...seen,
          'x-client-verify': socket.authorized ? 'SUCCESS' : 'FAILED',
          'x-forwarded-proto': 'https',
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    env: {
      TNID_MTLS_HEADER: 'Client-Cert',
      TNID_MTLS_VERIFIED_HEADER: 'X-Client-Verify',
      TNID_TRUSTED_PROXIES: '127.0.0.1/32',
      TNID_MTLS_ORIGIN: origin,
      TNID_TRUST_PROXY: '1',
    },
    target: (next) => {
      to = next;
    },
    ask: (path, options) => ask(`${origin}${path}`, options),
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

function ask(url: string, { form, shown, headers = {} }: Ask): Promise<Heard> {
  const sent = form && new URLSearchParams(form).toString();
  const type = sent === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const method = sent === undefined ? 'GET' : 'POST';
  const options = { ...shown, method, headers: { ...headers, ...type }, agent: false };
  return new Promise((settle, refuse) => {
    const call = request(url, { ...options, rejectUnauthorized: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const body = text.startsWith('{') ? JSON.parse(text) : {};
        settle({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    call.on('error', refuse).end(sent);
  });
}
