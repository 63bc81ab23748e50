/** The account pages: the provider's own session, what it shows, and what the citizen can end or take back. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
/** A service that hears of ended sessions. */
let listener: Server;
const heard: string[] = [];
let failures = 0;

beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (failures > 0) {
        failures -= 1;
        response.writeHead(503).end();
        return;
      }
      heard.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((settle) => listener.listen(0, '127.0.0.1', settle));
  const { port } = listener.address() as AddressInfo;
  product = await startProduct({
    prepare: async ({ db }) => {
      await db
        .updateTable('clients')
        .set({
          backchannel_logout_uri: `http://127.0.0.1:${port}/logout`,
          backchannel_logout_session_required: true,
        })
        .where('client_id', '=', 'sandbox-web')
        .execute();
    },
  });
  app = await RelyingParty.register(product);
});
afterAll(async () => {
  await product?.close();
  listener?.close();
});

const account = (path = '') => `${product.issuer}/account${path}`;

/** Signed in at our sample app, with tokens in its hands. */
async function atTheApp(person: string, scope = 'openid profile offline_access hoso.xem') {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, { scope, prompt: 'consent' });
  await signInWithZalo(visitor, person);
  await agree(visitor);
  return { visitor, tokens: await app.redeem(visitor, attempt) };
}

async function level2AtTheAccount(person: string): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.open(account());
  await signInWithZalo(visitor, person);
  await visitor.submit('form-verify');
  await proveWithVneid(visitor, person);
  return visitor;
}

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let turn = 0; turn < 200; turn += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((settle) => setTimeout(settle, 25));
  }
  throw new Error('it did not happen');
}

