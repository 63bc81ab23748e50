/** What the operator's port tells: what happened, and nothing about whom. */
import { createServer } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveMetrics } from '../../src/http/measure.ts';
import { Metrics } from '../../src/metrics.ts';
import { listen, stop } from '../sandbox/support.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

let product: Product;
const metrics = new Metrics();
const server = createServer(serveMetrics(metrics));
let base: string;

beforeAll(async () => {
  base = `http://127.0.0.1:${await listen(server)}`;
  product = await startProduct({
    prepare: async (deps) => {
      deps.metrics = metrics;
      deps.fetch = metrics.measure(deps.fetch, new Map([[deps.config.zalo?.oauthUrl ?? '', 'zalo']]));
    },
  });
});
afterAll(async () => {
  await product?.close();
  stop(server);
});

/** The value of the first line with this name and these labels; undefined when there is none. */
async function read(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const line = text
    .split('\n')
    .find(
      (one) =>
        (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) &&
        Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)),
    );
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('the metrics', () => {
  it('count a sign-in, a step-up and what services ask', async () => {
    const app = await RelyingParty.register(product);
    const visitor = app.visitor();
    const attempt = await app.ask(visitor, { acrValues: 'level2', scope: 'openid hoso.xem' });
    await signInWithZalo(visitor, 'an');
    await proveWithVneid(visitor, 'an');
    await agree(visitor);
    const tokens = await app.redeem(visitor, attempt);
    await introspectAsService(product, tokens.access_token);
    await introspectAsService(product, 'unknown');

    expect(await read('tnid_events_total', { event: 'sign_in.succeeded', method: 'zalo' })).toBe(1);
    expect(await read('tnid_events_total', { event: 'step_up.succeeded', method: 'vneid' })).toBe(1);
    expect(await read('tnid_introspections_total', { outcome: 'active' })).toBe(1);
    expect(await read('tnid_introspections_total', { outcome: 'inactive' })).toBe(1);
    expect(
      await read('tnid_upstream_request_duration_seconds_count', { upstream: 'zalo', outcome: '2xx' }),
    ).toBeGreaterThan(0);
    const count = (route: string, method: string) =>
      read('tnid_http_request_duration_seconds_count', { route, method });
    expect(await count('authorization', 'GET')).toBe(1);
    expect(await count('token', 'POST')).toBe(1);
    expect(await count('introspection', 'POST')).toBe(2);
    expect(await count('/interaction/:uid', 'GET')).toBeGreaterThan(0);
    expect(await count('/zalo/callback', 'GET')).toBe(1);
  });

  it('count refusals with their code', async () => {
    const app = await RelyingParty.register(product);
    const visitor = app.visitor();
    await app.ask(visitor);
    await signInWithZalo(visitor, 'binh', 'me:452');
    expect(await read('tnid_events_total', { event: 'sign_in.refused', reason: 'zalo_refused' })).toBe(1);
  });

  it('show queues, jobs, pool and event loop', async () => {
    expect(await read('tnid_queue_length', { queue: 'pin' })).toBe(0);
    expect(await read('tnid_queue_length', { queue: 'chip' })).toBe(0);
    expect(await read('tnid_db_pool', { state: 'total' })).toBeGreaterThan(0);
    expect(await read('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    await sql`SELECT graphile_worker.add_job('nobody_does_this')`.execute(product.deps.db);
    expect(await read('tnid_jobs', { task: 'nobody_does_this', state: 'waiting' })).toBe(1);
  });

  it('stay bounded and name nobody, whatever is asked for', async () => {
    for (let index = 0; index < 30; index += 1) {
      await fetch(`${product.issuer}/nowhere/${index}?name=Nguyen`);
      await fetch(`${product.issuer}/interaction/secret-${index}`);
      await fetch(`${product.issuer}/cccd/r/AAAAA-${index}`);
    }
    await fetch(`${product.issuer}/`, { method: 'PROPFIND' });
    const text = await (await fetch(`${base}/metrics`)).text();
    const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route));
    expect(routes.size).toBeLessThan(40);
    expect(text).not.toMatch(/secret-|nowhere|AAAAA|Nguyen|PROPFIND|sandbox-web|0720\d{8}/);
  });

  it('are read at one address only', async () => {
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${product.issuer}/metrics`)).status).toBe(404);
  });

  it('still tell the rest when the database is gone', async () => {
    const alone = new Metrics();
    alone.watch({ name: 'broken', help: 'x' }, async () => {
      throw new Error('down');
    });
    expect((await alone.render()).text).toContain('process_cpu');
  });
});
