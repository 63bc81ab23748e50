/** What is signed, and by what: each algorithm from the ID token to UserInfo, checked against the published keys. */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, configure, prepare, registerClients } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
let product: Product;

beforeAll(async () => {
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'silent' },
        ...['HS256', 'none'].map((alg) => ({
          client_id: `wants-${alg}`,
          metadata: { id_token_signed_response_alg: alg },
        })),
        ...algorithms.map((alg) => ({
          client_id: `signs-${alg}`,
          metadata: { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg },
        })),
      ]),
  });
});
afterAll(() => product?.close());

async function signIn(clientId: string, metadata = {}) {
  const config = await configure(product, clientId, undefined, metadata);
  const { parameters, checks } = await prepare({ scope: 'openid profile' });
  const visitor = browser();
  await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  return client.authorizationCodeGrant(config, new URL(visitor.page.url), checks);
}

const keys = () => createRemoteJWKSet(new URL(`${product.issuer}/jwks`));

describe('signatures', () => {
  it.each(algorithms)('by %s: ID token (OpenID Connect Core §2) and UserInfo (§5.3.2)', async (alg) => {
    const tokens = await signIn(`signs-${alg}`, { id_token_signed_response_alg: alg });
    const expected = { issuer: product.issuer, audience: `signs-${alg}`, algorithms: [alg] };
    const idToken = await jwtVerify(tokens.id_token ?? '', keys(), expected);

    const answer = await fetch(`${product.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer.headers.get('content-type')).toContain('application/jwt');
    const userinfo = await jwtVerify(await answer.text(), keys(), expected);
    expect(userinfo.payload).toMatchObject({ sub: idToken.payload.sub, name: 'Nguyễn Văn An' });
  });

  it('are RS256 for a client that says nothing (Registration §2), and its UserInfo is plain', async () => {
    const tokens = await signIn('silent');
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('RS256');
    const answer = await fetch(`${product.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it.each(['HS256', 'none'])('are never %s: a client that wants it is left out', async (alg) => {
    const visitor = browser();
    const { parameters } = await prepare({ client_id: `wants-${alg}`, response_type: 'code' });
    await visitor.open(`${product.issuer}/auth?${new URLSearchParams(parameters)}`);
    expect(visitor.page.status).toBe(400);
    expect(product.logged()).toContain(`wants-${alg}`);
  });
});
