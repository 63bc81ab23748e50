/**
 * Introspection as services meet it: RFC 7662 and RFC 9701 by their sections, of opaque tokens, JWT access tokens
 * (RFC 9068) and refresh tokens, and the revocation of both kinds (RFC 7009).
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  compactDecrypt,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import type { Deps } from '../../src/deps.ts';
import { endAllSessions } from '../../src/oidc/sessions.ts';
import { Registry } from '../../src/registry/registry.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';
import { type SecondNode, startSecondNode, within1Second } from '../support/second-node.ts';

const PATH = '/token/introspection';
const SIGNED = 'application/token-introspection+jwt';
const OPAQUE = 'urn:sandbox:ho-so';
const AS_JWT = 'https://school.example/api';
const ENCRYPTED = 'https://archive.example/api';
const opened = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let product: Product;
let second: SecondNode;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct({ prepare: registerServices });
  second = await startSecondNode(product);
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await second?.close();
  await product?.close();
});

const basic = (id: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${id}-secret`).toString('base64')}`,
});

/** Two services besides the sandbox's: one that takes JWT access tokens, one that wants encrypted answers. */
async function registerServices({ db, clock }: Deps): Promise<void> {
  const key = { ...(await exportJWK(opened.publicKey)), kid: 'archive-1', use: 'enc', alg: 'ECDH-ES' };
  const services = [
    {
      resource: AS_JWT,
      client_id: 'school',
      format: 'jwt',
      scope: 'school.fees',
      level: 'level1',
      metadata: {},
    },
    {
      resource: ENCRYPTED,
      client_id: 'archive',
      format: 'opaque',
      scope: 'archive.read',
      level: 'level2',
      metadata: {
        introspection_signed_response_alg: 'ES256',
        introspection_encrypted_response_alg: 'ECDH-ES',
        introspection_encrypted_response_enc: 'A256GCM',
        jwks: { keys: [key] },
      },
    },
  ];
  for (const { resource, client_id, format, scope, level, metadata } of services) {
    await db
      .insertInto('resource_servers')
      .values({
        resource,
        client_id,
        secret_hash: createHash('sha256').update(`${client_id}-secret`).digest(),
        name: client_id,
        access_token_format: format,
        metadata: JSON.stringify(metadata),
        sandbox: true,
        created_at: clock(),
      })
      .execute();
    await db
      .insertInto('scopes')
      .values({ name: scope, resource, minimum_level: level, description_vi: scope, description_en: scope })
      .execute();
  }
  const scopes = [
    'openid',
    'profile',
    'offline_access',
    'hoso.xem',
    'hoso.nop',
    'school.fees',
    'archive.read',
  ];
  await db.updateTable('clients').set({ scopes }).where('client_id', '=', 'sandbox-web').execute();
}

type Ask = {
  as?: string;
  accept?: string;
  form?: Record<string, string>;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
};
type Told = { status: number; headers: Headers; text: string; body: Record<string, unknown> };

