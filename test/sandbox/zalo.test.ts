import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPerson, people } from '../../src/sandbox/people.ts';
import { faults } from '../../src/sandbox/zalo-faults.ts';
import { computeAppsecretProof } from '../../src/sandbox/zalo-graph.ts';
import { computeChallenge } from '../../src/sandbox/zalo-token.ts';
import { Browser, startSandbox, type TestSandbox } from './support.ts';

const APP = '3141592653589793238';
const SECRET = 'sandbox-zalo-secret';
const CALLBACK = 'http://localhost:3000/zalo/callback';

let sandbox: TestSandbox;
const verifier = randomBytes(32).toString('base64url');
const browser = new Browser();

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

const permission = {
  app_id: APP,
  redirect_uri: CALLBACK,
  code_challenge: computeChallenge(verifier),
  state: 'a state',
};

/** Presses a button of the sign-in page; answers the way back. */
async function press(fields: Record<string, string>): Promise<URL> {
  const { location } = await browser.post(`${sandbox.url}/zalo/v4/permission`, { ...permission, ...fields });
  return new URL(location ?? '');
}

async function getCode(person = 'an', fault = 'none'): Promise<string> {
  return (await press({ person, fault })).searchParams.get('code') ?? '';
}

async function callToken(fields: Record<string, string>, secret = SECRET): Promise<Response> {
  return fetch(`${sandbox.url}/zalo/v4/access_token`, {
    method: 'POST',
    headers: { secret_key: secret },
    body: new URLSearchParams({ app_id: APP, ...fields }),
    redirect: 'manual',
  });
}

