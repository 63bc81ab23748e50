/** Tây Ninh Smart inside Zalo: signed in without a redirect, and out onto our pages and back for level2. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suspendAccount } from '../../src/account/accounts.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { post, scanWithPhone, signer, trustFactory } from '../support/card-reader.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import {
  askForStep,
  beginStep,
  exchange,
  ORIGIN,
  openInWebview,
  openZalo,
  postToken,
  readAudit,
  readTokens,
  redeemStep,
  signInToMiniApp,
  userInfo,
} from '../support/mini-app.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';
import { expectErrorPage } from '../support/watch.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct({
    env: { TNID_TRUST_PROXY: '1' },
    prepare: async (deps) => {
      await trustFactory(deps);
      // A second Mini App, of another team.
      const mine = await deps.db
        .selectFrom('clients')
        .selectAll()
        .where('client_id', '=', 'sandbox-mini-app')
        .executeTakeFirstOrThrow();
      await deps.db
        .insertInto('clients')
        .values({
          ...mine,
          client_id: 'other-mini-app',
          metadata: '{}',
          origins: ['https://other.example'],
          return_uri: null,
        })
        .execute();
    },
  });
});
afterAll(() => product?.close());

describe('a Zalo access token becomes ours', () => {
  it('with a number: level1, an ID token, a refresh token, and what they are', async () => {
    const answer = await exchange(product, await openZalo(product, 'an'));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      expires_in: 3600,
      scope: 'openid profile phone offline_access',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { claims, accessToken } = readTokens(answer);
    expect(claims).toMatchObject({ acr: 'level1', amr: ['zalo'], aud: 'sandbox-mini-app' });
    expect(Math.abs(Number(claims.auth_time) - Date.now() / 1000)).toBeLessThan(10);
    expect(await userInfo(product, accessToken)).toEqual({
      sub: claims.sub,
      name: 'Nguyễn Văn An',
      phone_number: '+84900000101',
      phone_number_verified: true,
    });
    expect(await readAudit(product, 'sign_in.succeeded')).toMatchObject([
      { client: 'sandbox-mini-app', method: 'zalo', level: 'level1' },
    ]);
    expect(await readAudit(product, 'phone.vouched')).toHaveLength(1);
  });

  it('is the same account as the web sign-in of the same Zalo', async () => {
    const party = await RelyingParty.register(product);
    const visitor = party.visitor();
    const attempt = await party.ask(visitor, { scope: 'openid phone' });
    await signInWithZalo(visitor, 'an');
    // On the web the number is offered now that Zalo vouched for it in the Mini App.
    expect(visitor.text).toContain('Số điện thoại');
    await agree(visitor);
    const tokens = await party.redeem(visitor, attempt);
    expect(await party.userInfo(tokens.access_token, tokens.claims()?.sub ?? '')).toMatchObject({
      phone_number: '+84900000101',
    });
    const { rows } = await product.deps.db
      .selectFrom('accounts')
      .select(({ fn }) => fn.countAll<bigint>().as('rows'))
      .executeTakeFirstOrThrow();
    expect(Number(rows)).toBe(1);
  });

  it('without a number: none is offered, here and on the web', async () => {
    const { scope, accessToken } = await signInToMiniApp(product, 'thuong');
    expect(scope).toBe('openid profile offline_access');
    expect(await userInfo(product, accessToken)).not.toHaveProperty('phone_number');

    const party = await RelyingParty.register(product);
    const visitor = party.visitor();
    const attempt = await party.ask(visitor, { scope: 'openid phone', prompt: 'consent' });
    await signInWithZalo(visitor, 'thuong');
    expect(visitor.text).not.toContain('Số điện thoại');
    await agree(visitor);
    expect((await party.redeem(visitor, attempt)).scope).toBe('openid');
  });

  it('refreshes as any other, and keeps saying level1', async () => {
    const { refreshToken } = await signInToMiniApp(product, 'khanh');
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const again = readTokens(await postToken(product, refresh));
    expect(again.claims).toMatchObject({ acr: 'level1' });
  });

  it('for a service: a token that the service takes, and no refresh token that was not asked for', async () => {
    const answer = await exchange(product, await openZalo(product, 'khanh'), { scope: 'openid hoso.xem' });
    expect(answer.body).toMatchObject({ scope: 'hoso.xem' });
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(await introspectAsService(product, String(answer.body.access_token))).toMatchObject({
      active: true,
      acr: 'level1',
      scope: 'hoso.xem',
    });
  });
});

describe('what is refused, and told as RFC 6749 and RFC 8693 want it', () => {
  const count = async () => (await readAudit(product, 'sign_in.succeeded')).length;
  const remembered = async () =>
    (await product.deps.db.selectFrom('zalo_tokens_seen').select('token_hash').execute()).length;

  it('a Zalo token that was taken once', async () => {
    const zalo = await openZalo(product, 'an');
    expect((await exchange(product, zalo)).status).toBe(200);
    const before = await count();
    const again = await exchange(product, { ...zalo, phone_token: null });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await count()).toBe(before);
    expect((await readAudit(product, 'sign_in.refused')).at(-1)).toMatchObject({ reason: 'zalo_token_used' });
  });

  it('of sixteen at once with one token all but one', async () => {
    const zalo = await openZalo(product, 'my', { phone: 'no' });
    const answers = await Promise.all(Array.from({ length: 16 }, () => exchange(product, zalo)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('a token of nobody, and one that Zalo no longer knows; neither is remembered', async () => {
    const zalo = await openZalo(product, 'an');
    const before = await remembered();
    product.travel(3601);
    for (const access_token of ['x'.repeat(64), zalo.access_token]) {
      const answer = await exchange(product, { access_token, phone_token: null });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    product.travel(-3601);
    expect(await remembered()).toBe(before);
  });

  it('a phone token that was used, is too old, or is of another person; the Zalo token serves on', async () => {
    const [used, old, mine, others] = [
      await openZalo(product, 'an'),
      await openZalo(product, 'an'),
      await openZalo(product, 'an'),
      await openZalo(product, 'binh'),
    ];
    await exchange(product, used);
    product.travel(121);
    const lateAnswer = await exchange(product, old);
    product.travel(-121);
    expect(lateAnswer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    for (const phone_token of [used.phone_token, others.phone_token, 'bad\nheader', 'một']) {
      expect(await exchange(product, { ...mine, phone_token })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    }
    expect((await exchange(product, { ...mine, phone_token: null })).status).toBe(200);
  });

  it('what is asked wrongly', async () => {
    const { access_token: subject_token } = await openZalo(product, 'an');
    const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
    const subject_token_type = 'urn:tayninh:params:oauth:token-type:zalo-access-token';
    const good = { grant_type, subject_token, subject_token_type };
    const cases: [Record<string, string>, string][] = [
      [{ grant_type, subject_token_type }, 'invalid_request'],
      [{ grant_type, subject_token }, 'invalid_request'],
      [{ ...good, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
      [{ ...good, subject_token_type: 'constructor' }, 'invalid_request'],
      [{ ...good, actor_token: 'x' }, 'invalid_request'],
      [{ ...good, audience: 'urn:sandbox:ho-so' }, 'invalid_target'],
      [{ ...good, resource: 'urn:nobody' }, 'invalid_target'],
      [
        { ...good, requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
        'invalid_request',
      ],
      [{ ...good, scope: 'openid address email' }, 'SUCCESS'],
    ];
    for (const [form, error] of cases) {
      const { status, body } = await postToken(product, form);
      expect([form, status, body.error]).toEqual(
        error === 'SUCCESS' ? [form, 200, undefined] : [form, 400, error],
      );
    }
  });

  it('scopes that need level2: they are asked for on our page, never here', async () => {
    for (const scope of ['openid identity', 'openid hoso.nop']) {
      const answer = await exchange(product, await openZalo(product, 'an'), { scope });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unmet_authentication_requirements' } });
    }
  });

  it('clients that are no Mini App', async () => {
    const zalo = await openZalo(product, 'an');
    for (const client_id of ['sandbox-app', 'nobody']) {
      const answer = await exchange(product, zalo, { client_id }, { origin: 'http://localhost:1' });
      expect([400, 401]).toContain(answer.status);
    }
    expect((await exchange(product, zalo)).status).toBe(200);
  });

  it('while Zalo cannot be asked: 503, the operator hears of it, and the token is not used up', async () => {
    const zalo = await openZalo(product, 'an', { fault: 'me:-501' });
    const before = await remembered();
    const answer = await exchange(product, zalo);
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(product.logged()).toContain('Zalo gives no profiles to servers outside Vietnam');
    expect(await remembered()).toBe(before);
  });

  it('more sign-ins of one account than anybody makes; its neighbours go on', async () => {
    const limited = await startProduct({ env: { TNID_RATE_LIMITS: '1' } });
    try {
      const knock = async (person: string) =>
        exchange(limited, await openZalo(limited, person, { phone: 'no' }));
      for (let turn = 0; turn < 30; turn += 1) expect((await knock('an')).status).toBe(200);
      const refused = await knock('an');
      expect(refused).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await knock('binh')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('a suspended account', async () => {
    await signInToMiniApp(product, 'toan');
    const account = await product.deps.db
      .selectFrom('audit_events')
      .select('account_id')
      .where('event', '=', 'sign_in.succeeded')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
    await suspendAccount(product.deps, {
      accountId: account.account_id ?? '',
      actor: 'test',
      reason: 'test',
    });
    const answer = await exchange(product, await openZalo(product, 'toan'));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await readAudit(product, 'sign_in.refused')).at(-1)).toMatchObject({
      reason: 'account_suspended',
    });
  });
});

describe('consent', () => {
  it('is noted with its text, shown on the account page, and once withdrawn not taken up by itself', async () => {
    const { accessToken } = await signInToMiniApp(product, 'bay');
    const webview = await openInWebview(await beginStep(product, accessToken, { page: 'account' }));
    await webview.open(`${product.issuer}/account/services`);
    expect(webview.text).toContain('Tây Ninh Smart (mẫu)');
    expect(webview.text).toContain('Số điện thoại');
    await webview.submit(undefined);
    expect(await userInfo(product, accessToken)).toMatchObject({ error: 'invalid_token' });

    const zalo = await openZalo(product, 'bay', { phone: 'no' });
    expect(await exchange(product, zalo)).toMatchObject({ status: 400, body: { error: 'consent_required' } });
    // Asked again, by a text of the app's own; the same Zalo token serves, since nothing came of it before.
    expect((await exchange(product, zalo, { consent: 'v1' })).status).toBe(200);
    const versions = await product.deps.db.selectFrom('consents').select('text_version').execute();
    expect(versions.map((row) => row.text_version)).toEqual(
      expect.arrayContaining(['mini-app/zalo', 'mini-app/v1']),
    );
  });
});

describe('out onto our page for level2, and back', () => {
  it('opens signed in, proves, and the id is exchanged for level2, once', async () => {
    const { accessToken, claims } = await signInToMiniApp(product, 'binh');
    const step = await beginStep(product, accessToken, { page: 'step_up', scope: 'openid identity' });
    expect(step.url).not.toContain(accessToken);
    expect(await redeemStep(product, step)).toMatchObject({
      status: 400,
      body: { error: 'authorization_pending' },
    });

    const webview = new Visitor();
    await webview.open(step.url);
    expect(webview.text).toContain('Trần Thị Bình');
    await webview.submit('form-open');
    // Signed in already: straight to the proof.
    expect(webview.has('form-zalo')).toBe(false);
    await proveWithVneid(webview, 'binh');
    expect(webview.text).toContain('Số định danh');
    await agree(webview);
    expect(webview.text).toContain('Đã xác nhận xong');
    expect(webview.page.html).toContain(`href="${product.sandbox}/mini-app/return"`);

    expect(await redeemStep(product, step, { client_id: 'other-mini-app' })).toMatchObject({ status: 400 });
    const level2 = readTokens(await redeemStep(product, step));
    expect(level2.claims).toMatchObject({ sub: claims.sub, acr: 'level2', amr: ['zalo', 'vneid'] });
    expect(level2.refreshToken).toBe('undefined');
    expect(await userInfo(product, level2.accessToken)).toMatchObject({ personal_number: '072185000102' });
    expect(await redeemStep(product, step)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    // The first token is what it was.
    expect(await userInfo(product, accessToken)).not.toHaveProperty('personal_number');
  });

  it('asks for a service that wants level2, and the service takes the token', async () => {
    const { accessToken } = await signInToMiniApp(product, 'binh');
    const step = await beginStep(product, accessToken, { page: 'step_up', scope: 'hoso.nop' });
    const webview = await openInWebview(step);
    await proveWithVneid(webview, 'binh');
    await agree(webview);
    const { accessToken: token } = readTokens(await redeemStep(product, step));
    expect(await introspectAsService(product, token)).toMatchObject({ acr: 'level2', scope: 'hoso.nop' });
    // Signed out in the web view, the token that came from it ends, too.
    await webview.open(`${product.issuer}/account/sessions`);
    await webview.submit('form-end-all');
    expect(await introspectAsService(product, token)).toEqual({ active: false });
  });

  it('left, it comes to nothing, and says so', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    for (const leave of [
      async (webview: Visitor) => webview.submit('form-leave'),
      async (webview: Visitor) => {
        await webview.submit('form-open');
        await webview.submit('form-cancel');
      },
    ]) {
      const step = await beginStep(product, accessToken);
      const webview = new Visitor();
      await webview.open(step.url);
      await leave(webview);
      expect(webview.text).toContain('Chưa xác nhận');
      expect(await redeemStep(product, step)).toMatchObject({ body: { error: 'access_denied' } });
    }
    expect((await readAudit(product, 'mini_app.refused')).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['left', 'not_proved']),
    );
  });

  it('leads to the account page, already signed in', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const webview = await openInWebview(await beginStep(product, accessToken, { page: 'account' }));
    expect(webview.page.url).toBe(`${product.issuer}/account`);
    expect(webview.text).toContain('Nguyễn Văn An');
    expect(/id="phone"[^>]*>([^<]+)</.exec(webview.page.html)?.[1]).toBe('0•• ••• •101');
  });

  it('needs a token of a Mini App, for us and in force', async () => {
    const forService = await signInToMiniApp(product, 'an', { scope: 'openid hoso.xem' });
    const party = await RelyingParty.register(product);
    const visitor = party.visitor();
    const attempt = await party.ask(visitor);
    await signInWithZalo(visitor, 'an');
    await agree(visitor);
    const web = await party.redeem(visitor, attempt);
    for (const token of ['x'.repeat(43), forService.accessToken, web.access_token]) {
      expect(await askForStep(product, token)).toMatchObject({
        status: 401,
        body: { error: 'unauthorized' },
      });
    }
    const { accessToken } = await signInToMiniApp(product, 'an');
    for (const body of [{ page: 'elsewhere' }, {}]) {
      expect(await askForStep(product, accessToken, body as never)).toMatchObject({ status: 400 });
    }
  });
});

describe('a handle in the wrong hands', () => {
  it('works once, within a minute, and only the newest one', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const first = await beginStep(product, accessToken);
    const second = await beginStep(product, accessToken);
    const webview = new Visitor();
    await webview.open(first.url);
    expectErrorPage(webview, 'handle_unusable', 400);
    await openInWebview(second, webview);
    const thief = new Visitor();
    await thief.open(second.url);
    expectErrorPage(thief, 'handle_unusable', 400);

    const late = await beginStep(product, accessToken);
    product.travel(61);
    await thief.open(late.url);
    expectErrorPage(thief, 'handle_unusable', 400);
    product.travel(-61);
  });

  it('only looked at, as a chat does to draw a picture, it is not used up, and signs nobody in', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const step = await beginStep(product, accessToken);
    const chat = new Visitor();
    await chat.open(step.url);
    await chat.open(step.url);
    expect(chat.cookie('tnid_session')).toBeUndefined();
    expect((await openInWebview(step)).has('form-vneid')).toBe(true);
  });

  it('two browsers say yes at once: one is let in', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const step = await beginStep(product, accessToken);
    const browsers = [new Visitor(), new Visitor(), new Visitor()];
    for (const browser of browsers) await browser.open(step.url);
    await Promise.all(browsers.map((browser) => browser.submit('form-open')));
    expect(browsers.filter((browser) => browser.has('form-vneid'))).toHaveLength(1);
  });

  it('opened elsewhere, the same account must sign in at Zalo; somebody else is stopped, and the app gets nothing', async () => {
    const { accessToken } = await signInToMiniApp(product, 'duom');
    const step = await beginStep(product, accessToken);
    // The attacker sends the address of their own step to somebody at the other end of the province.
    const victim = new ElsewhereVisitor();
    await victim.open(step.url);
    await victim.submit('form-open');
    expect(victim.has('form-zalo')).toBe(true);
    await signInWithZalo(victim, 'na');
    await proveWithVneid(victim, 'na');
    await agree(victim);
    expectErrorPage(victim, 'handle_other_account', 403);
    expect(await redeemStep(product, step)).toMatchObject({ body: { error: 'access_denied' } });
    expect((await readAudit(product, 'mini_app.refused')).at(-1)).toMatchObject({ reason: 'other_account' });

    // On another network, but the very person: one more step, and it goes through.
    const own = await beginStep(product, accessToken);
    const phone = new ElsewhereVisitor();
    await phone.open(own.url);
    await phone.submit('form-open');
    await signInWithZalo(phone, 'duom');
    await proveWithVneid(phone, 'duom');
    await agree(phone);
    expect(readTokens(await redeemStep(product, own)).claims).toMatchObject({ acr: 'level2' });
  });

  it('where another person is signed in: said before, and that session ends', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const shared = new Visitor();
    await shared.open(`${product.issuer}/account`);
    await signInWithZalo(shared, 'binh');
    const before = shared.copy();
    const step = await beginStep(product, accessToken, { page: 'account' });
    await shared.open(step.url);
    expect(shared.text).toContain('tài khoản khác');
    await shared.submit('form-open');
    expect(shared.page.url).toBe(`${product.issuer}/account`);
    expect(shared.text).toContain('Nguyễn Văn An');
    await before.open(`${product.issuer}/account`);
    expect(before.has('form-zalo')).toBe(true);
  });

  it('does not come back in another browser, nor twice', async () => {
    const { accessToken } = await signInToMiniApp(product, 'tuan');
    const step = await beginStep(product, accessToken);
    const webview = new Visitor((url) => url.includes('/mini-app/back'));
    await openInWebview(step, webview);
    await proveWithVneid(webview, 'tuan');
    await agree(webview);
    const back = webview.page.url;
    const thief = new Visitor();
    await thief.open(back);
    expectErrorPage(thief, 'handle_unusable', 400);
    const [one, other] = await Promise.all([webview.fetch(back), webview.fetch(back)]);
    expect([one.status, other.status]).toContain(200);
    // Reloaded, it says again how it ended, and nothing happens twice.
    expect(await (await webview.fetch(back)).text()).toContain('Đã xác nhận xong');
    expect((await redeemStep(product, step)).status).toBe(200);
  });

  it('the code of a step is nobody’s to redeem', async () => {
    const { accessToken } = await signInToMiniApp(product, 'tuan');
    const webview = new Visitor((url) => url.includes('/mini-app/back'));
    await openInWebview(await beginStep(product, accessToken), webview);
    await proveWithVneid(webview, 'tuan');
    await agree(webview);
    const code = new URL(webview.page.url).searchParams.get('code') ?? '';
    const answer = await postToken(product, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${product.issuer}/mini-app/back`,
      code_verifier: 'x'.repeat(43),
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('a request of the Mini App that no step began signs nobody in', async () => {
    const browser = new Visitor();
    const query = new URLSearchParams({
      client_id: 'sandbox-mini-app',
      redirect_uri: `${product.issuer}/mini-app/back`,
      response_type: 'code',
      scope: 'openid',
      state: 'made-up',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await browser.open(`${product.issuer}/auth?${query}`);
    expect(browser.has('form-zalo')).toBe(true);
    await signInWithZalo(browser, 'an');
    await agree(browser);
    expectErrorPage(browser, 'handle_unusable', 400);
  });
});

/** Behind another network's address. */
class ElsewhereVisitor extends Visitor {
  override fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', '203.0.113.7');
    return super.fetch(url, { ...init, headers });
  }
}

