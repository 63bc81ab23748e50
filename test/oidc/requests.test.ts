/** How a request may come and how its answer may go back: PKCE, PAR, JAR, response modes, JARM, `iss`. */
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import {
  browser,
  configure,
  type KeyPair,
  makeKeys,
  prepare,
  registerClients,
  SECRET,
} from '../support/clients.ts';
import { type Product, startProduct } from '../support/product.ts';
import { REDIRECT_URI } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let keys: KeyPair;
let app: client.Configuration;

beforeAll(async () => {
  keys = await makeKeys();
  product = await startProduct({
    prepare: ({ db }) =>
      registerClients(db, [
        { client_id: 'app', metadata: { jwks: { keys: [keys.jwk] } } },
        { client_id: 'other' },
        { client_id: 'without-pkce', metadata: { require_pkce: false } },
        { client_id: 'public', method: 'none', metadata: { require_pkce: false } },
      ]),
  });
  app = await configure(product, 'app');
});
afterAll(() => product?.close());

const auth = (parameters: Record<string, string>) =>
  `${product.issuer}/auth?${new URLSearchParams({ client_id: 'app', response_type: 'code', ...parameters })}`;

async function signIn(visitor: Visitor, url: string | URL, person = 'an') {
  await visitor.open(String(url));
  await signInWithZalo(visitor, person);
  await agree(visitor);
}

/** What came back in the query. */
const answerOf = ({ page }: Visitor) => Object.fromEntries(new URL(page.url).searchParams);

async function push(parameters: Record<string, string>, clientId = 'app') {
  const response = await fetch(`${product.issuer}/request`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ client_id: clientId, response_type: 'code', ...parameters }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  };
}

