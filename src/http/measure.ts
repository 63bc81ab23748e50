/** Fills the metrics: requests as they end, queues and pools when somebody looks; and the port they are read at. */
import type { RequestListener } from 'node:http';
import { performance } from 'node:perf_hooks';
import { readPool } from '../db/database.ts';
import { countJobs } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import type { Metrics } from '../metrics.ts';
import type { Context, Handler } from './state.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Worth a name of their own: a limit, and an overload. */
const told = new Set([429, 503]);
const INTROSPECTION = '/token/introspection';

export function measureRequests(metrics: Metrics): Handler {
  return async (ctx, next) => {
    const started = performance.now();
    try {
      await next();
    } finally {
      const { status } = ctx;
      metrics.observeRequest(
        {
          route: routeOf(ctx),
          method: methods.has(ctx.method) ? ctx.method : 'other',
          status: told.has(status) ? String(status) : `${Math.floor(status / 100)}xx`,
        },
        (performance.now() - started) / 1000,
      );
      if (ctx.path === INTROSPECTION) metrics.countIntrospection(outcomeOf(ctx));
    }
  };
}

/** The pattern that the address matched: ours, or the provider's name for it. Never the address itself. */
function routeOf(ctx: Context): string {
  if (ctx.path === INTROSPECTION) return 'introspection';
  const { oidc, _matchedRoute: pattern } = ctx as { oidc?: { route?: string }; _matchedRoute?: unknown };
  // A step of the sign-in that went on to the provider is still a step.
  const route = ctx.state.goesOn ? undefined : oidc?.route;
  return route ?? (typeof pattern === 'string' ? pattern : 'none');
}

function outcomeOf({ status, body }: Context): 'active' | 'inactive' | 'signed' | 'refused' {
  if (status !== 200) return 'refused';
  if (typeof body !== 'object' || body === null || !('active' in body)) return 'signed';
  return body.active === true ? 'active' : 'inactive';
}

/** What waits, and for what: read at the moment somebody looks. */
export function watchQueues(
  metrics: Metrics,
  { db }: Pick<Deps, 'db'>,
  waiting: Record<string, () => number>,
): void {
  metrics.watch(
    {
      name: 'tnid_queue_length',
      help: 'Requests that wait in this process, by queue',
      labelNames: ['queue'],
    },
    async () => Object.entries(waiting).map(([queue, read]) => ({ labels: { queue }, value: read() })),
  );
  metrics.watch(
    {
      name: 'tnid_jobs',
      help: 'Jobs of all nodes: waiting, trying again, given up',
      labelNames: ['task', 'state'],
    },
    async () =>
      (await countJobs(db)).map(({ task, state, count }) => ({ labels: { task, state }, value: count })),
  );
  metrics.watch(
    { name: 'tnid_db_pool', help: 'Connections of the pool, and who waits for one', labelNames: ['state'] },
    async () => Object.entries(readPool(db)).map(([state, value]) => ({ labels: { state }, value })),
  );
}

/** Answers GET /metrics and nothing else. The port is for the operator's network only. */
export function serveMetrics(metrics: Metrics): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.render().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    );
  };
}
