/** The guard where services have it: around routes over real HTTP, and tokens bound to a client's certificate. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import {
  createGuard,
  forExpress,
  forFastify,
  forFetch,
  forKoa,
  type Guard,
  type GuardError,
  type GuardOptions,
  parseChallenge,
  principalOf,
} from '../../src/guard/index.ts';
import { csca, signer } from '../icao/tampering.ts';
import { KeyHolder, NOW, RESOURCE, seconds, TinyProvider } from './tokens.ts';

let provider: TinyProvider;
let server: Server | undefined;
beforeAll(async () => {
  provider = await TinyProvider.start();
});
afterAll(() => provider.stop());
afterEach(() => {
  provider.keysGone = false;
  server?.closeAllConnections();
  server?.close();
});

const guardWith = (options: Partial<GuardOptions> = {}) =>
  createGuard({ issuer: provider.issuer, resource: RESOURCE, fetch, clock: () => NOW, ...options });

async function serve(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((settle) => server?.listen(0, '127.0.0.1', settle));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const filing = { scope: 'hoso.nop', maxAge: 900 };

/** One and the same service, four ways; each answers with the citizen who filed. */
const services: [string, (guard: Guard) => Promise<string>][] = [
  [
    'Koa',
    (guard) => {
      const app = new Koa();
      app.silent = true;
      app.use(forKoa(guard).requireLevel('level2', filing) as Koa.Middleware);
      app.use((ctx) => {
        ctx.body = { filedBy: principalOf(ctx).sub };
      });
      return serve(app.callback());
    },
  ],
  [
    // The package is not here: node:http under the few members of its request and response that are used.
    'the shape of Express',
    (guard) =>
      serve((request, response) => {
        const res = {
          locals: {},
          status: (code: number) => {
            response.statusCode = code;
            return res;
          },
          set: (name: string, value: string) => response.setHeader(name, value),
          json: (body: unknown) => response.end(JSON.stringify(body)),
        };
        const { headers, method = '', url: originalUrl = '' } = request;
        const get = () => headers.host;
        const middleware = forExpress(guard).requireLevel('level2', filing);
        middleware({ headers, method, protocol: 'http', originalUrl, get }, res, (error) => {
          if (error) res.status((error as GuardError).status).json({});
          else res.json({ filedBy: principalOf(res.locals).sub });
        });
      }),
  ],
  [
    'the shape of Fastify',
    (guard) =>
      serve(async (request, response) => {
        const reply = {
          code: (status: number) => {
            response.statusCode = status;
            return reply;
          },
          header: (name: string, value: string) => {
            response.setHeader(name, value);
            return reply;
          },
          send: (body: unknown) => {
            response.end(JSON.stringify(body));
            return reply;
          },
        };
        const { headers, method = '', url: originalUrl = '' } = request;
        const asked = { headers, method, protocol: 'http', host: headers.host ?? '', originalUrl };
        try {
          const answered = await forFastify(guard).requireLevel('level2', filing)(asked, reply);
          if (answered === undefined) reply.send({ filedBy: principalOf(asked).sub });
        } catch (error) {
          reply.code((error as GuardError).status).send({});
        }
      }),
  ],
  [
    'fetch',
    (guard) => {
      const handle = forFetch(guard).requireLevel(
        'level2',
        filing,
      )((_request, citizen) => Response.json({ filedBy: citizen.sub }));
      return serve(async (request, response) => {
        const headers = Object.entries(request.headers) as [string, string][];
        const { method = '' } = request;
        const answer = await handle(
          new Request(`http://${request.headers.host}${request.url}`, { method, headers }),
        );
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      });
    },
  ],
];