describe('PKCE (RFC 7636)', () => {
  it('is required, and only S256 (§4.2; RFC 9700 §2.1.1)', async () => {
    const { parameters } = await prepare();
    const { code_challenge, code_challenge_method, ...without } = parameters;
    const visitor = browser();
    await visitor.open(auth(without));
    expect(answerOf(visitor)).toMatchObject({ error: 'invalid_request', iss: product.issuer });
    await visitor.open(auth({ ...parameters, code_challenge_method: 'plain' }));
    expect(answerOf(visitor)).toMatchObject({ error: 'invalid_request' });
  });

  it('may be left out by a confidential client whom the operator lets go without, and is checked where it is sent', async () => {
    const { parameters, checks } = await prepare();
    const { code_challenge, code_challenge_method, ...without } = parameters;
    const config = await configure(product, 'without-pkce');
    const visitor = browser();
    await signIn(visitor, client.buildAuthorizationUrl(config, without));
    const { pkceCodeVerifier, ...others } = checks;
    const tokens = await client.authorizationCodeGrant(config, new URL(visitor.page.url), others);
    expect(tokens.claims()?.nonce).toBe(parameters.nonce);

    await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
    await agree(visitor);
    const answer = new URL(visitor.page.url);
    await expect(client.authorizationCodeGrant(config, answer, others)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('is never left out by a public client, whatever its row says', async () => {
    const { parameters } = await prepare({ client_id: 'public' });
    const { code_challenge, code_challenge_method, ...without } = parameters;
    const visitor = browser();
    await visitor.open(auth(without));
    expect(visitor.page.url).not.toContain('code=');
    expect(visitor.page.status).toBe(400);
  });
});

describe('pushed requests (RFC 9126)', () => {
  it('are answered with 201, a request_uri and its time (§2.2), and the request is carried out', async () => {
    const { parameters, checks } = await prepare();
    const { status, headers, body } = await push(parameters);
    expect([status, body]).toEqual([201, expect.anything()]);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(body).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:.{20,}/),
      expires_in: expect.any(Number),
    });
    const visitor = browser();
    await signIn(visitor, auth({ request_uri: body.request_uri ?? '' }));
    const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), checks);
    expect(tokens.claims()?.sub).toBeTruthy();
  });

  it('need a client that proves who it is, as at the token endpoint (§2)', async () => {
    const { parameters } = await prepare({ client_id: 'app', response_type: 'code' });
    const answer = await fetch(`${product.issuer}/request`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('refuse a request_uri in them (§2.1) and whatever the authorization endpoint would (§2.3)', async () => {
    const { parameters } = await prepare();
    expect((await push({ ...parameters, request_uri: 'urn:ietf:params:oauth:request_uri:x' })).status).toBe(
      400,
    );
    const foreign = await push({ ...parameters, redirect_uri: 'https://evil.example/cb' });
    expect([foreign.status, foreign.body.error]).toEqual([400, 'invalid_request']);
  });

  it('are for the client that pushed them (§2.2), for a minute, and once (§4)', async () => {
    const { parameters } = await prepare();
    const visitor = browser();
    const { body } = await push(parameters);
    await visitor.open(auth({ client_id: 'other', request_uri: body.request_uri ?? '' }));
    expect(visitor.page.url).not.toContain('code=');
    expect(visitor.text).not.toContain('Zalo');

    await signIn(visitor, auth({ request_uri: body.request_uri ?? '' }));
    expect(answerOf(visitor)).toHaveProperty('code');
    await visitor.open(auth({ request_uri: body.request_uri ?? '' }));
    expect(visitor.page.url).not.toContain('code=');

    const late = await push((await prepare()).parameters);
    product.travel(61);
    await visitor.open(auth({ request_uri: late.body.request_uri ?? '' }));
    expect(answerOf(visitor)).toMatchObject({ error: 'invalid_request_uri' });
  });
});

describe('request objects (RFC 9101)', () => {
  const object = async (claims: Record<string, unknown>) =>
    new SignJWT({ response_type: 'code', client_id: 'app', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'oauth-authz-req+jwt' })
      .setIssuer('app')
      .setAudience(product.issuer)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(keys.privateKey);

  it('are taken by value, and only what is signed counts (§6.3)', async () => {
    const { parameters, checks } = await prepare();
    const visitor = browser();
    const request = await object(parameters);
    await signIn(visitor, auth({ request, scope: 'openid identity', state: 'from-outside' }));
    const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), checks);
    expect(tokens.scope).toBe('openid');
  });

  it('are refused unsigned, signed by others, or meant for others (§6.2)', async () => {
    const { parameters } = await prepare();
    const claims = {
      response_type: 'code',
      client_id: 'app',
      iss: 'app',
      aud: product.issuer,
      ...parameters,
    };
    const stranger = await makeKeys();
    const sign = (given: Record<string, unknown>, key = keys.privateKey) =>
      new SignJWT(given).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).setExpirationTime('5m').sign(key);
    const wrong = [
      new UnsecuredJWT(claims).encode(),
      await sign(claims, stranger.privateKey),
      await sign({ ...claims, aud: 'https://other.example' }),
      await sign({ ...claims, iss: 'other' }),
      (await sign(claims)).replace(
        /\.(.)([^.]*)$/,
        (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
      ),
    ];
    for (const request of wrong) {
      const visitor = browser();
      await visitor.open(auth({ request, redirect_uri: REDIRECT_URI }));
      expect(answerOf(visitor)).toMatchObject({ error: 'invalid_request_object' });
    }
  });

  it('are never fetched from an address (§5.2: request_uri comes from PAR only)', async () => {
    const visitor = browser();
    const request_uri = 'https://app.example/request.jwt';
    await visitor.open(auth({ request_uri, redirect_uri: REDIRECT_URI }));
    expect(answerOf(visitor)).toMatchObject({ error: 'request_uri_not_supported' });
  });
});

