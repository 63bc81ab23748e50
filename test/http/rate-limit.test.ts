/** Limits at the doors: whom they stop, whom they must not, and that no spelling gets around them. */
import { createServer } from 'node:http';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showErrors } from '../../src/http/error-page.ts';
import { createRateLimits } from '../../src/http/rate-limit.ts';
import { listen, stop } from '../sandbox/support.ts';
import { signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ env: { TNID_RATE_LIMITS: '1', TNID_TRUST_PROXY: '1' } });
});
afterAll(() => product?.close());

/** A request as the proxy in front passes it on: its own word about the sender stands last. */
const from = (address: string, path: string, init: RequestInit = {}) =>
  fetch(`${product.issuer}${path}`, {
    ...init,
    redirect: 'manual',
    headers: { accept: 'text/html', ...init.headers, 'x-forwarded-for': address },
  });

/** How many of `count` requests, one after the other in small groups, were let through. */
async function knock(count: number, request: (index: number) => Promise<Response>): Promise<number> {
  let passed = 0;
  for (let index = 0; index < count; index += 10) {
    const answers = await Promise.all(
      Array.from({ length: Math.min(10, count - index) }, (_, offset) => request(index + offset)),
    );
    for (const answer of answers) {
      await answer.arrayBuffer();
      if (answer.status !== 429) passed += 1;
    }
  }
  return passed;
}

const secretOf = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const introspect = (address: string, headers: Record<string, string>) =>
  from(address, '/token/introspection', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ token: 'x' }),
  });

describe('where people sign in', () => {
  it('a flood from one phone ends in a page that says when to come back; everybody else goes on', async () => {
    const phone = (index: number) => `2001:db8:1:2::${(index + 1).toString(16)}`;
    expect(await knock(310, (index) => from(phone(index), '/auth'))).toBe(300);
    const refused = await from(phone(0), '/auth?lang=en');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await refused.text()).toContain('please wait a minute');
    expect(await (await from(phone(0), '/auth')).text()).toContain('xin đợi một phút');
    for (const path of ['/auth/', '/AUTH']) expect((await from(phone(1), path)).status, path).toBe(429);
    // The neighbour's house, a carrier's address, and what a sender says of itself before our proxy does.
    expect((await from('2001:db8:1:3::1', '/auth')).status).not.toBe(429);
    expect((await from('198.51.100.7', '/auth')).status).not.toBe(429);
    expect((await from(`203.0.113.9, ${phone(3)}`, '/auth')).status).toBe(429);
    expect((await from(`${phone(3)}, 203.0.113.9`, '/auth')).status).not.toBe(429);
    // Other doors of the same house are open.
    expect((await from(phone(0), '/healthz')).status).toBe(200);
  });

  it('lets four times as many through from an address that a carrier shares', async () => {
    expect(await knock(1_210, () => from('198.51.100.99', '/auth'))).toBe(1_200);
  }, 60_000);

  it('nobody signs in thirty times in ten minutes, from wherever', async () => {
    const app = await RelyingParty.register(product);
    const statuses: number[] = [];
    for (let turn = 0; turn < 31; turn += 1) {
      const visitor = app.visitor();
      await app.ask(visitor);
      await signInWithZalo(visitor, 'an');
      statuses.push(visitor.page.status);
    }
    expect(statuses.slice(0, 30)).not.toContain(429);
    expect(statuses[30]).toBe(429);
    const other = app.visitor();
    await app.ask(other);
    await signInWithZalo(other, 'binh');
    expect(other.page.status).not.toBe(429);
  });

  it('a storm of PINs is stopped at the door, and one of officers’ passwords at theirs', async () => {
    const pin = () => from('2001:db8:9:9::1', '/interaction/nobody/pin', { method: 'POST', body: '' });
    expect(await knock(80, pin)).toBe(75);
    const password = () => from('2001:db8:9:9::1', '/console/sign-in', { method: 'POST', body: '' });
    expect(await knock(80, password)).toBe(75);
    expect((await from('2001:db8:9:9::1', '/account/factors/pin', { method: 'POST', body: '' })).status).toBe(
      429,
    );
  });
});

