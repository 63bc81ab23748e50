/** HTTP at the endpoints that machines call: methods and headers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

const ask = (path: string, method: string, headers: Record<string, string> = {}) =>
  fetch(`${product.issuer}${path}`, { method, headers });

it.each([
  ['/request', 'PUT', 'POST, OPTIONS'],
  ['/request', 'GET', 'POST, OPTIONS'],
  ['/token', 'GET', 'POST, OPTIONS'],
  ['/token/introspection', 'GET', 'POST, OPTIONS'],
  ['/token/revocation', 'DELETE', 'POST, OPTIONS'],
  ['/device/auth', 'GET', 'POST, OPTIONS'],
  ['/me', 'PUT', 'GET, POST, OPTIONS'],
])(
  '%s by %s: 405, and which methods there are (RFC 9126 §2.3; RFC 9110 §15.5.6)',
  async (path, method, allow) => {
    const answer = await ask(path, method);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  },
);

it('the token endpoint forbids every cache (RFC 6749 §5.1), also in its errors', async () => {
  const answer = await ask('/token', 'POST');
  expect(answer.status).toBe(400);
  expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([
    'no-store',
    'no-cache',
  ]);
});

it('userinfo gives the interaction’s id back, or makes one; nothing that is none (FAPI 2.0 Implementation Advice §2.1.1)', async () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const idOf = async (id?: string) =>
    (await ask('/me', 'GET', id ? { 'x-fapi-interaction-id': id } : {})).headers.get('x-fapi-interaction-id');
  const own = 'c770aef3-6784-41f7-8e0e-ff5f97bddb3a';
  expect(await idOf(own)).toBe(own);
  for (const given of [undefined, 'not-one', `${own}x`]) expect(await idOf(given)).toMatch(uuid);
  expect(await idOf('not-one')).not.toBe('not-one');
});

it.each(['/token', '/token/introspection', '/token/revocation', '/request', '/device/auth'])(
  '%s: an Authorization header that is no client’s is a failed authentication, and told how to do it (RFC 6749 §5.2)',
  async (path) => {
    for (const authorization of [
      'Basic !!!',
      'Basic',
      `Basic ${btoa('no-colon')}`,
      `Basic ${btoa('x:')}`,
      'Bearer x',
    ]) {
      const answer = await fetch(`${product.issuer}${path}`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ grant_type: 'client_credentials', token: 'x' }),
      });
      expect([answer.status, answer.headers.get('www-authenticate')], authorization).toEqual([
        401,
        expect.stringMatching(/^Basic realm="/),
      ]);
      expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
    }
  },
);

it('userinfo calls a header that holds no token an invalid request (RFC 6750 §3.1)', async () => {
  const answer = await ask('/me', 'GET', { authorization: 'Bearer one two' });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
});

it.each([
  ['/token', { grant_type: 'client_credentials' }],
  ['/device/auth', { scope: 'openid' }],
])(
  '%s: a client without that grant is unauthorized_client (RFC 6749 §5.2, RFC 8628 §3.2)',
  async (path, form) => {
    const answer = await fetch(`${product.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'sandbox-app', ...form }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'unauthorized_client' });
  },
);