describe('the way back', () => {
  it.each(['query', 'fragment'] as const)('goes by %s, and names the issuer (RFC 9207 §2)', async (mode) => {
    const visitor = browser();
    await signIn(visitor, auth((await prepare({ response_mode: mode })).parameters));
    const url = new URL(visitor.page.url);
    const answer = mode === 'query' ? url.searchParams : new URLSearchParams(url.hash.slice(1));
    expect(Object.fromEntries(answer)).toMatchObject({ code: expect.any(String), iss: product.issuer });
  });

  it('goes by a form with a button, and with a script of our own that presses it (Form Post §2)', async () => {
    const { parameters } = await prepare({ response_mode: 'form_post', state: 'a"b<c>&d' });
    const visitor = browser();
    await signIn(visitor, auth(parameters));
    expect(visitor.page.url).not.toContain('code=');
    expect(visitor.has('form-continue')).toBe(true);
    expect(visitor.page.html).toContain('id="button-continue"');
    expect(visitor.page.html).toContain(`action="${REDIRECT_URI}"`);
    expect(visitor.page.html).toContain('value="a&quot;b&lt;c&gt;&amp;d"');
    const policy = visitor.page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    const script = /<script defer src="([^"]+)"/.exec(visitor.page.html)?.[1] ?? '';
    expect(await (await fetch(product.issuer + script)).text()).toContain('submit()');
  });

  it('brings errors by the form, too, in our look', async () => {
    const visitor = browser();
    await visitor.open(auth((await prepare({ response_mode: 'form_post', prompt: 'none' })).parameters));
    expect(visitor.page.html).toContain('name="error" value="login_required"');
    expect(visitor.page.html).toContain(`name="iss" value="${product.issuer}"`);
    expect(visitor.page.html).toContain('Tây Ninh ID');
  });

  it.each(['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'])(
    'goes signed by %s (JARM §2.3)',
    async (mode) => {
      const { parameters } = await prepare({ response_mode: mode });
      const visitor = browser();
      await signIn(visitor, auth(parameters));
      const { search, hash } = new URL(visitor.page.url);
      const response =
        new URLSearchParams(search).get('response') ??
        new URLSearchParams(hash.slice(1)).get('response') ??
        /name="response" value="([^"]+)"/.exec(visitor.page.html)?.[1] ??
        '';
      // §2.1: iss, aud and exp, beside what the answer is.
      expect(decodeJwt(response)).toMatchObject({
        iss: product.issuer,
        aud: 'app',
        exp: expect.any(Number),
        state: parameters.state,
        code: expect.any(String),
      });
    },
  );
});

describe('what a client asks to be shown (OpenID Connect Core §3.1.2.1)', () => {
  it('prompt=none alone; with others it is refused', async () => {
    const visitor = browser();
    await visitor.open(auth((await prepare({ prompt: 'none login' })).parameters));
    expect(answerOf(visitor)).toMatchObject({ error: 'invalid_request' });
  });

  it('prompt=login and select_account ask for a new sign-in, and the token says when it was', async () => {
    const visitor = browser();
    const first = await prepare();
    await signIn(visitor, auth(first.parameters));
    const before = await client.authorizationCodeGrant(app, new URL(visitor.page.url), first.checks);
    product.travel(5);
    for (const prompt of ['login', 'select_account']) {
      const again = await prepare({ prompt });
      await signIn(visitor, auth(again.parameters));
      const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), again.checks);
      expect(tokens.claims()?.auth_time).toBeGreaterThanOrEqual(Number(before.claims()?.auth_time) + 5);
    }
  });

  it('offline_access is asked of the citizen, also in a pushed request without prompt (§11)', async () => {
    const visitor = browser();
    const { parameters, checks } = await prepare({ scope: 'openid offline_access' });
    const { body } = await push(parameters);
    await signIn(visitor, auth({ request_uri: body.request_uri ?? '' }), 'binh');
    const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), checks);
    expect(tokens.refresh_token).toBeTruthy();
  });

  it('login_hint names the sandbox’s test person, who is asked no more', async () => {
    const visitor = browser();
    const { parameters, checks } = await prepare({ login_hint: 'bay', scope: 'openid profile' });
    await visitor.open(auth(parameters));
    await visitor.submit('form-zalo');
    await agree(visitor);
    const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), checks);
    const who = await client.fetchUserInfo(app, tokens.access_token, client.skipSubjectCheck);
    expect(who.name).toBe('Bà Bảy');
  });

  it('claims may have members beside ours, which are ignored (§5.5)', async () => {
    const visitor = browser();
    const claims = {
      id_token: { auth_time: null },
      transaction: { id: 'x' },
      userinfo: {},
      'https://x.example': [1],
    };
    const { parameters, checks } = await prepare({ claims: JSON.stringify(claims) });
    await signIn(visitor, auth(parameters));
    const tokens = await client.authorizationCodeGrant(app, new URL(visitor.page.url), checks);
    expect(tokens.claims()).toHaveProperty('auth_time');
    expect(tokens.claims()).not.toHaveProperty('transaction');
  });
});
