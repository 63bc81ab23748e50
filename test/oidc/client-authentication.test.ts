/** How clients prove who they are: keys (RFC 7523, OpenID Connect Core §9), certificates (RFC 8705), secrets. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { certificateOf } from '../support/client-certificates.ts';
import { type KeyPair, makeKeys, registerClients, SECRET } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const machine = { grant_types: ['client_credentials'], redirect_uris: [] };
let product: Product;
let keys: KeyPair;
let rsa: KeyPair;
let keyServer: Server;
let published: unknown[] = [];
let fetched = 0;

const ca = certificateOf('CN=Sandbox authority', undefined);
const leaf = certificateOf('C=VN,O=Tỉnh,CN=app', ca, { dns: 'app.example' });
const selfSigned = certificateOf('CN=own', undefined);

beforeAll(async () => {
  [keys, rsa] = [await makeKeys(), await makeKeys('RS256', 'key-rsa')];
  keyServer = createServer((_request, response) => {
    fetched += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((settle) => keyServer.listen(0, '127.0.0.1', settle));
  const jwks_uri = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`;
  const own = {
    kty: 'EC',
    ...(await exportJWK(selfSigned.publicKey)),
    x5c: [selfSigned.der.toString('base64')],
  };
  product = await startProduct({
    env: {
      TNID_MTLS_HEADER: 'x-client-cert',
      TNID_MTLS_VERIFIED_HEADER: 'x-client-verify',
      TNID_TRUSTED_PROXIES: '127.0.0.1/32,10.0.0.0/8',
    },
    prepare: ({ db }) =>
      registerClients(db, [
        {
          ...machine,
          client_id: 'keys',
          method: 'private_key_jwt',
          metadata: { jwks: { keys: [keys.jwk, rsa.jwk] } },
        },
        { ...machine, client_id: 'uri', method: 'private_key_jwt', metadata: { jwks_uri } },
        { ...machine, client_id: 'secret' },
        {
          ...machine,
          client_id: 'tls',
          method: 'tls_client_auth',
          metadata: {
            tls_client_auth_subject_dn: 'CN=app, O=Tỉnh, C=VN',
            tls_client_certificate_bound_access_tokens: true,
          },
        },
        {
          ...machine,
          client_id: 'san',
          method: 'tls_client_auth',
          metadata: { tls_client_auth_san_dns: 'app.example' },
        },
        {
          ...machine,
          client_id: 'self',
          method: 'self_signed_tls_client_auth',
          metadata: { jwks: { keys: [own] } },
        },
      ]),
  });
});
afterAll(async () => {
  await product?.close();
  keyServer?.close();
});

async function ask(
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
  issuer = product.issuer,
) {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

type Claims = Record<string, unknown>;

async function assertion(claims: Claims = {}, key: CryptoKey = keys.privateKey, header: Claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: 'keys',
    sub: 'keys',
    aud: product.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'key-1', ...header })
    .sign(key);
}

const withAssertion = (client_assertion: string) => ({ client_assertion, client_assertion_type: TYPE });

describe('private_key_jwt (RFC 7523 §3)', () => {
  it('is taken for our issuer, our token endpoint and our algorithms', async () => {
    for (const aud of [product.issuer, `${product.issuer}/token`])
      expect((await ask(withAssertion(await assertion({ aud })))).status).toBe(200);
    const signed = await assertion({}, rsa.privateKey, { alg: 'RS256', kid: 'key-rsa' });
    expect((await ask(withAssertion(signed))).status).toBe(200);
  });

  it('is good once (point 7; OpenID Connect Core §9 jti), on all nodes together', async () => {
    const jwt = await assertion();
    expect((await ask(withAssertion(jwt))).status).toBe(200);
    expect(await ask(withAssertion(jwt))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });

    const second = await createApp(product.deps);
    const node = createServer(second.provider.callback());
    await new Promise<void>((settle) => node.listen(0, '127.0.0.1', settle));
    const other = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
    const host = { 'x-forwarded-host': new URL(product.issuer).host };
    try {
      for (let round = 0; round < 10; round += 1) {
        const one = withAssertion(await assertion());
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, index) => (index % 2 ? ask(one) : askNode(other, one, host))),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      }
    } finally {
      node.closeAllConnections();
      node.close();
      await second.close();
    }
  });

  it.each<[string, Claims, string?]>([
    ['for another audience (point 3)', { aud: 'https://other.example' }],
    ['of another issuer (point 1)', { iss: 'secret' }],
    ['that is over (point 4)', { exp: 1 }],
    ['without an end (point 4)', { exp: undefined }],
    ['without an id', { jti: undefined }],
  ])('is refused %s', async (_, claims) => {
    expect((await ask(withAssertion(await assertion(claims)))).body.error).toBe('invalid_client');
  });

  it('is refused unsigned, signed by somebody else, or with a shared secret (point 9)', async () => {
    const claims = { iss: 'keys', sub: 'keys', aud: product.issuer, jti: randomUUID(), exp: 9_999_999_999 };
    const stranger = await makeKeys();
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET.padEnd(32, '.')));
    for (const jwt of [new UnsecuredJWT(claims).encode(), await assertion({}, stranger.privateKey), shared])
      expect((await ask(withAssertion(jwt))).body.error).toBe('invalid_client');
  });

  it('takes keys from the address a client registered, and new ones when it changed them', async () => {
    published = [keys.jwk];
    const jwt = () => assertion({ iss: 'uri', sub: 'uri' });
    expect((await ask(withAssertion(await jwt()))).status).toBe(200);
    expect((await ask(withAssertion(await jwt()))).status).toBe(200);
    expect(fetched).toBe(1);
    const fresh = await makeKeys('ES256', 'key-2');
    published = [fresh.jwk];
    product.travel(70);
    const next = await assertion({ iss: 'uri', sub: 'uri' }, fresh.privateKey, { kid: 'key-2' });
    expect((await ask(withAssertion(next))).status).toBe(200);
    expect((await ask(withAssertion(await jwt()))).status).toBe(401);
  });
});

/** A node behind the same name: fetch does not let a Host header be written. */
async function askNode(other: string, parameters: Record<string, string>, _headers: Record<string, string>) {
  const { request } = await import('node:http');
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString();
  return new Promise<{ status: number }>((settle, refuse) => {
    const call = request(`${other}/token`, {
      method: 'POST',
      headers: { host: new URL(product.issuer).host, 'content-type': 'application/x-www-form-urlencoded' },
    });
    call.on('response', (response) => {
      response.resume();
      settle({ status: response.statusCode ?? 0 });
    });
    call.on('error', refuse);
    call.end(body);
  });
}

