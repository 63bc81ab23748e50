/** The whole product while its database goes silent: what apps, services and watchers are told, and that it is over by itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { REDIRECT_URI, RelyingParty } from '../support/relying-party.ts';
import { type SecondNode, startSecondNode } from '../support/second-node.ts';
import { type SilentProxy, startSilentProxy } from '../support/silent-proxy.ts';

const limits = { lanes: 600, pool: 900 };

let product: Product;
let proxy: SilentProxy;
/** Reaches the database through a network that may drop everything. */
let node: SecondNode;

beforeEach(async () => {
  product = await startProduct();
  proxy = await startSilentProxy(product.database.url);
  node = await startSecondNode(product, openDatabase(proxy.url, 5, limits));
});
afterEach(async () => {
  await proxy?.close();
  await node?.close();
  await product?.close();
});

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

/** A code, and the form that redeems it. */
async function getCode() {
  const party = await RelyingParty.register(product);
  const visitor = party.visitor();
  const { verifier } = await party.ask(visitor, { scope: 'openid hoso.xem offline_access' });
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  const code = new URL(visitor.page.url).searchParams.get('code') ?? '';
  return { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: verifier };
}

const redeem = (form: object) =>
  node.ask('/token', { headers: basic('sandbox-web', 'sandbox-web-secret'), form });
const introspect = (token: string) =>
  node.ask('/token/introspection', { headers: basic('sandbox-api', 'sandbox-api-secret'), form: { token } });

async function timed<T>(work: Promise<T>): Promise<{ took: number; answer: T }> {
  const began = performance.now();
  return { answer: await work, took: performance.now() - began };
}

describe('a database that nobody can reach any more', () => {
  it('is told to whoever asks, in bounded time, and is over when it is over', async () => {
    const { access_token = '' } = JSON.parse((await redeem(await getCode())).text);
    expect(JSON.parse((await introspect(access_token)).text)).toMatchObject({ active: true });
    expect((await node.ask('/readyz')).status).toBe(200);

    proxy.silence();
    proxy.isOpen = false;
    const [ready, introspected, page, json] = await Promise.all([
      timed(node.ask('/readyz')),
      timed(introspect(access_token)),
      timed(node.ask('/console', { headers: { cookie: 'tnid_console=x'.padEnd(60, 'x') } })),
      timed(redeem({ grant_type: 'authorization_code', code: 'x'.repeat(43), redirect_uri: REDIRECT_URI })),
    ]);
    expect(ready.answer.status).toBe(503);
    expect(introspected.answer.status).toBe(503);
    expect(JSON.parse(introspected.answer.text)).toEqual({ error: 'temporarily_unavailable' });
    expect(json.answer.status).toBe(503);
    expect(JSON.parse(json.answer.text)).toMatchObject({ error: 'temporarily_unavailable' });
    // What is noticed first, and the time that a new connection may take.
    expect(ready.took).toBeLessThan(3_000);
    for (const { took } of [introspected, page, json]) expect(took).toBeLessThan(8_000);
    expect((await node.ask('/healthz')).status).toBe(200);
    // An operator reads of it, and not as of a refusal.
    expect(product.logged()).toMatch(/"level":50.*"request".*(did not answer in time|connection timeout)/);

    proxy.isOpen = true;
    proxy.silence();
    const isWell = async () => {
      expect((await node.ask('/readyz')).status).toBe(200);
      expect(JSON.parse((await introspect(access_token)).text)).toMatchObject({ active: true });
    };
    await vi.waitFor(isWell, { timeout: 15_000, interval: 200 });
  }, 60_000);
});

describe('an answer that does not come', () => {
  it('is no answer: the app hears that it may try again, nothing is got twice, and what it has is not forked', async () => {
    await redeem(await getCode());
    const form = await getCode();
    proxy.silence('answers');
    const lost = await redeem(form);
    expect(lost.status).toBe(503);
    expect(JSON.parse(lost.text)).toMatchObject({ error: 'temporarily_unavailable' });
    // The very first question was not answered, so the code is as good as before.
    const { status, text } = await redeem(form);
    expect(status).toBe(200);
    const { refresh_token = '' } = JSON.parse(text);
    proxy.silence('answers');
    const rotation = { grant_type: 'refresh_token', refresh_token };
    expect((await redeem(rotation)).status).toBe(503);
    expect((await redeem(rotation)).status).toBe(200);
  }, 60_000);
});