describe('reading the card with scanNFC', () => {
  it('the Mini App’s token starts a reading, its page hands in the scan, and an officer looks', async () => {
    const { accessToken } = await signInToMiniApp(product, 'khanh');
    const started = await post(product, 'readings', {}, accessToken);
    expect(started.status).toBe(201);
    const card = makeCard(signer, {
      person: {
        ...citizen,
        personalNumber: '072204000104',
        fullName: 'Phạm Gia Khánh',
        surname: 'PHAM',
        givenNames: 'GIA KHANH',
        birthDate: '2004-01-31',
        sex: 'male',
      },
    });
    expect(
      await post(product, 'scans', { code: started.body.code, scan: scanWithPhone(card) }),
    ).toMatchObject({
      status: 202,
    });
    const current = await fetch(`${product.issuer}/cccd/readings/current`, {
      headers: { authorization: `Bearer ${accessToken}`, origin: ORIGIN },
    });
    expect(await current.json()).toEqual({ status: 'in_review' });
    expect(current.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });
});

describe('CORS', () => {
  const preflight = (path: string, origin: string, method = 'POST') =>
    fetch(`${product.issuer}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type',
      },
    });
  const open = ['/token', '/me', '/token/revocation', '/mini-app/steps', '/cccd/readings', '/cccd/scans'];
  const shut = [
    '/',
    '/account',
    '/auth',
    '/cccd/chips',
    '/cccd/challenges',
    '/interaction/x',
    '/mini-app/open',
    '/mini-app/back',
    '/session/end',
    '/zalo/callback',
  ];

  it('is open to the Mini App’s origin at exactly these addresses', async () => {
    for (const path of open) {
      const answer = await preflight(path, ORIGIN);
      const { headers } = answer;
      expect([path, answer.status, headers.get('access-control-allow-origin')]).toEqual([path, 204, ORIGIN]);
      expect(headers.get('access-control-allow-methods')).toContain('POST');
      expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('vary')).toContain('Origin');
    }
    for (const path of shut) {
      const answer = await preflight(path, ORIGIN);
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, null]);
    }
  });

  it('is open to nobody else', async () => {
    const foreign = ['https://evil.example', 'https://h5.zdn.vn.evil.example', 'http://h5.zdn.vn', 'null'];
    for (const path of [...open, ...shut]) {
      for (const origin of foreign) {
        const answer = await preflight(path, origin);
        expect([path, origin, answer.headers.get('access-control-allow-origin')]).toEqual([
          path,
          origin,
          null,
        ]);
      }
    }
  });

  it('answers can be read by the app’s own origin, and by no other app’s', async () => {
    const { accessToken } = await signInToMiniApp(product, 'an');
    const step = await askForStep(product, accessToken, { page: 'step_up' }, { origin: ORIGIN });
    expect(step.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    // A script may read no other header than it is told: not how long to wait, either.
    expect(step.headers.get('access-control-expose-headers')).toBe('Retry-After');
    const evil = await askForStep(
      product,
      accessToken,
      { page: 'step_up' },
      { origin: 'https://evil.example' },
    );
    expect(evil.headers.get('access-control-allow-origin')).toBeNull();
    const other = await exchange(
      product,
      await openZalo(product, 'an'),
      {},
      { origin: 'https://other.example' },
    );
    expect(other).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});