describe('a secret', () => {
  it('is taken in the header or the form, and from nobody else; two ways at once are refused (RFC 6749 §2.3)', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`secret:${SECRET}`).toString('base64')}` };
    expect((await ask({}, basic)).status).toBe(200);
    const wrong = { authorization: `Basic ${Buffer.from('secret:wrong').toString('base64')}` };
    expect((await ask({}, wrong)).status).toBe(401);
    const twice = await ask({ client_id: 'secret', client_secret: SECRET }, basic);
    expect(twice.body.error).toBe('invalid_request');
    expect((await ask({ client_id: 'keys', client_secret: SECRET })).body.error).toBe('invalid_client');
  });
});

describe('a certificate (RFC 8705)', () => {
  const shown = (cert: { pem: string }, verify = 'SUCCESS') => ({
    'x-client-cert': encodeURIComponent(cert.pem),
    'x-client-verify': verify,
  });

  it('of a known authority is taken by its subject or its name (§2.1), and its tokens are bound to it (§3)', async () => {
    const { status, body } = await ask({ client_id: 'tls' }, shown(leaf));
    expect(status).toBe(200);
    expect((await ask({ client_id: 'san' }, shown(leaf))).status).toBe(200);
    const answer = await fetch(`${product.issuer}/token/introspection`, {
      method: 'POST',
      headers: shown(leaf),
      body: new URLSearchParams({ client_id: 'tls', token: body.access_token ?? '' }),
    });
    expect(await answer.json()).toMatchObject({ active: true, cnf: { 'x5t#S256': leaf.thumbprint } });
  });

  it('is refused when its authority was not verified, when it names somebody else, or when there is none', async () => {
    expect((await ask({ client_id: 'tls' }, shown(leaf, 'FAILED'))).status).toBe(401);
    expect((await ask({ client_id: 'tls' }, shown(ca))).status).toBe(401);
    expect((await ask({ client_id: 'tls' })).status).toBe(401);
    expect(
      (await ask({ client_id: 'tls' }, { 'x-client-cert': 'rubbish', 'x-client-verify': 'SUCCESS' })).status,
    ).toBe(401);
  });

  it('that a client signed itself is taken by its key, in the forms proxies write (§2.2; RFC 9440 §2.2)', async () => {
    for (const written of [encodeURIComponent(selfSigned.pem), `:${selfSigned.der.toString('base64')}:`])
      expect((await ask({ client_id: 'self' }, { 'x-client-cert': written })).status).toBe(200);
    expect((await ask({ client_id: 'self' }, shown(leaf))).status).toBe(401);
  });
});

describe('a certificate header from a connection that is no named proxy', () => {
  let open: Product;
  beforeAll(async () => {
    open = await startProduct({
      env: {
        TNID_MTLS_HEADER: 'x-client-cert',
        TNID_MTLS_VERIFIED_HEADER: 'x-client-verify',
        TNID_TRUSTED_PROXIES: '10.1.0.0/16,fd00::/8',
      },
      prepare: ({ db }) =>
        registerClients(db, [
          {
            ...machine,
            client_id: 'tls',
            method: 'tls_client_auth',
            metadata: { tls_client_auth_san_dns: 'app.example' },
          },
        ]),
    });
  });
  afterAll(() => open?.close());

  it('is not believed', async () => {
    const headers = { 'x-client-cert': encodeURIComponent(leaf.pem), 'x-client-verify': 'SUCCESS' };
    expect((await ask({ client_id: 'tls' }, headers, open.issuer)).body.error).toBe('invalid_client');
  });
});