async function redeem(fields: Record<string, string>, secret?: string): Promise<Record<string, unknown>> {
  const response = await callToken(
    { grant_type: 'authorization_code', code_verifier: verifier, ...fields },
    secret,
  );
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function getToken(person = 'an', fault = 'none'): Promise<string> {
  return String((await redeem({ code: await getCode(person, fault) })).access_token);
}

async function callMe(
  token: string,
  headers: Record<string, string> = {},
  fields = 'id,name,picture',
): Promise<Response> {
  return fetch(`${sandbox.url}/zalo/v2.0/me?fields=${fields}`, {
    headers: { access_token: token, appsecret_proof: computeAppsecretProof(token, SECRET), ...headers },
    redirect: 'manual',
  });
}

async function readMe(
  token: string,
  headers?: Record<string, string>,
  fields?: string,
): Promise<Record<string, unknown>> {
  return (await (await callMe(token, headers, fields)).json()) as Record<string, unknown>;
}

describe('the vectors', () => {
  test('RFC 7636 appendix B', () => {
    expect(computeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
  test('appsecret_proof', () => {
    expect(computeAppsecretProof('accessToken', 'appSecretKey')).toBe(
      '0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f',
    );
  });
});

describe('asking for permission', () => {
  test('a page with a button for everybody, a refusal and the faults, escaped', async () => {
    const { status, text } = await browser.get(
      `${sandbox.url}/zalo/v4/permission?${new URLSearchParams(permission)}`,
    );
    expect(status).toBe(200);
    for (const { id } of people) expect(text).toContain(`<button name="person" value="${id}">`);
    expect(text).toContain('name="deny"');
    for (const name of faults.keys()) expect(text).toContain(`<option value="${name}">`);
    expect(text).not.toContain('<b>shop</b>');
    expect(text).not.toContain('<script');
  });

  test.each([
    ['another app', { app_id: '1' }, '-14002'],
    ['no app', { app_id: '' }, '-14002'],
    ['another address', { redirect_uri: 'http://localhost:3000/zalo/callback/x' }, '-14003'],
    ['another host', { redirect_uri: 'http://evil.example/zalo/callback' }, '-14003'],
  ])('%s: no callback at all, by link or by form', async (_name, wrong, error) => {
    const query = new URLSearchParams({ ...permission, ...wrong });
    const asked = await browser.get(`${sandbox.url}/zalo/v4/permission?${query}`);
    const expected = `${sandbox.url}/zalo/v4/permission/error?error_code=${error}`;
    expect(asked.location).toBe(expected);
    expect((await press({ ...wrong, person: 'an' })).href).toBe(expected);
    expect((await browser.get(expected)).status).toBe(200);
  });

  test.each(['http://127.0.0.1:3000/zalo/callback', CALLBACK])('%s is ours', async (redirect) => {
    const back = await press({ person: 'an', redirect_uri: redirect });
    expect(back.href.startsWith(`${redirect}?code=`)).toBe(true);
    expect(back.searchParams.get('state')).toBe('a state');
  });

  test('refusal', async () => {
    const { searchParams } = await press({ deny: '1' });
    expect(Object.fromEntries(searchParams)).toMatchObject({ error: 'access_denied', state: 'a state' });
    expect(searchParams.has('code')).toBe(false);
  });

  test('without a state none comes back', async () => {
    const { state: _, ...stateless } = permission;
    const { location } = await browser.post(`${sandbox.url}/zalo/v4/permission`, {
      ...stateless,
      person: 'an',
    });
    expect(new URL(location ?? '').searchParams.has('state')).toBe(false);
  });

  test('an unknown person is asked again', async () => {
    const { status } = await browser.post(`${sandbox.url}/zalo/v4/permission`, {
      ...permission,
      person: 'nobody',
    });
    expect(status).toBe(200);
  });

  test('callback faults', async () => {
    const back = async (what: string) => press({ person: 'an', fault: `callback:${what}` });
    expect((await back('none')).href).toBe(`${sandbox.url}/zalo/v4/permission/error?error_code=-14019`);
    expect([...(await back('no-code')).searchParams.keys()]).toEqual(['state']);
    expect((await back('error-code')).searchParams.get('error_code')).toBe('-14019');
    expect([...(await back('no-state')).searchParams.keys()]).toEqual(['code']);
    expect((await back('other-state')).searchParams.get('state')).toBe('another');
    expect(await redeem({ code: (await back('other-code')).searchParams.get('code') ?? '' })).toMatchObject({
      error: -14005,
    });
    expect(await redeem({ code: (await back('echo')).searchParams.get('code') ?? '' })).not.toHaveProperty(
      'error',
    );
  });
});

describe('redeeming a code', () => {
  test('strings, and nothing of the error kind', async () => {
    const tokens = await redeem({ code: await getCode() });
    expect(tokens).toEqual({
      access_token: expect.stringMatching(/^.{20,}$/),
      refresh_token: expect.stringMatching(/^.{20,}$/),
      expires_in: '3600',
      refresh_token_expires_in: '2592000',
    });
  });

  test.each<[string, Record<string, string>, string | undefined, number]>([
    ['another app', { app_id: '1' }, undefined, -14002],
    ['a wrong secret', {}, 'wrong', -14004],
    ['no secret', {}, '', -14004],
    ['another grant', { grant_type: 'password' }, undefined, -14018],
    ['an unknown code', { code: 'unknown' }, undefined, -14005],
    ['a wrong verifier', { code_verifier: 'a'.repeat(43) }, undefined, -14005],
    ['no verifier', { code_verifier: '' }, undefined, -14005],
  ])('%s: HTTP 200 and an error', async (_name, fields, secret, error) => {
    const answer = await redeem({ code: await getCode(), ...fields }, secret);
    expect(answer).toMatchObject({ error, error_name: expect.any(String), ref_doc: expect.any(String) });
    expect(answer).not.toHaveProperty('access_token');
  });

  test('the secret is a header, not a field, and the body a form', async () => {
    const code = await getCode();
    expect(await redeem({ code, secret_key: SECRET }, '')).toMatchObject({ error: -14004 });
    const asJson = await fetch(`${sandbox.url}/zalo/v4/access_token`, {
      method: 'POST',
      headers: { secret_key: SECRET, 'content-type': 'application/json' },
      body: JSON.stringify({ app_id: APP, code, grant_type: 'authorization_code', code_verifier: verifier }),
    });
    expect(await asJson.json()).toMatchObject({ error: -14002 });
  });

  test('once, even when tried twice at once', async () => {
    const code = await getCode();
    const answers = await Promise.all([redeem({ code }), redeem({ code })]);
    expect(answers.filter((answer) => 'access_token' in answer)).toHaveLength(1);
  });

  test('within ten minutes', async () => {
    const [first, second] = [await getCode(), await getCode()];
    sandbox.moveClock(595);
    expect(await redeem({ code: first })).toHaveProperty('access_token');
    sandbox.moveClock(6);
    expect(await redeem({ code: second })).toMatchObject({ error: -14005 });
  });

  test('refreshing rotates and inherits the end', async () => {
    const { refresh_token } = await redeem({ code: await getCode() });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(refresh_token) };
    sandbox.moveClock(86_400);
    const second = await redeem(refresh);
    expect(Number(second.refresh_token_expires_in)).toBeLessThanOrEqual(29 * 86_400);
    expect((await readMe(String(second.access_token))).id).toBe(findPerson('an')?.zaloId);
    expect(await redeem(refresh)).toMatchObject({ error: -14014 });
    sandbox.moveClock(30 * 86_400);
    const late = { grant_type: 'refresh_token', refresh_token: String(second.refresh_token) };
    expect(await redeem(late)).toMatchObject({ error: -14014 });
  });

  const tokenFaults = [...faults.keys()].filter((name) => /^token:-\d+$/.test(name));
  test.each(tokenFaults)('%s', async (fault) => {
    expect(await redeem({ code: await getCode('an', fault) })).toMatchObject({
      error: Number(fault.slice(6)),
    });
  });

  test('bent answers', async () => {
    const code = async (what: string) => ({ code: await getCode('an', `token:${what}`) });
    expect(await redeem(await code('no-token'))).not.toHaveProperty('access_token');
    expect(await redeem(await code('empty-token'))).toMatchObject({ access_token: '' });
    expect(await redeem(await code('number-expiry'))).toMatchObject({ expires_in: 3600 });
  });
});

describe('who the token stands for', () => {
  test('flat, with the id as text', async () => {
    const answer = await readMe(await getToken('na'));
    expect(answer).toEqual({
      error: 0,
      message: 'Success',
      id: findPerson('na')?.zaloId,
      name: 'Bé Na 🌸 <b>shop</b>',
      picture: { data: { url: expect.stringMatching(/^http/) } },
      is_sensitive: false,
    });
    expect(String(Number(answer.id))).not.toBe(answer.id);
  });

  test('only what was asked for', async () => {
    const token = await getToken();
    expect(Object.keys(await readMe(token, {}, 'id'))).toEqual(['error', 'message', 'id', 'is_sensitive']);
    expect(await readMe(token, {}, 'id,birthday')).toMatchObject({ birthday: '15/03/1990' });
  });

  test.each(['nhi', 'tho'])('%s is a protected person', async (person) => {
    expect(await readMe(await getToken(person))).toMatchObject({ is_sensitive: true });
  });

  test('the proof is demanded, of this token and this app', async () => {
    const token = await getToken();
    for (const proof of [
      '',
      'x',
      computeAppsecretProof(token, 'another'),
      computeAppsecretProof('another', SECRET),
    ]) {
      expect(await readMe(token, { appsecret_proof: proof })).toEqual({
        error: -242,
        message: 'Invalid appsecret_proof',
      });
    }
  });

  test('an unknown or old token is an invalid session; a bearer header is not looked at', async () => {
    expect(await readMe('unknown')).toMatchObject({ error: 452 });
    const token = await getToken();
    expect(await readMe(token, { access_token: '', authorization: `Bearer ${token}` })).toMatchObject({
      error: 452,
    });
    sandbox.moveClock(3601);
    expect(await readMe(token)).toMatchObject({ error: 452 });
  });

  const meErrors = [...faults.keys()].filter((name) => /^me:-?\d+$/.test(name) && name !== 'me:500');
  test.each(meErrors)('%s', async (fault) => {
    const response = await callMe(await getToken('an', fault));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ error: Number(fault.slice(3)), message: expect.any(String) });
  });

  test('bent answers', async () => {
    const bent = async (what: string) => readMe(await getToken('an', `me:${what}`));
    const { zaloId } = findPerson('an') ?? { zaloId: '' };
    expect(await bent('empty-id')).toMatchObject({ error: 0, id: '' });
    expect(await bent('no-id')).not.toHaveProperty('id');
    expect(await bent('string-error')).toMatchObject({ error: '452' });
    expect(await bent('error-with-id')).toMatchObject({ error: 452, id: zaloId });
    expect(await bent('string-zero')).toMatchObject({ error: '0', id: zaloId });
    expect(await bent('no-error')).not.toHaveProperty('error');
    expect(await bent('no-name')).not.toHaveProperty('name');
    expect(await (await callMe(await getToken('an', 'me:number-id'))).text()).toContain(`"id":${zaloId}`);
  });
});

describe('a bad network', () => {
  for (const stage of ['token', 'me'] as const) {
    const call = async (what: string): Promise<Response> => {
      const fault = `${stage}:${what}`;
      if (stage === 'me') return callMe(await getToken('an', fault));
      return callToken({
        grant_type: 'authorization_code',
        code_verifier: verifier,
        code: await getCode('an', fault),
      });
    };
    test(`at ${stage}`, async () => {
      await expect((await call('malformed')).json()).rejects.toThrow(SyntaxError);
      const page = await call('html');
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(await (await call('list')).json()).toBeInstanceOf(Array);
      expect(await (await call('empty')).text()).toBe('');
      expect((await call('500')).status).toBe(500);
      expect((await (await call('oversized')).text()).length).toBeGreaterThan(5e6);
      const elsewhere = await call('redirect');
      expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([
        302,
        'http://127.0.0.1:1/elsewhere',
      ]);
      const answered = await Promise.race([
        call('slow').then(
          () => true,
          () => true,
        ),
        new Promise((resolve) => setTimeout(() => resolve(false), 300)),
      ]);
      expect(answered).toBe(false);
    });
  }
});

describe('the Mini App', () => {
  type Minted = { access_token: string; phone_token: string | null; phone_error: number };
  const mint = async (person: string): Promise<Minted> => {
    const body = new URLSearchParams({ person });
    return (
      await fetch(`${sandbox.url}/zalo/miniapp/tokens`, { method: 'POST', body })
    ).json() as Promise<Minted>;
  };
  const callPhone = async (token: string, code: string, secret = SECRET): Promise<unknown> => {
    const headers = { access_token: token, code, secret_key: secret };
    return (await fetch(`${sandbox.url}/zalo/v2.0/me/info`, { headers })).json();
  };

  test('the phone number, once', async () => {
    const { access_token, phone_token } = await mint('cuong');
    const answer = { data: { number: '84900000102' }, error: 0, message: 'Success' };
    expect(await callPhone(access_token, phone_token ?? '')).toEqual(answer);
    expect(await callPhone(access_token, phone_token ?? '')).toMatchObject({ error: 100 });
    expect((await readMe(access_token)).id).toBe(findPerson('cuong')?.zaloId);
  });

  test('a recycled number is the one somebody else had', () => {
    expect(findPerson('cuong')?.phone).toBe(findPerson('binh')?.phone);
  });

  test('within two minutes, with the secret, for its own session', async () => {
    const [one, two] = [await mint('an'), await mint('binh')];
    expect(await callPhone(one.access_token, one.phone_token ?? '', 'wrong')).toMatchObject({ error: 100 });
    expect(await callPhone('unknown', one.phone_token ?? '')).toMatchObject({ error: 452 });
    expect(await callPhone(two.access_token, one.phone_token ?? '')).toMatchObject({ error: 100 });
    expect(await callPhone(one.access_token, one.phone_token ?? '')).toMatchObject({ error: 100 });
    sandbox.moveClock(121);
    expect(await callPhone(two.access_token, two.phone_token ?? '')).toMatchObject({ error: 100 });
  });

  test('refused: no phone token', async () => {
    expect(await mint('thuong')).toMatchObject({ phone_token: null, phone_error: -201 });
  });
});