describe('where machines authenticate', () => {
  const good = secretOf('sandbox-api', 'sandbox-api-secret');

  it('a wrong secret is refused sixty times, and then not even looked at', async () => {
    const wrong = secretOf('sandbox-api', 'wrong');
    expect(await knock(70, () => introspect('192.0.2.1', wrong))).toBe(60);
    const refused = await introspect('192.0.2.1', wrong);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Its neighbour behind the same address, and itself from elsewhere, are not locked out with it.
    expect((await introspect('192.0.2.1', secretOf('sandbox-web', 'sandbox-web-secret'))).status).toBe(200);
    expect((await introspect('192.0.2.2', good)).status).toBe(200);
  });

  it('the refusal can be read by pages of registered apps, and by no others (CORS)', async () => {
    const wrong = secretOf('sandbox-web', 'wrong');
    await knock(60, () => introspect('192.0.2.9', wrong));
    const ask = (origin: string) => introspect('192.0.2.9', { ...wrong, origin });
    const own = await ask(product.sandbox);
    expect(own.status).toBe(429);
    expect(own.headers.get('access-control-allow-origin')).toBe(product.sandbox);
    expect(own.headers.get('access-control-expose-headers')).toContain('Retry-After');
    const stranger = await ask('https://elsewhere.example');
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([429, null]);
  });

  it('right ones are never counted', async () => {
    expect(await knock(400, () => introspect('192.0.2.3', good))).toBe(400);
  });

  it('refused codes are, by address', async () => {
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: 'x',
      client_id: 'sandbox-app',
    });
    const redeem = (address: string) =>
      from(address, '/token', {
        method: 'POST',
        body: `${body}&redirect_uri=http://127.0.0.1/&code_verifier=${'x'.repeat(43)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await redeem('2001:db8:5:6::1')).status).toBe(400);
    expect(await knock(160, () => redeem('2001:db8:5:5::1'))).toBe(150);
  });
});

describe('device codes', () => {
  it('are counted by all nodes together, under names that say nothing', async () => {
    const nodes = [1, 2].map(() => {
      const app = new Koa();
      app.proxy = true;
      const { handler } = createRateLimits(product.deps);
      app.use(async (ctx, next) => {
        ctx.state.lang = 'vi';
        ctx.state.requestId = 'x';
        await next();
      });
      app.use(showErrors(product.deps) as never);
      app.use(handler as never);
      app.use((ctx) => {
        ctx.body = 'ok';
      });
      return createServer(app.callback());
    });
    const ports = await Promise.all(nodes.map(listen));
    const type = (index: number) =>
      fetch(`http://127.0.0.1:${ports[index % 2]}/device`, {
        method: 'POST',
        headers: { 'x-forwarded-for': '192.0.2.44' },
      });
    expect(await knock(70, type)).toBe(60);
    const rows = await product.deps.db.selectFrom('rate_limits').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.key).not.toContain('192.0.2.44');
    for (const node of nodes) stop(node);
  });
});

it('is off in the sandbox, where everybody comes from one address', async () => {
  const sandbox = await startProduct();
  const visitor = new Visitor();
  const { status } = await visitor.open(`${sandbox.issuer}/healthz`);
  expect(status).toBe(200);
  let refused = 0;
  for (let index = 0; index < 130; index += 1) {
    const answer = await fetch(`${sandbox.issuer}/token/introspection`, {
      method: 'POST',
      headers: secretOf('sandbox-api', 'wrong'),
      body: new URLSearchParams({ token: 'x' }),
    });
    await answer.arrayBuffer();
    if (answer.status === 429) refused += 1;
  }
  expect(refused).toBe(0);
  await sandbox.close();
});
