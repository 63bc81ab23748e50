/**
 * What one client can do with what is another's, over two nodes that answer in turn: nothing, and it does not even spoil it.
 * And addresses that only look like the registered one.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepAll } from '../../src/db/sweep.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { browser, prepare, registerClients, SECRET } from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, REDIRECT_URI } from '../support/relying-party.ts';

type Form = Record<string, string>;
type Answer = { status: number; body: Record<string, unknown> };

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const ADDRESS = 'https://app.example/Ve/cb?x=1';

let product: Product;
beforeAll(async () => {
  const grant_types = ['authorization_code', 'refresh_token', DEVICE];
  product = await startProduct({
    nodes: 2,
    prepare: async ({ db }) => {
      await registerClients(db, [
        { client_id: 'app', grant_types },
        { client_id: 'thief', grant_types },
        { client_id: 'exact', redirect_uris: [ADDRESS] },
        {
          client_id: 'machine',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          scopes: ['openid', 'school.fees'],
        },
      ]);
      await db
        .insertInto('resource_servers')
        .values({
          resource: 'https://school.example/api',
          client_id: 'school',
          secret_hash: createHash('sha256').update(SECRET).digest(),
          name: 'school',
          access_token_format: 'jwt',
          metadata: '{}',
          sandbox: true,
          created_at: new Date(),
        })
        .execute();
      await db
        .insertInto('scopes')
        .values({
          name: 'school.fees',
          resource: 'https://school.example/api',
          minimum_level: 'level1',
          description_vi: 'x',
          description_en: 'x',
        })
        .execute();
    },
  });
});
afterAll(() => product?.close());

async function post(path: string, client: string, form: Form | [string, string][]): Promise<Answer> {
  const response = await fetch(`${product.issuer}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: JSON.parse((await response.text()) || '{}') };
}

async function getCode(scope = 'openid hoso.xem offline_access'): Promise<Form> {
  const visitor = browser();
  const { parameters, checks } = await prepare({ scope, prompt: 'consent' });
  const query = new URLSearchParams({ client_id: 'app', response_type: 'code', ...parameters });
  await visitor.open(`${product.issuer}/auth?${query}`);
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  return {
    grant_type: 'authorization_code',
    code: new URL(visitor.page.url).searchParams.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: checks.pkceCodeVerifier,
  };
}

const refused = { status: 400, body: { error: 'invalid_grant' } };

describe('what is another client’s', () => {
  it('a code: is not redeemed, and its own client redeems it after that (RFC 6749 §4.1.3)', async () => {
    const form = await getCode();
    for (let node = 0; node < 2; node += 1)
      expect(await post('/token', 'thief', form)).toMatchObject(refused);
    expect(await post('/token', 'app', { ...form, code_verifier: 'x'.repeat(43) })).toMatchObject(refused);
    expect(await post('/token', 'app', { ...form, redirect_uri: `${REDIRECT_URI}/` })).toMatchObject(refused);
    expect((await post('/token', 'app', form)).status).toBe(200);
  });

  it('tokens: are neither refreshed, revoked nor introspected, and stay good', async () => {
    const { body } = await post('/token', 'app', await getCode());
    const [access, refresh] = [String(body.access_token), String(body.refresh_token)];
    const rotation = { grant_type: 'refresh_token', refresh_token: refresh };
    for (let node = 0; node < 2; node += 1) {
      expect(await post('/token', 'thief', rotation)).toMatchObject(refused);
      for (const token of [access, refresh]) {
        await post('/token/revocation', 'thief', { token });
        for (const client of ['thief', 'school'])
          expect(await post('/token/introspection', client, { token })).toEqual({
            status: 200,
            body: { active: false },
          });
      }
    }
    // A service does not see refresh tokens, not even of tokens that are meant for it.
    expect(await introspectAsService(product, refresh)).toEqual({ active: false });
    expect(await introspectAsService(product, access)).toMatchObject({ active: true });
    expect((await post('/token', 'app', rotation)).status).toBe(200);
  });

  it('a pushed request: opens nothing for another, and is good once for its own (RFC 9126 §4)', async () => {
    const { parameters } = await prepare();
    const { body } = await post('/request', 'app', {
      client_id: 'app',
      response_type: 'code',
      ...parameters,
    });
    const open = async (client_id: string) => {
      const visitor = browser();
      const query = new URLSearchParams({ client_id, request_uri: String(body.request_uri) });
      await visitor.open(`${product.issuer}/auth?${query}`);
      return visitor;
    };
    for (let node = 0; node < 2; node += 1) {
      const stranger = await open('thief');
      const { searchParams } = new URL(stranger.page.url);
      expect([searchParams.get('error'), searchParams.get('code')]).toEqual(['invalid_request_object', null]);
    }
    expect((await open('app')).has('form-zalo')).toBe(true);
  });

  it('a device code: is polled by nobody else (RFC 8628 §3.4)', async () => {
    const { body } = await post('/device/auth', 'app', { client_id: 'app', scope: 'openid' });
    const form = { grant_type: DEVICE, device_code: String(body.device_code) };
    for (let node = 0; node < 2; node += 1)
      expect(await post('/token', 'thief', form)).toMatchObject(refused);
    expect(await post('/token', 'app', form)).toMatchObject({ body: { error: 'authorization_pending' } });
  });

  it('a refresh token that comes again after its time ends everything, at both nodes at once', async () => {
    const { body } = await post('/token', 'app', await getCode());
    const rotation = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) };
    const next = await post('/token', 'app', rotation);
    product.travel(11);
    expect(await post('/token', 'app', rotation)).toMatchObject(refused);
    for (const { access_token, refresh_token } of [body, next.body]) {
      for (let node = 0; node < 2; node += 1) {
        expect(await introspectAsService(product, String(access_token))).toEqual({ active: false });
        expect(
          await post('/token', 'app', { grant_type: 'refresh_token', refresh_token: String(refresh_token) }),
        ).toMatchObject(refused);
      }
    }
    product.travel(-11);
  });
});

describe('a request that says something twice', () => {
  it.each(['grant_type', 'code', 'redirect_uri', 'code_verifier'])(
    '%s is refused (RFC 6749 §3.2)',
    async (name) => {
      const form = await getCode('openid');
      const twice: [string, string][] = [...Object.entries(form), [name, form[name] ?? '']];
      const answer = await post('/token', 'app', twice);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      // Whatever it was, nothing was used up by it.
      expect((await post('/token', 'app', form)).status).toBe(200);
    },
  );

  it('a token to introspect, too', async () => {
    const { body } = await post('/token', 'app', await getCode());
    const token = String(body.access_token);
    const answer = await post('/token/introspection', 'app', [
      ['token', token],
      ['token', 'other'],
    ]);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('an address to come back to', () => {
  it('is the registered one, letter by letter (RFC 9700 §2.1)', async () => {
    const { parameters } = await prepare();
    const isTaken = async (...addresses: string[]) => {
      const { redirect_uri, ...rest } = parameters;
      const query = new URLSearchParams({ client_id: 'exact', response_type: 'code', ...rest });
      for (const address of addresses) query.append('redirect_uri', address);
      const response = await fetch(`${product.issuer}/auth?${query}`, { redirect: 'manual' });
      await response.text();
      expect(response.headers.get('location') ?? '').not.toContain('evil');
      return response.headers.get('location')?.startsWith('/interaction/') === true;
    };
    expect(await isTaken(ADDRESS)).toBe(true);
    for (const address of [
      'https://app.example/Ve/cb',
      'https://app.example/Ve/cb?x=1&y=2',
      'https://app.example/Ve/cb?X=1',
      'https://app.example/ve/cb?x=1',
      'https://app.example/Ve/cb/?x=1',
      'https://app.example/Ve/./cb?x=1',
      'https://app.example/evil/../Ve/cb?x=1',
      'https://app.example/Ve%2Fcb?x=1',
      'https://app.example/%56e/cb?x=1',
      'https://app.example:443/Ve/cb?x=1',
      'https://APP.example/Ve/cb?x=1',
      'https://app.example./Ve/cb?x=1',
      'https://app.example@evil.example/Ve/cb?x=1',
      'https://app.example.evil.example/Ve/cb?x=1',
      'https://evil.example\\@app.example/Ve/cb?x=1',
      'http://app.example/Ve/cb?x=1',
      'https://app.example/Ve/cb?x=1#evil',
      ' https://app.example/Ve/cb?x=1',
      'https://app.example/Ve/cb?x=1\r\n',
      '//app.example/Ve/cb?x=1',
    ])
      expect([address, await isTaken(address)]).toEqual([address, false]);
    expect(await isTaken(ADDRESS, ADDRESS)).toBe(false);
    expect(await isTaken(ADDRESS, 'https://evil.example/')).toBe(false);
  });
});

describe('a client’s own token that it gave up', () => {
  it('stays given up for as long as any clock takes it for good', async () => {
    const { body } = await post('/token', 'machine', {
      grant_type: 'client_credentials',
      resource: 'https://school.example/api',
      scope: 'school.fees',
    });
    expect(body).toHaveProperty('access_token');
    const token = String(body.access_token);
    const ask = () => post('/token/introspection', 'school', { token });
    expect((await ask()).body).toMatchObject({ active: true });
    expect((await post('/token/revocation', 'machine', { token })).status).toBe(200);
    expect((await ask()).body).toEqual({ active: false });
    // The node that sweeps runs a minute ahead of the others.
    const { db, clock } = product.deps;
    const end = Number(body.expires_in) * 1000;
    await sweepAll({ db, clock: () => new Date(clock().getTime() + end + 60_000) });
    expect((await ask()).body).toEqual({ active: false });
  });
});
