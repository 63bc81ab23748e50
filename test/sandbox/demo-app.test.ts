import { createServer, type Server } from 'node:http';
import Koa from 'koa';
import mount from 'koa-mount';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Browser, listen, startSandbox, stop, type TestSandbox } from './support.ts';

/**
 * The app's side of the journey, against a small stand-in for the provider: it signs in whoever `next` says, at the
 * level it says, and takes hoso.nop off whoever is not level2. The journey against the real one is in test/journeys.
 */
let server: Server;
let sandbox: TestSandbox;
let issuer: string;
let next: { sub: string; acr: string } | { error: string };
const asked: URLSearchParams[] = [];

function createStandIn(): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'sandbox-web',
        client_secret: 'sandbox-web-secret',
        redirect_uris: [`${sandbox.url}/app/callback`],
        post_logout_redirect_uris: [`${sandbox.url}/app`],
      },
      {
        client_id: 'sandbox-api',
        client_secret: 'sandbox-api-secret',
        redirect_uris: [],
        response_types: [],
        grant_types: [],
      },
    ],
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub', 'acr', 'auth_time'], profile: ['name'] },
    conformIdTokenClaims: false,
    acrValues: ['level1', 'level2'],
    cookies: { keys: ['a key'] },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'hoso.xem hoso.nop', audience: 'urn:sandbox:ho-so' }),
        useGrantedResource: () => true,
      },
    },
    extraTokenClaims: (ctx) => {
      const { acr } = ctx.oidc.entities.AuthorizationCode ?? {};
      return { ...(acr ? { acr } : {}), auth_time: Math.floor(Date.now() / 1000) };
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, name: `Tên của ${sub}` }) }),
    loadExistingGrant: async (ctx) => {
      const { client, session, provider, params } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile');
      const scopes = String(params?.scope)
        .split(' ')
        .filter((scope) => scope.startsWith('hoso.'));
      grant.addResourceScope('urn:sandbox:ho-so', scopes.join(' '));
      await grant.save();
      return grant;
    },
  });
}

function createStandInApp(): Koa {
  const provider = createStandIn();
  const app = new Koa();
  app.keys = ['a key'];
  app.use(async (ctx, go) => {
    if (ctx.path === '/auth') {
      asked.push(new URLSearchParams(ctx.querystring));
      // Everybody signs in anew, so that each test says who comes.
      ctx.req.headers.cookie = '';
    }
    if (ctx.path.startsWith('/auth/')) {
      ctx.req.headers.cookie = (ctx.req.headers.cookie ?? '').replace(/_session[^;]*;?/g, '');
    }
    if (!ctx.path.startsWith('/interaction/')) return go();
    const result =
      'error' in next ? next : { login: { accountId: next.sub, acr: next.acr, remember: false } };
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  });
  app.use(mount('/', provider));
  return app;
}

beforeAll(async () => {
  server = createServer();
  issuer = `http://localhost:${await listen(server)}`;
  sandbox = await startSandbox(issuer);
  server.on('request', createStandInApp().callback());
});
afterAll(() => {
  sandbox.stop();
  stop(server);
});

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
  asked.length = 0;
});

const visit = async (path: string) => browser.follow(await browser.get(sandbox.url + path));
const submit = async (path: string, fields: Record<string, string>) =>
  browser.follow(await browser.post(sandbox.url + path, fields));
const dossier = { title: 'Giấy phép "nhà"', text: 'Xin <b>phép</b>' };