async function ask(token: string | undefined, { as = 'sandbox-api', ...rest }: Ask = {}): Promise<Told> {
  const secret = as === '' ? undefined : as.includes(':') ? as : `${as}:${as}-secret`;
  const response = await fetch(`${product.issuer}${rest.path ?? PATH}`, {
    method: 'POST',
    headers: {
      ...(secret ? { authorization: `Basic ${Buffer.from(secret).toString('base64')}` } : {}),
      ...(rest.accept ? { accept: rest.accept } : {}),
      ...(rest.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...rest.headers,
    },
    body: rest.body ?? new URLSearchParams({ ...(token === undefined ? {} : { token }), ...rest.form }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('application/json');
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {} };
}

async function signIn(scope: string, person = 'an', level2 = false) {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope, ...(level2 ? { acrValues: 'level2' } : {}) });
  await signInWithZalo(visitor, person);
  if (visitor.has('form-vneid')) await proveWithVneid(visitor, person);
  await agree(visitor);
  const tokens = await party.redeem(visitor, attempt);
  const sub = tokens.claims()?.sub;
  return { ...tokens, sub, accountId: await accountIdOf(product, sub), visitor };
}

const keys = () => createRemoteJWKSet(new URL(`${product.issuer}/jwks`));

describe('who may ask (RFC 7662 §2.1, §4)', () => {
  it.each([
    ['nobody', '', 400, 'invalid_request'],
    ['a stranger', 'stranger:stranger-secret', 401, 'invalid_client'],
    ['a wrong secret', 'sandbox-api:no', 401, 'invalid_client'],
    ['the hash of the secret', `sandbox-api:${hashOf('sandbox-api-secret')}`, 401, 'invalid_client'],
  ])('not %s', async (_, as, status, error) => {
    const { access_token } = await signIn('openid hoso.xem');
    expect(await ask(access_token, { as })).toMatchObject({ status, body: { error } });
  });

  it('not a client that only says its name', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    const told = await ask(access_token, { as: '', form: { client_id: 'sandbox-app' } });
    expect(told).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('says with a 401 how to authenticate (RFC 6749 §5.2)', async () => {
    const { headers } = await ask('x', { as: 'sandbox-api:no' });
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  });

  it('by Basic and by the form, but by one of them (RFC 6749 §2.3)', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    const form = { client_id: 'sandbox-api', client_secret: 'sandbox-api-secret' };
    expect(await ask(access_token, { as: '', form })).toMatchObject({ status: 200, body: { active: true } });
    expect(await ask(access_token, { form })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    const other = { client_id: 'sandbox-web' };
    expect(await ask(access_token, { form: other })).toMatchObject({ status: 400 });
  });

  it.each([
    ['no token', ''],
    ['an empty token', 'token='],
    ['two tokens', 'token=one&token=two'],
    ['too much', `token=${'x'.repeat(60_000)}`],
  ])('with %s there is no answer', async (_, body) => {
    expect(await ask(undefined, { body })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('answers only posted forms', async () => {
    const json = { headers: { 'content-type': 'application/json' }, body: '{"token":"x"}' };
    expect((await ask(undefined, json)).status).toBe(400);
    const response = await fetch(`${product.issuer}${PATH}?token=x`);
    expect(response.status).toBe(405);
  });

  it.each([
    ['a slash behind its address', `${PATH}/`, 'application/x-www-form-urlencoded'],
    ['capitals in its address', '/Token/Introspection', 'application/x-www-form-urlencoded'],
    ['capitals in the type', PATH, 'Application/X-WWW-Form-URLEncoded; charset=UTF-8'],
  ])('answers with %s, and revokes, as everything that the provider takes', async (_, path, type) => {
    const { access_token } = await signIn('openid school.fees');
    const send = (as: string, at: string) =>
      ask(access_token, {
        as,
        path: at,
        headers: { 'content-type': type },
        body: `token=${access_token}`,
      });
    expect(await send('school', path)).toMatchObject({ status: 200, body: { active: true } });
    const away = await send('sandbox-web', path.replace(/introspection/i, 'revocation'));
    expect(away).toMatchObject({ status: 200, text: '' });
    expect((await ask(access_token, { as: 'school' })).text).toBe('{"active":false}');
  });

  it('takes a body in pieces', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    const pieces = new ReadableStream({
      start(controller) {
        for (const piece of ['tok', 'en=', access_token]) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    const response = await fetch(`${product.issuer}${PATH}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('sandbox-api:sandbox-api-secret').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: pieces,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toMatchObject({ active: true });
  });
});

describe('the answer (RFC 7662 §2.2)', () => {
  it('says of an opaque token who, how surely and for what, and is not kept', async () => {
    const { access_token, accountId } = await signIn('openid hoso.xem hoso.nop', 'binh', true);
    const { body, headers } = await ask(access_token, { form: { token_type_hint: 'refresh_token' } });
    const now = Math.floor(product.deps.clock().getTime() / 1000);
    expect(body).toEqual({
      active: true,
      client_id: 'sandbox-web',
      iss: product.issuer,
      aud: OPAQUE,
      scope: 'hoso.xem hoso.nop',
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: expect.any(String),
      acr: 'level2',
      amr: expect.arrayContaining(['vneid']),
      auth_time: expect.any(Number),
    });
    expect(Number(body.exp) - now).toBeGreaterThan(3500);
    expect(await accountIdOf(product, String(body.sub), 'sandbox-api')).toBe(accountId);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is {active: false} and nothing else for everybody whom a token does not concern', async () => {
    const { access_token, refresh_token = '' } = await signIn('openid offline_access hoso.xem');
    for (const [token, as] of [
      [access_token, 'school'],
      [refresh_token, 'sandbox-api'],
      ['nothing', 'sandbox-api'],
      ['-', 'sandbox-api'],
      ['\u0000', 'sandbox-api'],
    ] as const) {
      expect((await ask(token, { as })).text).toBe('{"active":false}');
    }
  });

  it('tells the app of its own tokens, the refresh token too, each sector by its own sub', async () => {
    const { access_token, refresh_token = '', sub } = await signIn('openid offline_access hoso.xem');
    const own = await ask(refresh_token, { as: 'sandbox-web' });
    expect(own.body).toMatchObject({ active: true, sub, acr: 'level1', amr: ['zalo'] });
    expect(own.body).not.toHaveProperty('token_type');
    expect((await ask(access_token, { as: 'sandbox-web' })).body).toMatchObject({ sub });
    expect((await ask(access_token)).body.sub).not.toBe(sub);
  });

  it('of a rotated refresh token is inactive', async () => {
    const { refresh_token = '' } = await signIn('openid offline_access hoso.xem');
    await party.refresh(refresh_token);
    expect((await ask(refresh_token, { as: 'sandbox-web' })).text).toBe('{"active":false}');
  });

  it('of a client’s own token has no citizen in it', async () => {
    const { access_token } = await party.clientCredentials({ scope: 'hoso.xem', resource: OPAQUE });
    const { body } = await ask(access_token);
    expect(body).toMatchObject({ active: true, client_id: 'sandbox-web', scope: 'hoso.xem' });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['sub']));
    expect(body).not.toHaveProperty('acr');
  });

  it('ends with the token’s time', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    product.travel(3601);
    expect((await ask(access_token)).text).toBe('{"active":false}');
  });
});

describe('a database that is gone', () => {
  const without = async (work: () => Promise<unknown>) => {
    const { db } = product.deps;
    await sql`ALTER TABLE oidc_artefacts RENAME TO oidc_lost`.execute(db);
    try {
      await work();
    } finally {
      await sql`ALTER TABLE oidc_lost RENAME TO oidc_artefacts`.execute(db);
    }
  };

  it('is a server_error with a request id, logged once, and never an answer about the token', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    await without(async () => {
      for (const accept of ['application/json', SIGNED]) {
        const { status, text, headers } = await ask(access_token, { accept });
        expect([status, text]).toEqual([500, '{"error":"server_error"}']);
        const id = headers.get('x-request-id') ?? 'none';
        const lines = product
          .logged()
          .split('\n')
          .filter((line) => line.includes(id));
        expect(lines.filter((line) => line.includes('"level":50'))).toHaveLength(1);
        expect(lines.filter((line) => line.includes('"status":500'))).toHaveLength(1);
      }
    });
    expect((await ask(access_token)).body.active).toBe(true);
  });
});

describe('what cannot be written is not given away', () => {
  it('no code leaves for the app, and no token', async () => {
    const { db } = product.deps;
    await sql`CREATE FUNCTION refuse_artefact() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'the disk is full'; END $$`.execute(db);
    const refuse = async (model: string, work: () => Promise<unknown>) => {
      await sql`CREATE TRIGGER refuse_artefact BEFORE INSERT ON oidc_artefacts FOR EACH ROW
        WHEN (NEW.model = ${sql.lit(model)}) EXECUTE FUNCTION refuse_artefact()`.execute(db);
      try {
        await work();
      } finally {
        await sql`DROP TRIGGER refuse_artefact ON oidc_artefacts`.execute(db);
      }
    };
    const { visitor } = await signIn('openid hoso.xem');
    await refuse('AuthorizationCode', async () => {
      await party.ask(visitor, { scope: 'openid hoso.xem' });
      expect(visitor.page.status).toBe(500);
      expect(visitor.page.headers.get('location')).toBeNull();
    });
    const attempt = await party.ask(visitor, { scope: 'openid hoso.xem' });
    await refuse('AccessToken', async () => {
      const refused = await party.redeem(visitor, attempt).catch((error) => error);
      expect(refused).not.toHaveProperty('access_token');
      expect(JSON.stringify(refused.cause ?? {})).not.toContain('access_token');
    });
  });
});

describe('what ends, ends at once', () => {
  const scope = () => ({ deps: product.deps, registry });
  let registry: Registry;
  beforeAll(async () => {
    registry = await Registry.load(product.deps);
  });

  it.each([OPAQUE, AS_JWT])('a suspended account, %s', async (resource) => {
    const name = resource === OPAQUE ? 'duom' : 'my';
    const { access_token, accountId } = await signIn(
      resource === OPAQUE ? 'openid hoso.xem' : 'openid school.fees',
      name,
    );
    const as = resource === OPAQUE ? 'sandbox-api' : 'school';
    expect((await ask(access_token, { as })).body.active).toBe(true);
    await suspendAccount(product.deps, { accountId, actor: 'officer-1', reason: 'reported' });
    expect((await ask(access_token, { as })).text).toBe('{"active":false}');
  });

  it('a session, and with it the tokens that live in it', async () => {
    const first = await signIn('openid hoso.xem', 'khanh');
    const second = await signIn('openid hoso.xem', 'khanh');
    const { accountId } = first;
    await performAct(product.deps, (act) =>
      endAllSessions(act, scope(), {
        accountId,
        reason: 'test',
        grantReason: 'signed_out',
        tokens: false,
      }),
    );
    for (const { access_token } of [first, second])
      expect((await ask(access_token)).text).toBe('{"active":false}');
  });

  it('a session alone, without its grants, ends the tokens that live in it and not the others', async () => {
    const inSession = await signIn('openid hoso.xem', 'tuan');
    const offline = await signIn('openid offline_access hoso.xem', 'tuan');
    await product.deps.db
      .updateTable('oidc_artefacts')
      .set({ ended_at: product.deps.clock() })
      .where('model', '=', 'Session')
      .where('account_id', '=', inSession.accountId)
      .execute();
    expect((await ask(inSession.access_token)).text).toBe('{"active":false}');
    expect((await ask(offline.access_token)).body.active).toBe(true);
  });

  it('a token of the version before, which did not note its session', async () => {
    const { access_token, accountId } = await signIn('openid hoso.xem', 'bay');
    const { db, clock } = product.deps;
    await db
      .updateTable('oidc_artefacts')
      .set({ session_hash: null })
      .where('account_id', '=', accountId)
      .where('model', '=', 'AccessToken')
      .execute();
    expect((await ask(access_token)).body.active).toBe(true);
    await db
      .updateTable('oidc_artefacts')
      .set({ ended_at: clock() })
      .where('model', '=', 'Session')
      .where('account_id', '=', accountId)
      .execute();
    expect((await ask(access_token)).text).toBe('{"active":false}');
  });
});

describe('JWT access tokens (RFC 9068)', () => {
  it('are signed, typed and complete (§2.1, §2.2), for five minutes', async () => {
    const { access_token, accountId } = await signIn('openid school.fees');
    const { payload, protectedHeader } = await jwtVerify(access_token, keys(), {
      issuer: product.issuer,
      audience: AS_JWT,
      typ: 'at+jwt',
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(payload).toMatchObject({
      client_id: 'sandbox-web',
      scope: 'school.fees',
      acr: 'level1',
      amr: ['zalo'],
      auth_time: expect.any(Number),
      jti: expect.any(String),
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    // §2.2, §5: who the citizen is to the service, and not to the app.
    expect(await accountIdOf(product, payload.sub, 'school')).toBe(accountId);
  });

  it('say of a client’s own token that the client is its subject (§2.2)', async () => {
    const { access_token } = await party.clientCredentials({ scope: 'school.fees', resource: AS_JWT });
    expect(decodeJwt(access_token)).toMatchObject({
      sub: 'sandbox-web',
      client_id: 'sandbox-web',
      aud: AS_JWT,
    });
    const { body } = await ask(access_token, { as: 'school' });
    const { jti, iat, exp } = decodeJwt(access_token);
    expect(body).toEqual({
      active: true,
      client_id: 'sandbox-web',
      iss: product.issuer,
      aud: AS_JWT,
      scope: 'school.fees',
      token_type: 'Bearer',
      ...{ jti, iat, exp },
    });
    // Neither a service it is not meant for nor who changed a letter of it.
    expect((await ask(access_token)).text).toBe('{"active":false}');
    const [header = '', , signature = ''] = access_token.split('.');
    const more = Buffer.from(JSON.stringify({ ...decodeJwt(access_token), scope: 'school.all' }));
    const forged = `${header}.${more.toString('base64url')}.${signature}`;
    expect((await ask(forged, { as: 'school' })).text).toBe('{"active":false}');
    product.travel(301);
    expect((await ask(access_token, { as: 'school' })).text).toBe('{"active":false}');
    product.travel(0);
  });

  it('can be introspected: the same subject and jti, and the truth of now', async () => {
    const { access_token } = await signIn('openid school.fees');
    const claims = decodeJwt(access_token);
    const { body } = await ask(access_token, { as: 'school' });
    expect(body).toMatchObject({ active: true, aud: AS_JWT, acr: 'level1', scope: 'school.fees' });
    expect([body.sub, body.jti, body.exp]).toEqual([claims.sub, claims.jti, claims.exp]);
    expect((await ask(access_token)).text).toBe('{"active":false}');
  });

  it('changed by a letter, or signed by another key, are unknown', async () => {
    const { access_token } = await signIn('openid school.fees');
    const [header = '', payload = '', signature = ''] = access_token.split('.');
    const forged = await new SignJWT(decodeJwt(access_token))
      .setProtectedHeader({ ...decodeProtectedHeader(access_token), alg: 'ES256' })
      .sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const turned = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    for (const token of [forged, `${header}.${payload}.${turned}`, `${header}.${payload}.`, `${header}..`]) {
      expect((await ask(token, { as: 'school' })).text).toBe('{"active":false}');
    }
    const jti = String(decodeJwt(access_token).jti);
    expect((await ask(jti, { as: 'school' })).text).toBe('{"active":false}');
  });

  it('open nothing at our own doors', async () => {
    const { access_token } = await signIn('openid school.fees');
    const response = await fetch(`${product.issuer}/me`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(response.status).toBe(403);
  });

  it('are not issued for a scope that the level does not reach', async () => {
    const { access_token } = await signIn('openid hoso.xem hoso.nop school.fees').catch(() => ({
      access_token: undefined,
    }));
    // Two services in one request: a token is for one of them (RFC 8707 §2.2).
    expect(access_token).toBeUndefined();
  });
});

describe('revocation (RFC 7009)', () => {
  const revoke = (token: string, as: string, form = {}) =>
    ask(token, { as, form, path: '/token/revocation' });

  it.each(['hoso.xem', 'school.fees'])(
    'of an access token for %s ends it alone, of a refresh token all of its grant (§2.1), on every node',
    async (scope) => {
      const as = scope === 'hoso.xem' ? 'sandbox-api' : 'school';
      const { access_token, refresh_token = '' } = await signIn(`openid offline_access ${scope}`);
      const told = (token: string, by = as) =>
        second.ask(PATH, { headers: basic(by), form: { token } }).then(({ text }) => text);
      const inactive = '{"active":false}';
      expect((await ask(access_token, { as })).body.active).toBe(true);
      expect(await revoke(access_token, 'sandbox-web')).toMatchObject({ status: 200, text: '' });
      await within1Second(async () => (await told(access_token)) === inactive);
      expect((await ask(access_token, { as })).text).toBe(inactive);
      // §2.2: once more is no error.
      expect((await revoke(access_token, 'sandbox-web')).status).toBe(200);

      expect((await ask(refresh_token, { as: 'sandbox-web' })).body.active).toBe(true);
      const next = await party.refresh(refresh_token);
      expect((await ask(next.access_token, { as })).body.active).toBe(true);
      expect((await revoke(next.refresh_token ?? '', 'sandbox-web')).status).toBe(200);
      await within1Second(async () => (await told(next.access_token)) === inactive);
      expect(await told(next.refresh_token ?? '', 'sandbox-web')).toBe(inactive);
    },
  );

  it('of an access token for userinfo, and of one that is brought with a wrong hint, too (§2.1)', async () => {
    const { access_token, refresh_token = '' } = await signIn('openid offline_access profile');
    await revoke(access_token, 'sandbox-web', { token_type_hint: 'refresh_token' });
    await expect(party.userInfo(access_token, 'whoever')).rejects.toMatchObject({ status: 401 });
    expect((await party.refresh(refresh_token)).access_token).toBeTruthy();
  });

  it('of a JWT is its own client’s alone', async () => {
    const { access_token } = await signIn('openid school.fees');
    expect((await revoke(access_token, 'school')).status).toBe(200);
    expect((await revoke(access_token, '', { client_id: 'sandbox-app' })).status).toBe(200);
    expect((await revoke(access_token, 'sandbox-web:no')).status).toBe(401);
    expect((await ask(access_token, { as: 'school' })).body.active).toBe(true);
  });

  it('of a JWT that is a client’s own: on every node, however its letters are turned', async () => {
    const { access_token } = await party.clientCredentials({ scope: 'school.fees', resource: AS_JWT });
    const told = (token: string) =>
      second.ask(PATH, { headers: basic('school'), form: { token } }).then(({ text }) => text);
    const twin = twinOf(access_token);
    expect([twin === access_token, JSON.parse(await told(twin)).active]).toEqual([false, true]);
    // Its service may ask about it, and has no say in it.
    expect((await revoke(access_token, 'school')).status).toBe(200);
    expect(JSON.parse(await told(access_token)).active).toBe(true);

    expect(await revoke(access_token, 'sandbox-web')).toMatchObject({ status: 200, text: '' });
    const inactive = '{"active":false}';
    await within1Second(async () => (await told(access_token)) === inactive);
    expect([await told(twin), (await ask(access_token, { as: 'school' })).text]).toEqual([
      inactive,
      inactive,
    ]);
    expect((await revoke(access_token, 'sandbox-web')).status).toBe(200);
    // Another one of the same client goes on.
    const other = await party.clientCredentials({ scope: 'school.fees', resource: AS_JWT });
    expect((await ask(other.access_token, { as: 'school' })).body.active).toBe(true);
  });
});

/** The same claims under the other signature that ECDSA has for them: (r, n − s). */
function twinOf(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const bytes = Buffer.from(signature, 'base64url');
  const other = order - BigInt(`0x${bytes.toString('hex', 32)}`);
  const turned = Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(other.toString(16).padStart(64, '0'), 'hex'),
  ]);
  return `${header}.${payload}.${turned.toString('base64url')}`;
}

describe('signed answers (RFC 9701)', () => {
  it('come to those who ask for them (§4), with the answer inside (§5)', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    const { text, headers, status } = await ask(access_token, { accept: SIGNED });
    expect([status, headers.get('content-type')]).toEqual([200, SIGNED]);
    const { payload, protectedHeader } = await jwtVerify(text, keys(), {
      issuer: product.issuer,
      audience: 'sandbox-api',
      typ: 'token-introspection+jwt',
    });
    // §6: RS256 for a caller that registered nothing else.
    expect(protectedHeader.alg).toBe('RS256');
    const plain = (await ask(access_token)).body;
    expect(payload).toEqual({
      iss: product.issuer,
      aud: 'sandbox-api',
      iat: expect.any(Number),
      token_introspection: plain,
    });
    // §5, §8.1: it must not be taken for a token.
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('exp');
  });

  it('come whatever the case of the letters they are asked for in (RFC 9110 §8.3.1)', async () => {
    const { access_token } = await signIn('openid hoso.xem');
    const { headers } = await ask(access_token, { accept: SIGNED.toUpperCase() });
    expect(headers.get('content-type')).toBe(SIGNED);
  });

  it('say no more than {active: false} about what does not concern the caller', async () => {
    const { access_token } = await signIn('openid school.fees');
    const { text } = await ask(access_token, { accept: SIGNED });
    expect(decodeJwt(text).token_introspection).toEqual({ active: false });
  });

  it('are encrypted for those who registered a key (§6), and never sent in the clear', async () => {
    const { access_token } = await signIn('openid archive.read', 'binh', true);
    expect(await ask(access_token, { as: 'archive' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    const { text } = await ask(access_token, { as: 'archive', accept: SIGNED });
    const { plaintext, protectedHeader } = await compactDecrypt(text, opened.privateKey);
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' });
    const { payload } = await jwtVerify(Buffer.from(plaintext).toString(), keys(), { audience: 'archive' });
    expect(payload.token_introspection).toMatchObject({ active: true, acr: 'level2', aud: ENCRYPTED });
  });

  it('are in discovery (§7)', () => {
    expect(party.metadata).toMatchObject({
      introspection_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256']),
      introspection_encryption_alg_values_supported: expect.arrayContaining(['ECDH-ES', 'RSA-OAEP-256']),
    });
  });
});

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
