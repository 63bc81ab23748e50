import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseChallenge } from '../../src/guard/index.ts';
import { listen, startSandbox, stop, type TestSandbox } from './support.ts';

/** A provider that only introspects: the token is its own answer. */
let provider: Server;
let sandbox: TestSandbox;
let issuer: string;
let mood: 'well' | 'down' = 'down';
const seen = new Set<string | undefined>();

beforeAll(async () => {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (mood === 'down') return response.writeHead(503).end();
      response.setHeader('content-type', 'application/json');
      if (request.url === '/.well-known/openid-configuration') {
        return response.end(
          JSON.stringify({ issuer, introspection_endpoint: `${issuer}/token/introspection` }),
        );
      }
      seen.add(request.headers.authorization);
      const token = new URLSearchParams(body).get('token') ?? '';
      return response.end(Buffer.from(token, 'base64url'));
    });
  });
  issuer = `http://localhost:${await listen(provider)}`;
  sandbox = await startSandbox(issuer);
});
afterAll(() => {
  sandbox.stop();
  stop(provider);
});

const now = Math.floor(Date.now() / 1000);
const citizen = (acr: string, scope: string, sub = 'a-citizen') => ({
  active: true,
  iss: issuer,
  aud: 'urn:sandbox:ho-so',
  sub,
  client_id: 'sandbox-web',
  acr,
  scope,
  auth_time: now,
  exp: now + 600,
  token_type: 'Bearer',
});

async function call(method: string, path: string, token?: object, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${Buffer.from(JSON.stringify(token)).toString('base64url')}`;
  return fetch(`${sandbox.url}/api${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

const dossier = { title: 'Giấy phép', text: 'Xin phép xây nhà' };

describe('the demo service', () => {
  test('a provider that is down: 503, and a new try when it is back', async () => {
    const answer = await call('GET', '/reports', citizen('level2', 'hoso.xem'));
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'temporarily_unavailable' }]);
    mood = 'well';
    expect((await call('GET', '/reports', citizen('level2', 'hoso.xem'))).status).toBe(200);
    const expected = `Basic ${Buffer.from('sandbox-api:sandbox-api-secret').toString('base64')}`;
    expect([...seen]).toEqual([expected]);
  });

  test('no token: the bare challenge', async () => {
    const answer = await call('POST', '/dossiers', undefined, dossier);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('level1 sends a report and sees their own only', async () => {
    const token = citizen('level1', 'openid hoso.xem');
    const sent = await call('POST', '/reports', token, { text: 'Đèn đường hỏng' });
    expect(sent.status).toBe(201);
    expect(await sent.json()).toMatchObject({
      number: expect.stringMatching(/^PA-\d{4}-\d{6}$/),
      text: 'Đèn đường hỏng',
    });
    expect(await (await call('GET', '/reports', token)).json()).toMatchObject({
      reports: [{ text: 'Đèn đường hỏng' }],
    });
    const other = citizen('level1', 'hoso.xem', 'another-citizen');
    expect(await (await call('GET', '/reports', other)).json()).toEqual({ reports: [] });
  });

  test('level1 cannot file: the challenge of RFC 9470, even though the scope is gone too', async () => {
    const answer = await call('POST', '/dossiers', citizen('level1', 'openid hoso.xem'), dossier);
    expect(answer.status).toBe(401);
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toMatchObject({
      error: 'insufficient_user_authentication',
      acrValues: ['level2'],
      scope: ['hoso.nop'],
    });
  });

  test('level2 files, and reads back', async () => {
    const token = citizen('level2', 'openid hoso.xem hoso.nop');
    const filed = await call('POST', '/dossiers', token, dossier);
    expect([filed.status, await filed.json()]).toMatchObject([
      201,
      { number: expect.stringMatching(/^HS-/), ...dossier },
    ]);
    expect(await (await call('GET', '/dossiers', token)).json()).toMatchObject({ dossiers: [dossier] });
    expect((await call('GET', '/dossiers', citizen('level1', 'hoso.xem'))).status).toBe(401);
  });

  test('level2 without the scope', async () => {
    const answer = await call('POST', '/dossiers', citizen('level2', 'openid hoso.xem'), dossier);
    expect(answer.status).toBe(403);
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toMatchObject({
      error: 'insufficient_scope',
      scope: ['hoso.nop'],
    });
  });

  test.each([
    ['inactive', { active: false }],
    ['for another service', { ...citizen('level2', 'hoso.nop'), aud: 'urn:another' }],
  ])('a token that is %s', async (_name, token) => {
    const answer = await call('POST', '/dossiers', token, dossier);
    expect(answer.status).toBe(401);
    expect(parseChallenge(answer.headers.get('www-authenticate'))?.error).toBe('invalid_token');
  });

  test('a form that is not filled, and a body that is none', async () => {
    const token = citizen('level2', 'hoso.nop');
    const empty = await call('POST', '/dossiers', token, { title: ' ', text: 'x' });
    expect([empty.status, await empty.json()]).toEqual([422, { error: 'invalid_form', fields: ['title'] }]);
    expect((await call('POST', '/dossiers', token)).status).toBe(422);
    expect((await call('POST', '/dossiers', token, { title: 'x', text: 'x'.repeat(70_000) })).status).toBe(
      413,
    );
  });
});