describe('the demo app', () => {
  test('signs in with what it must send, and says who came at which level', async () => {
    next = { sub: 'an', acr: 'level1' };
    const home = await visit('/app/sign-in');
    expect(home.text).toContain('Xin chào, Tên của an');
    expect(home.text).toContain('<td id="level">level1</td>');
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      client_id: 'sandbox-web',
      response_type: 'code',
      scope: 'openid profile hoso.xem',
      resource: 'urn:sandbox:ho-so',
      code_challenge_method: 'S256',
      redirect_uri: `${sandbox.url}/app/callback`,
    });
  });

  test('passes on what somebody wants to try', async () => {
    next = { sub: 'an', acr: 'level2' };
    await visit('/app/sign-in?acr_values=level2&prompt=login&max_age=300&scope=hoso.nop');
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      acr_values: 'level2',
      prompt: 'login',
      max_age: '300',
      scope: 'openid profile hoso.xem hoso.nop',
    });
    await browser.get(`${sandbox.url}/app/sign-in?acr_values=level2&essential=1`);
    const { location } = await browser.get(`${sandbox.url}/app/sign-in?acr_values=level2&essential=1`);
    const { searchParams } = new URL(location ?? '');
    expect(JSON.parse(searchParams.get('claims') ?? '')).toEqual({
      id_token: { acr: { essential: true, values: ['level2'] } },
    });
    expect(searchParams.has('acr_values')).toBe(false);
  });

  test('a report needs level1 only', async () => {
    next = { sub: 'an', acr: 'level1' };
    await visit('/app/sign-in');
    const receipt = await submit('/app/reports', { text: 'Đèn hỏng' });
    expect(receipt.text).toContain('Đã gửi phản ánh');
    expect(receipt.text).toMatch(/PA-\d{4}-\d{6}/);
    expect(asked).toHaveLength(1);
  });

  test('a dossier at level1: away, up, back in the form, filed', async () => {
    next = { sub: 'an', acr: 'level1' };
    await visit('/app/sign-in');
    next = { sub: 'an', acr: 'level2' };
    const back = await submit('/app/dossiers', dossier);
    expect(Object.fromEntries(asked[1] ?? [])).toMatchObject({
      acr_values: 'level2',
      scope: 'openid profile hoso.xem hoso.nop',
    });
    expect(back.url).toBe(`${sandbox.url}/app/dossiers`);
    expect(back.text).toContain('Đã xác minh xong');
    expect(back.text).toContain('value="Giấy phép &quot;nhà&quot;"');
    expect(back.text).toContain('Xin &lt;b&gt;phép&lt;/b&gt;</textarea>');
    const receipt = await submit('/app/dossiers', dossier);
    expect(receipt.text).toContain('Đã nộp hồ sơ');
    expect(receipt.text).toMatch(/HS-\d{4}-\d{6}/);
    expect((await visit('/app/dossiers')).text).not.toContain('Giấy phép');
  });

  test.each(['unmet_authentication_requirements', 'access_denied'])(
    '%s: the form is still there',
    async (error) => {
      next = { sub: 'an', acr: 'level1' };
      await visit('/app/sign-in');
      next = { error };
      const back = await submit('/app/dossiers', dossier);
      expect(back.text).toContain('Nội dung vẫn còn đây');
      expect(back.text).toContain('Xin &lt;b&gt;phép&lt;/b&gt;</textarea>');
      expect((await visit('/app')).text).toContain('Xin chào');
    },
  );

  test('back at level1 after all: told so, in the form', async () => {
    next = { sub: 'an', acr: 'level1' };
    await visit('/app/sign-in');
    const back = await submit('/app/dossiers', dossier);
    expect(back.text).toContain('Chưa xác minh bằng căn cước');
    expect(back.text).toContain('Giấy phép');
  });

  test('somebody else comes back: the first one’s words are gone', async () => {
    next = { sub: 'an', acr: 'level1' };
    await visit('/app/sign-in');
    next = { sub: 'binh', acr: 'level2' };
    const back = await submit('/app/dossiers', dossier);
    expect(back.text).toContain('Xin chào, Tên của binh');
    expect(back.text).not.toContain('Giấy phép');
    expect((await visit('/app/dossiers')).text).not.toContain('Giấy phép');
  });

  test('not signed in: signs in first, and keeps the form', async () => {
    next = { sub: 'an', acr: 'level1' };
    expect((await submit('/app/reports', { text: 'Đèn hỏng' })).text).toContain('Đèn hỏng</textarea>');
  });

  test('an answer nobody asked for, or one used before, signs nobody in', async () => {
    next = { sub: 'an', acr: 'level1' };
    expect((await visit('/app/callback?code=x&state=y')).text).toContain('callback_failed');
    const away = await browser.get(`${sandbox.url}/app/sign-in`);
    let at = away;
    while (at.location && !at.location.includes('/app/callback')) at = await browser.get(at.location);
    expect((await new Browser().get(at.location ?? '')).status).toBe(303);
    await browser.get(at.location ?? '');
    expect(
      (await visit(new URL(at.location ?? '').pathname + new URL(at.location ?? '').search)).text,
    ).toContain('callback_failed');
  });

  test('sign-out goes through the provider', async () => {
    next = { sub: 'an', acr: 'level1' };
    await visit('/app/sign-in');
    const { location } = await browser.post(`${sandbox.url}/app/sign-out`, {});
    const url = new URL(location ?? '');
    expect(url.origin).toBe(issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'sandbox-web',
      post_logout_redirect_uri: `${sandbox.url}/app`,
    });
    expect((await visit('/app')).text).toContain('Chưa đăng nhập');
  });
});