describe('the way in', () => {
  it('leads a stranger through the ordinary sign-in, without a question of consent, to the page they wanted', async () => {
    const visitor = new Visitor();
    await visitor.open(account('/sessions'));
    expect(visitor.text).toContain('Tây Ninh ID');
    await signInWithZalo(visitor, 'an');
    expect(visitor.page.url).toBe(account('/sessions'));
    expect(visitor.page.headers.get('cache-control')).toBe('no-store');
  });

  it('is open to whoever is signed in to a service already', async () => {
    const { visitor } = await atTheApp('an');
    await visitor.open(account());
    expect(visitor.page.url).toBe(account());
    expect(visitor.text).toContain('chưa xác minh bằng căn cước');
  });

  it('says kindly that a broken-off sign-in leads nowhere', async () => {
    const visitor = new Visitor();
    await visitor.open(account());
    await visitor.submit('form-cancel');
    expect(visitor.text).toContain('Chưa đăng nhập');
    expect(visitor.page.html).toContain('href="/account"');
  });

  it('goes back to an account page only, and only in the browser that left, with the state it left with', async () => {
    const { visitor } = await atTheApp('an');
    for (const state of ['', 'x', 'A'.repeat(22)]) {
      const answer = await visitor.fetch(account(`/signed-in?code=x&state=${state}`));
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
    const stranger = new Visitor((url) => url.includes('/account/signed-in'));
    await stranger.open(account('/services'));
    await signInWithZalo(stranger, 'binh');
    const answer = await visitor.fetch(stranger.page.url);
    expect(answer.status).toBe(400);
    stranger.setCookie(product.issuer, 'tnid_account', 'AAAA', '/account');
    expect((await stranger.fetch(stranger.page.url)).status).toBe(400);
  });

  it('takes no form from another site', async () => {
    const { visitor } = await atTheApp('an');
    const answer = await visitor.fetch(account('/sessions/end-all'), {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    await visitor.open(account());
    expect(visitor.page.url).toBe(account());
  });
});

describe('the overview', () => {
  it('says why not level2, verifies on the spot, and then says since when and by what', async () => {
    const visitor = await level2AtTheAccount('an');
    expect(visitor.page.url).toBe(account());
    expect(visitor.text).toContain('Đã xác minh bằng căn cước');
    expect(visitor.text).toMatch(/Xác minh lúc \d\d:\d\d ngày .* bằng VNeID/);
    expect(visitor.text).toContain('Lần vào này đã xác nhận đúng là mình');
  });

  it('masks the identity until asked, and asks for level2 first', async () => {
    const other = new Visitor();
    await other.open(account());
    await signInWithZalo(other, 'an');
    expect(other.text).toContain('•••••••• 0101');
    expect(other.text).not.toContain('072090000101');
    await other.submit('form-identity');
    expect(other.text).toContain('xác nhận lại là chính mình');
    await proveWithVneid(other, 'an');
    await other.submit('form-identity');
    expect(other.text).toContain('072090000101');
    await other.open(account());
    expect(other.text).not.toContain('072090000101');
  });

  it('says that there is no phone number, and how one comes', async () => {
    const { visitor } = await atTheApp('bay');
    await visitor.open(account());
    expect(visitor.text).toContain('Zalo không cho biết số');
  });
});

describe('sessions and devices', () => {
  it('shows each, ends one: its tokens are over, the other goes on', async () => {
    const first = await atTheApp('my');
    const second = await atTheApp('my');
    await first.visitor.open(account('/sessions'));
    const actions = [
      ...first.visitor.page.html.matchAll(/action="(\/account\/sessions\/[0-9a-f]{64}\/end)"/g),
    ];
    expect(actions).toHaveLength(2);
    expect(first.visitor.text).toContain('Máy đang cầm');
    const tagAt = first.visitor.page.html.indexOf('class="tag"');
    const current = tagAt < first.visitor.page.html.indexOf(actions[0]?.[1] ?? '') ? 0 : 1;
    await first.visitor.submit(`form-end-${1 - current}`);
    expect(first.visitor.text).toContain('Đã cho thoát');
    expect(await introspectAsService(product, second.tokens.access_token)).toEqual({ active: false });
    expect(await introspectAsService(product, first.tokens.access_token)).toMatchObject({ active: true });
    await expect(app.refresh(second.tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await second.visitor.open(account());
    expect(second.visitor.has('form-zalo')).toBe(true);
  });

  it('ends everything, here too', async () => {
    const first = await atTheApp('khanh');
    const second = await atTheApp('khanh');
    await first.visitor.open(account('/sessions'));
    await first.visitor.submit('form-end-all');
    expect(first.visitor.has('form-zalo')).toBe(true);
    for (const { tokens } of [first, second]) {
      expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    }
  });

  it('ends nobody else’s', async () => {
    const thief = await atTheApp('toan');
    const victim = await atTheApp('tuan');
    await victim.visitor.open(account('/sessions'));
    const action =
      /action="(\/account\/sessions\/[0-9a-f]{64}\/end)"/.exec(victim.visitor.page.html)?.[1] ?? '';
    const answer = await thief.visitor.fetch(`${product.issuer}${action}`, { method: 'POST' });
    expect(answer.status).toBe(404);
    expect(await introspectAsService(product, victim.tokens.access_token)).toMatchObject({ active: true });
  });
});

describe('services used', () => {
  it('shows what each was given, takes it back at once, and tells the service', async () => {
    const { visitor, tokens } = await atTheApp('na');
    heard.length = 0;
    failures = 1;
    await visitor.open(account('/services'));
    expect(visitor.text).toContain('Cổng dịch vụ mẫu');
    expect(visitor.text).toContain('Tên và ảnh đại diện');
    await visitor.submit('form-withdraw-0');
    expect(visitor.text).toContain('Đã rút lại');
    expect(visitor.text).toContain('Chưa có dịch vụ nào');
    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });

    // The service was down once; the library waits and tries again.
    await eventually(() => (failures === 0 ? true : undefined));
    expect(heard).toEqual([]);
    const token = await eventually(async () => {
      // What waits for its next try is due now.
      await sql`UPDATE graphile_worker._private_jobs SET run_at = now() WHERE attempts > 0 AND locked_at IS NULL`.execute(
        product.deps.db,
      );
      return heard[0];
    });
    const keys = createRemoteJWKSet(new URL(app.metadata.jwks_uri ?? ''));
    const { payload } = await jwtVerify(token, keys, {
      issuer: product.issuer,
      audience: 'sandbox-web',
      typ: 'logout+jwt',
    });
    expect(payload).toMatchObject({ sub: tokens.claims()?.sub, sid: expect.any(String) });
    expect(payload.events).toHaveProperty('http://schemas.openid.net/event/backchannel-logout');
    expect(payload).not.toHaveProperty('nonce');

    // Asked again next time.
    const again = await app.ask(visitor, { scope: 'openid profile' });
    expect(visitor.has('form-consent')).toBe(true);
    await agree(visitor);
    expect(await app.redeem(visitor, again)).toMatchObject({ scope: 'openid profile' });
  });

  it('takes back nothing of what was never given', async () => {
    const { visitor } = await atTheApp('na');
    const answer = await visitor.fetch(account('/services/sandbox-app/withdraw'), { method: 'POST' });
    expect(answer.status).toBe(404);
  });
});
