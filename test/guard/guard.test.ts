import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Asker,
  createGuard,
  decide,
  type GuardOptions,
  type Principal,
  parseChallenge,
  type Requirement,
} from '../../src/guard/index.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const seconds = NOW.getTime() / 1000;

const citizen: Principal = {
  active: true,
  sub: 'a-citizen',
  clientId: 'an-app',
  level: 'level2',
  authTime: seconds - 60,
  amr: [],
  scopes: new Set(['hoso.nop']),
  expiresAt: seconds + 60,
};
const atLevel1: Principal = { ...citizen, level: 'level1', scopes: new Set() };
const { level: _level, sub: _sub, ...client } = citizen;
const { authTime: _authTime, ...undated } = citizen;

describe('the decision', () => {
  const filing: Requirement = { level: 'level2', scope: 'hoso.nop' };
  test.each<[string, Asker, Requirement, number, string | undefined]>([
    ['no token', undefined, filing, 401, undefined],
    ['inactive token', { active: false }, filing, 401, 'invalid_token'],
    ['level2 with the scope', citizen, filing, 200, undefined],
    ['level2 where level1 is asked', citizen, { level: 'level1' }, 200, undefined],
    [
      'level1 where level2 is asked, scope gone too',
      atLevel1,
      filing,
      401,
      'insufficient_user_authentication',
    ],
    [
      'no level at all (a client by itself)',
      client,
      { level: 'level1' },
      401,
      'insufficient_user_authentication',
    ],
    ['level2 without the scope', { ...citizen, scopes: new Set() }, filing, 403, 'insufficient_scope'],
    [
      'a scope that only begins alike',
      { ...citizen, scopes: new Set(['hoso']) },
      filing,
      403,
      'insufficient_scope',
    ],
    [
      'level2 whose time is over',
      { ...citizen, acrExpiresAt: seconds },
      filing,
      401,
      'insufficient_user_authentication',
    ],
    ['level2 whose time is not over', { ...citizen, acrExpiresAt: seconds + 1 }, filing, 200, undefined],
    [
      'level1 after level2 ran out',
      { ...citizen, acrExpiresAt: seconds - 9 },
      { level: 'level1' },
      200,
      undefined,
    ],
    ['recent enough', citizen, { maxAge: 60 }, 200, undefined],
    ['too old', citizen, { maxAge: 59 }, 401, 'insufficient_user_authentication'],
    [
      'no time of sign-in where an age is asked',
      undated,
      { maxAge: 9999 },
      401,
      'insufficient_user_authentication',
    ],
    ['nothing asked', client, {}, 200, undefined],
  ])('%s', (_name, asker, requirement, status, error) => {
    const decision = decide(asker, requirement, NOW);
    if (decision.allowed) {
      expect(status).toBe(200);
      expect(decision.principal).toBe(asker);
    } else {
      expect(decision).toMatchObject({ status, ...(error ? { error } : {}) });
      expect(parseChallenge(decision.challenge)?.error).toBe(error);
    }
  });

  test('the challenge says all that the next authorization request needs', () => {
    const decision = decide(atLevel1, { ...filing, maxAge: 300 }, NOW);
    expect(decision.allowed || parseChallenge(decision.challenge)).toMatchObject({
      acrValues: ['level2'],
      maxAge: 300,
      scope: ['hoso.nop'],
    });
  });
});

