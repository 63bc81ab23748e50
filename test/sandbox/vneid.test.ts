import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPerson } from '../../src/sandbox/people.ts';
import { Browser, startSandbox, type TestSandbox, type Visit } from './support.ts';

const CALLBACK = 'http://localhost:3000/vneid/callback';
let sandbox: TestSandbox;
let config: client.Configuration;

beforeAll(async () => {
  sandbox = await startSandbox();
  config = await client.discovery(
    new URL(`${sandbox.url}/vneid`),
    'tay-ninh-id',
    undefined,
    client.ClientSecretBasic('sandbox-vneid-secret'),
    { execute: [client.allowInsecureRequests] },
  );
});
afterAll(() => sandbox.stop());

type Started = { checks: client.AuthorizationCodeGrantChecks; login: Visit };

async function authorizationUrl(extra: Record<string, string> = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    acr_values: 'LoA2',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { checks, url };
}

async function start(browser: Browser, extra: Record<string, string> = {}): Promise<Started> {
  const { checks, url } = await authorizationUrl(extra);
  const asked = await browser.get(url.href);
  return { checks, login: asked.location ? await browser.get(asked.location) : asked };
}

/** Presses a button and goes back as far as the callback. */
async function press(browser: Browser, login: Visit, fields: Record<string, string>): Promise<URL> {
  const resume = await browser.post(login.url, fields);
  const back = await browser.get(resume.location ?? '');
  return new URL(back.location ?? '');
}

async function signIn(browser: Browser, person: string) {
  const { checks, login } = await start(browser);
  const back = await press(browser, login, { person });
  return client.authorizationCodeGrant(config, back, checks);
}

describe('the sandbox VNeID', () => {
  test('is an OpenID provider under its own issuer', () => {
    expect(config.serverMetadata().issuer).toBe(sandbox.deps.config.vneid?.issuer);
    expect(config.serverMetadata().code_challenge_methods_supported).toEqual(['S256']);
  });

  test('tells who the citizen is, in the ID token and at userinfo', async () => {
    const tokens = await signIn(new Browser(), 'an');
    const expected = {
      sub: 'vneid-an',
      TechID: 'vneid-an',
      LoaiTaiKhoan: '1',
      HoVaTen: 'Nguyễn Văn An',
      SoDinhDanh: findPerson('an')?.personalNumber,
    };
    expect(tokens.claims()).toMatchObject({ ...expected, acr: 'LoA2' });
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, 'vneid-an');
    expect(userinfo).toEqual(expected);
  });

  test('one browser can be a different person each time, without signing out and without script', async () => {
    const browser = new Browser();
    for (const person of ['an', 'binh', 'binh', 'an']) {
      expect((await signIn(browser, person)).claims()?.sub).toBe(`vneid-${person}`);
    }
    expect(browser.cookieNames.length).toBeGreaterThan(0);
    for (const name of browser.cookieNames) expect(name).toMatch(/^vneid_/);
  });

  test('two tabs do not disturb each other', async () => {
    const browser = new Browser();
    const [first, second] = [await start(browser), await start(browser)];
    const sub = async ({ login, checks }: Started, person: string) => {
      const back = await press(browser, login, { person });
      return (await client.authorizationCodeGrant(config, back, checks)).claims()?.sub;
    };
    expect(await sub(second, 'binh')).toBe('vneid-binh');
    expect(await sub(first, 'an')).toBe('vneid-an');
  });

  test('the second Zalo account of An is An here', async () => {
    expect((await signIn(new Browser(), 'an-2')).claims()?.sub).toBe('vneid-an');
  });

  test('an organisation, and numbers that cannot be', async () => {
    const claims = async (person: string) => (await signIn(new Browser(), person)).claims();
    expect(await claims('hop-tac-xa')).toMatchObject({
      LoaiTaiKhoan: '2',
      MaSoDoanhNghiep: expect.any(String),
    });
    expect(await claims('so-thieu')).toMatchObject({ SoDinhDanh: expect.stringMatching(/^\d{11}$/) });
    expect(await claims('so-sai')).toMatchObject({ SoDinhDanh: expect.stringMatching(/^003/) });
  });

  test.each([
    ['a refusal', { deny: '1' }],
    ['a locked account', { person: 'tho' }],
  ])('%s is access_denied', async (_name, fields) => {
    const browser = new Browser();
    const { checks, login } = await start(browser);
    const back = await press(browser, login, fields);
    await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  test('nobody chosen: asked again; another browser: told so', async () => {
    const browser = new Browser();
    const { login } = await start(browser);
    expect((await browser.post(login.url, {})).text).toContain('name="person"');
    expect((await new Browser().post(login.url, { person: 'an' })).status).toBe(400);
  });

  test('prompt=none never succeeds, and an unknown address gets no callback', async () => {
    const browser = new Browser();
    await signIn(browser, 'an');
    const { location } = await browser.get((await authorizationUrl({ prompt: 'none' })).url.href);
    expect(new URL(location ?? '').searchParams.get('error')).toBe('login_required');
    const wrong = await start(browser, { redirect_uri: 'http://localhost:3000/elsewhere' });
    expect([wrong.login.status, wrong.login.location]).toEqual([400, undefined]);
    expect(wrong.login.text).toContain('invalid_redirect_uri');
  });
});