describe.each(services)('behind %s', (_name, start) => {
  it('a level2 token files, and less is sent to step up (RFC 9470 §3)', async () => {
    const url = await start(guardWith());
    const ask = async (token: string | undefined) =>
      fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
    const filed = await ask(await provider.accessToken());
    expect([filed.status, await filed.json()]).toEqual([200, { filedBy: 'a-citizen' }]);

    const low = await ask(await provider.accessToken({ acr: 'level1', scope: 'hoso.xem' }));
    expect([low.status, await low.json()]).toEqual([401, { error: 'insufficient_user_authentication' }]);
    expect(low.headers.get('cache-control')).toBe('no-store');
    expect(parseChallenge(low.headers.get('www-authenticate'))).toMatchObject({
      error: 'insufficient_user_authentication',
      acrValues: ['level2'],
      maxAge: 900,
      scope: ['hoso.nop'],
    });
    const old = await ask(await provider.accessToken({ auth_time: seconds - 901 }));
    expect(old.status).toBe(401);
    const nobody = await ask(undefined);
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await ask(await provider.accessToken({ scope: 'hoso.xem' }))).status).toBe(403);
  });

  it('a bound token is held against the method and address that were called', async () => {
    const url = await start(guardWith());
    const holder = await KeyHolder.make();
    const token = await provider.accessToken({ cnf: { jkt: holder.jkt } });
    const ask = async (proven: string, called: string) => {
      const dpop = await holder.prove({ method: 'POST', url: proven, token });
      return (await fetch(called, { method: 'POST', headers: { authorization: `DPoP ${token}`, dpop } }))
        .status;
    };
    expect(await ask(`${url}/dossiers`, `${url}/dossiers?page=2`)).toBe(200);
    expect(await ask(`${url}/reports`, `${url}/dossiers`)).toBe(401);
  });

  it('nobody is let through while the provider cannot be asked', async () => {
    const url = await start(guardWith());
    provider.keysGone = true;
    const { status } = await fetch(url, {
      headers: { authorization: `Bearer ${await provider.accessToken()}` },
    });
    expect(status).toBe(503);
  });
});

describe('a token bound to a certificate (RFC 8705 §3)', async () => {
  const { createHash, X509Certificate } = await import('node:crypto');
  const own = new X509Certificate(csca.certificate);
  const other = new X509Certificate(signer.certificate);
  const x5t = createHash('sha256').update(own.raw).digest('base64url');
  const header = (value: string) => ({ 'client-cert': value });
  const ask = async (
    more: object,
    options: Partial<GuardOptions> = {},
    cnf: object = { 'x5t#S256': x5t },
  ) => {
    const token = await provider.accessToken({ cnf });
    const { headers = {}, ...rest } = more as { headers?: object };
    const request = { ...rest, headers: { authorization: `Bearer ${token}`, ...headers } };
    return (await guardWith(options).authenticate(request))?.active;
  };
  const proxied = { certificateHeader: 'Client-Cert' };

  test.each<[string, object, Partial<GuardOptions>, boolean]>([
    ['DER of the socket', { certificate: own.raw }, {}, true],
    ['PEM', { certificate: own.toString() }, {}, true],
    ['RFC 9440 of the proxy', { headers: header(`:${own.raw.toString('base64')}:`) }, proxied, true],
    ['escaped PEM of the proxy', { headers: header(encodeURIComponent(own.toString())) }, proxied, true],
    ['another certificate', { certificate: other.raw }, {}, false],
    ['another of the proxy', { headers: header(`:${other.raw.toString('base64')}:`) }, proxied, false],
    ['no certificate', {}, {}, false],
    ['none of the proxy', {}, proxied, false],
    ['what is none', { certificate: 'x' }, {}, false],
    ['broken escapes', { headers: header('%') }, proxied, false],
    // A header counts only where the service says that its proxy writes it.
    ['a header that anybody may send', { headers: header(`:${own.raw.toString('base64')}:`) }, {}, false],
    ['a socket behind a proxy', { certificate: own.raw }, proxied, false],
  ])('with %s', async (_name, more, options, active) => {
    expect(await ask(more, options)).toBe(active);
  });

  it('is nothing when it is bound to a key besides, and never a DPoP token', async () => {
    expect(await ask({ certificate: own.raw }, {}, { 'x5t#S256': x5t, jkt: 'x' })).toBe(false);
    const token = await provider.accessToken({ cnf: { 'x5t#S256': x5t } });
    const asked = { headers: { authorization: `DPoP ${token}` }, certificate: own.raw };
    expect(await guardWith().authenticate(asked)).toEqual({ active: false });
  });
});