describe('asking the provider', () => {
  let server: Server;
  let answer: { status?: number; body?: unknown; location?: string; hang?: boolean } = {};
  const asked: { authorization: string | undefined; body: string }[] = [];
  let options: GuardOptions;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        if (answer.hang) return;
        if (answer.location) response.setHeader('location', answer.location);
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
        response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    options = {
      introspectionEndpoint: `http://127.0.0.1:${port}/introspect`,
      clientId: 'a service',
      clientSecret: 's:ecret+',
      resource: 'urn:a',
      issuer: 'https://id.example',
      fetch,
      clock: () => NOW,
      timeout: 500,
    };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const whole = {
    active: true,
    iss: 'https://id.example',
    aud: 'urn:a',
    sub: 'a-citizen',
    client_id: 'an-app',
    acr: 'level2',
    auth_time: seconds - 60,
    amr: ['vneid'],
    scope: 'openid hoso.nop',
    exp: seconds + 60,
    token_type: 'Bearer',
  };
  const ask = async (body: unknown, authorization = 'Bearer a-token'): Promise<Asker> => {
    answer = { body };
    return createGuard(options).authenticate({ headers: { authorization } });
  };

  test('a whole answer becomes a principal; the service proves who it is', async () => {
    expect(await ask(whole)).toEqual({
      active: true,
      sub: 'a-citizen',
      clientId: 'an-app',
      level: 'level2',
      authTime: seconds - 60,
      amr: ['vneid'],
      scopes: new Set(['openid', 'hoso.nop']),
      expiresAt: seconds + 60,
    });
    const { authorization, body } = asked.at(-1) ?? {};
    expect(Buffer.from(authorization?.slice(6) ?? '', 'base64').toString()).toBe('a+service:s%3Aecret%2B');
    expect(body).toBe('token=a-token&token_type_hint=access_token');
  });

  test('a lowered level comes with its reason and its end', async () => {
    const principal = await ask({
      ...whole,
      acr: 'level1',
      acr_reason: 'verification_revoked',
      acr_expires_at: 9,
    });
    expect(principal).toMatchObject({ level: 'level1', acrReason: 'verification_revoked', acrExpiresAt: 9 });
  });

  test.each<[string, Record<string, unknown>]>([
    ['inactive', { active: false }],
    ['expired', { ...whole, exp: seconds }],
    ['of another issuer', { ...whole, iss: 'https://other.example' }],
    ['for another service', { ...whole, aud: 'urn:b' }],
    ['for other services', { ...whole, aud: ['urn:b', 'urn:a/c'] }],
    ['for nobody in particular', { ...whole, aud: undefined }],
    ['bound to a key', { ...whole, cnf: { jkt: 'x' } }],
    ['not a bearer token', { ...whole, token_type: 'DPoP' }],
  ])('a token %s is inactive', async (_name, body) => {
    expect(await ask(body)).toEqual({ active: false });
  });

  test('one of several audiences is enough; an issuer need not be named', async () => {
    expect(await ask({ ...whole, aud: ['urn:b', 'urn:a'], iss: undefined })).toMatchObject({ active: true });
  });

  test.each<[string, Record<string, unknown>]>([
    ['an unknown acr', { ...whole, acr: 'level3' }],
    ['no acr', { ...whole, acr: undefined }],
    ['an acr without a citizen', { ...whole, sub: undefined }],
  ])('%s is no level', async (_name, body) => {
    expect(await ask(body)).not.toHaveProperty('level');
  });

  test.each([
    ['none', undefined, undefined],
    ['of another scheme', 'Basic YTpi', undefined],
    ['with an impossible token', 'Bearer a"b', { active: false }],
    ['without a token', 'Bearer', { active: false }],
    ['too long', `Bearer ${'a'.repeat(9000)}`, { active: false }],
  ])('credentials %s: the provider is not asked', async (_name, authorization, expected) => {
    const before = asked.length;
    expect(await createGuard(options).authenticate({ headers: { authorization } })).toEqual(expected);
    expect(asked.length).toBe(before);
  });

  test.each<[string, typeof answer, string]>([
    ['down', { status: 502, body: '' }, 'introspection_unavailable'],
    ['silent', { hang: true }, 'introspection_unavailable'],
    ['redirecting', { status: 307, location: '/elsewhere', body: whole }, 'introspection_unavailable'],
    [
      'refusing the service',
      { status: 401, body: { error: 'invalid_client' } },
      'introspection_unauthorized',
    ],
    ['not speaking JSON', { body: '<html>' }, 'introspection_malformed'],
    ['answering a list', { body: [whole] }, 'introspection_malformed'],
    ['saying "true" for true', { body: { ...whole, active: 'true' } }, 'introspection_malformed'],
    ['forgetting the expiry', { body: { ...whole, exp: undefined } }, 'introspection_malformed'],
    ['endless', { body: { ...whole, pad: 'x'.repeat(70_000) } }, 'introspection_malformed'],
  ])('a provider %s is an error, never a permission', async (_name, broken, code) => {
    answer = broken;
    const check = createGuard(options).check({ headers: { authorization: 'Bearer a-token' } }, {});
    await expect(check).rejects.toMatchObject({ name: 'GuardError', code, status: 503 });
  });

  test('a provider that is not there is an error', async () => {
    const guard = createGuard({ ...options, introspectionEndpoint: 'http://127.0.0.1:1/' });
    await expect(guard.check({ headers: { authorization: 'Bearer t' } }, {})).rejects.toMatchObject({
      code: 'introspection_unavailable',
    });
  });
});
