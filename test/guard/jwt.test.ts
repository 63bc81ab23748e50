/** JWT access tokens without asking the provider, answers kept for a moment, and tokens bound to a key. */
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createGuard, type GuardOptions, parseChallenge } from '../../src/guard/index.ts';
import { KeyHolder, NOW, RESOURCE, seconds, TinyProvider } from './tokens.ts';

let provider: TinyProvider;
beforeAll(async () => {
  provider = await TinyProvider.start();
});
afterAll(() => provider.stop());

const guardWith = (options: Partial<GuardOptions> = {}) =>
  createGuard({ issuer: provider.issuer, resource: RESOURCE, fetch, clock: () => NOW, ...options });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const credentials = { clientId: 'a-service', clientSecret: 'secret' };

describe('a JWT access token (RFC 9068)', () => {
  it('is verified with the provider’s keys, found by discovery', async () => {
    const before = provider.asked;
    expect(await guardWith().authenticate(bearer(await provider.accessToken()))).toEqual({
      active: true,
      sub: 'a-citizen',
      clientId: 'an-app',
      level: 'level2',
      authTime: seconds - 10,
      amr: ['zalo', 'pin'],
      scopes: new Set(['hoso.nop']),
      expiresAt: seconds + 290,
    });
    expect(provider.asked).toBe(before);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://other.example' }, {}],
    ['for another service', { aud: 'urn:b' }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['past its end', { exp: seconds }, {}],
    ['without an end', { exp: undefined }, {}],
    ['without a client', { client_id: undefined }, {}],
    ['that is an ID token (§4, typ)', {}, { typ: 'JWT' }],
    ['of an unknown key', {}, { kid: 'k2' }],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'x' } }, {}],
    ['not yet good', { nbf: seconds + 60 }, {}],
  ])('%s is inactive', async (_name, claims, header) => {
    const token = await provider.accessToken(claims, header);
    expect(await guardWith().authenticate(bearer(token))).toEqual({ active: false });
  });

  it('is inactive when signed by nobody, by another, or by a shared secret', async () => {
    const payload = { iss: provider.issuer, aud: RESOURCE, sub: 's', client_id: 'c', jti: 'j', iat: seconds };
    const sign = (alg: string, key: Parameters<SignJWT['sign']>[0]) =>
      new SignJWT({ ...payload, exp: seconds + 60 })
        .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'k1' })
        .sign(key);
    const { privateKey } = await generateKeyPair('ES256');
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${Buffer.from(JSON.stringify({ ...payload, exp: seconds + 60 })).toString('base64url')}.`;
    for (const token of [await sign('ES256', privateKey), await sign('HS256', Buffer.alloc(32, 7)), none]) {
      expect(await guardWith().authenticate(bearer(token))).toEqual({ active: false });
    }
  });

  it('of a client by itself has no level', async () => {
    const token = await provider.accessToken({ sub: 'an-app' });
    const asker = await guardWith().authenticate(bearer(token));
    expect(asker).toMatchObject({ active: true, clientId: 'an-app' });
    expect(asker).not.toHaveProperty('level');
  });

  it('is asked about where the service has credentials, unless it says otherwise', async () => {
    const token = await provider.accessToken();
    provider.answer = { active: false };
    expect(await guardWith(credentials).authenticate(bearer(token))).toEqual({ active: false });
    const own = guardWith({ ...credentials, jwt: 'verify' });
    expect(await own.authenticate(bearer(token))).toMatchObject({ active: true });
  });

  it('cannot be judged while the keys cannot be had', async () => {
    provider.keysGone = true;
    const check = guardWith().check(bearer(await provider.accessToken()), { level: 'level1' });
    await expect(check).rejects.toMatchObject({ code: 'provider_unavailable', status: 503 });
    provider.keysGone = false;
  });

  it('is the only kind a service without credentials can take', async () => {
    expect(await guardWith().authenticate(bearer('an-opaque-token'))).toEqual({ active: false });
    expect(() => guardWith({ jwt: 'introspect' })).toThrow(TypeError);
  });
});

describe('answers that are kept', () => {
  const whole = { active: true, aud: RESOURCE, client_id: 'an-app', sub: 'a-citizen', acr: 'level2' };
  const cached = (clock: () => Date, cacheSeconds: number) =>
    guardWith({ ...credentials, clock, cacheSeconds });
  const askedBy = async (work: () => Promise<unknown>) => {
    const before = provider.asked;
    await work();
    return provider.asked - before;
  };

  it('serve for at most five seconds, however long was asked for', async () => {
    provider.answer = { ...whole, exp: seconds + 600 };
    let now = NOW;
    const guard = cached(() => now, 3600);
    const ask = () => guard.authenticate(bearer('t'));
    expect(await askedBy(ask)).toBe(1);
    now = new Date(NOW.getTime() + 4_900);
    expect(await askedBy(ask)).toBe(0);
    now = new Date(NOW.getTime() + 5_100);
    expect(await askedBy(ask)).toBe(1);
  });

  it('end with the token and with the level', async () => {
    for (const ends of [{ exp: seconds + 2 }, { exp: seconds + 600, acr_expires_at: seconds + 2 }]) {
      provider.answer = { ...whole, ...ends };
      let now = NOW;
      const guard = cached(() => now, 5);
      await guard.authenticate(bearer('t'));
      now = new Date(NOW.getTime() + 2_000);
      expect(await askedBy(() => guard.authenticate(bearer('t')))).toBe(1);
    }
  });

  it('are not kept unless asked for', async () => {
    provider.answer = { ...whole, exp: seconds + 600 };
    const guard = cached(() => NOW, 0);
    expect(
      await askedBy(async () => {
        await guard.authenticate(bearer('t'));
        await guard.authenticate(bearer('t'));
      }),
    ).toBe(2);
  });
});

describe('a token bound to a key (RFC 9449)', () => {
  const request = { method: 'POST', url: 'https://api.example/dossiers' };
  let holder: KeyHolder;
  let token: string;
  beforeAll(async () => {
    holder = await KeyHolder.make();
    token = await provider.accessToken({ cnf: { jkt: holder.jkt } });
  });
  const present = (proof: string | undefined, scheme = 'DPoP', where = request) => ({
    ...where,
    headers: { authorization: `${scheme} ${token}`, dpop: proof },
  });

  it('is taken with a proof over this request, query aside', async () => {
    const proof = await holder.prove({ ...request, token });
    const asked = present(proof, 'DPoP', { ...request, url: `${request.url}?page=2` });
    expect(await guardWith().authenticate(asked)).toMatchObject({ active: true, jkt: holder.jkt });
  });

  it('is nothing without its proof, and nothing as a bearer token', async () => {
    const proof = await holder.prove({ ...request, token });
    expect(await guardWith().authenticate(present(undefined))).toEqual({ active: false });
    expect(await guardWith().authenticate(present(proof, 'Bearer'))).toEqual({ active: false });
  });

  it('does not make a bearer token a bound one', async () => {
    const plain = await provider.accessToken();
    const proof = await holder.prove({ ...request, token: plain });
    const asked = { ...request, headers: { authorization: `DPoP ${plain}`, dpop: proof } };
    expect(await guardWith().authenticate(asked)).toEqual({ active: false });
  });

  it('is refused when the proof comes a second time', async () => {
    const guard = guardWith();
    const proof = await holder.prove({ ...request, token });
    expect(await guard.authenticate(present(proof))).toMatchObject({ active: true });
    expect(await guard.authenticate(present(proof))).toEqual({ active: false });
    const both = await holder.prove({ ...request, token });
    const results = await Promise.all([guard.authenticate(present(both)), guard.authenticate(present(both))]);
    expect(results.filter((asker) => asker?.active)).toHaveLength(1);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['for another method', { htm: 'GET' }, {}],
    ['for another address', { htu: 'https://api.example/other' }, {}],
    ['for another host', { htu: 'https://evil.example/dossiers' }, {}],
    ['for another token', { ath: 'AAAA' }, {}],
    ['for no token', { ath: undefined }, {}],
    ['from a while ago', { iat: seconds - 61 }, {}],
    ['from the future', { iat: seconds + 61 }, {}],
    ['without a time', { iat: undefined }, {}],
    ['without a name of its own', { jti: undefined }, {}],
    ['of another type', {}, { typ: 'JWT' }],
  ])('a proof %s is none', async (_name, claims, header) => {
    const proof = await holder.prove({ ...request, token }, claims, header);
    expect(await guardWith().authenticate(present(proof))).toEqual({ active: false });
  });

  it('a proof of another key is none, nor one that shows the right key and is signed by another', async () => {
    const thief = await KeyHolder.make();
    const own = await thief.prove({ ...request, token });
    const borrowed = await thief.prove({ ...request, token }, {}, { jwk: holder.jwk });
    for (const proof of [own, borrowed, 'a.b.c', `${own},${own}`]) {
      expect(await guardWith().authenticate(present(proof))).toEqual({ active: false });
    }
  });

  it('is told in its own scheme what is missing', async () => {
    const decision = await guardWith().check(present(await holder.prove({ ...request, token })), {
      level: 'level2',
      scope: 'hoso.xem',
    });
    expect(decision).toMatchObject({ allowed: false, status: 403 });
    const challenge = decision.allowed ? '' : decision.challenge;
    expect(challenge).toMatch(/^DPoP .*algs="ES256 /);
    expect(parseChallenge(challenge)).toMatchObject({ error: 'insufficient_scope', scope: ['hoso.xem'] });
  });
});
