/**
 * The lane of services that ask about tokens all day: a plain question with a good secret is answered before Koa makes a
 * context of it. Everything else (another way to authenticate, a signed answer, a browser, a fault) goes the way of all
 * requests, as if the lane were not there. What is answered here is logged and measured like the rest.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Provider } from 'oidc-provider';
import { Unanswered } from '../db/unanswered.ts';
import type { Deps } from '../deps.ts';
import { namesUs } from '../http/host.ts';
import { logRequest, requestIds } from '../http/request-log.ts';
import type { Registry } from '../registry/registry.ts';
import { authenticate, isForm, offerAgain, readCall } from './callers.ts';
import { type Introspection, introspectionPath, wantsJwt } from './introspection.ts';

type Scope = { deps: Deps; provider: Provider; registry: Registry; introspection: Introspection };

/** Makes the listener that the application gives to its server begin with the lane. */
export function openLane({ deps, provider, registry, introspection }: Scope): void {
  const isOurs = namesUs(deps.config);
  const newId = requestIds(deps);
  // Koa's types speak of HTTP/2, too.
  const application = provider as unknown as { callback: () => RequestListener };
  const callback = application.callback.bind(application);

  const isMeant = ({ method, url, headers }: IncomingMessage) =>
    url === introspectionPath &&
    method === 'POST' &&
    isForm({ headers }) &&
    headers.origin === undefined &&
    headers['x-forwarded-host'] === undefined &&
    isOurs({ host: headers.host ?? '' });

  const take = async (request: IncomingMessage, response: ServerResponse, others: RequestListener) => {
    const started = performance.now();
    const { body, form, token } = await readCall(request);
    const caller = token === undefined ? undefined : authenticate(request.headers, form, registry);
    if (!caller || token === undefined || wantsJwt(request.headers, caller)) {
      offerAgain(request, body);
      return others(request, response);
    }
    const id = newId();
    let failed: { status: number; error: string } | undefined;
    const answer = await introspection.tell(caller, token).catch((error: Error) => {
      const { name, message, stack } = error instanceof Unanswered ? (error.cause as Error) : error;
      deps.log.error({ request: id, error: { name, message, stack } }, 'internal error');
      failed =
        error instanceof Unanswered
          ? { status: error.statusCode, error: error.error }
          : { status: 500, error: 'server_error' };
      return undefined;
    });
    const status = failed?.status ?? 200;
    send(response, id, status, JSON.stringify(answer ?? { error: failed?.error }));
    logRequest(deps, { request: id, method: 'POST', path: introspectionPath, status, started });
    if (!deps.metrics) return;
    const seconds = (performance.now() - started) / 1000;
    const labels = { route: 'introspection', method: 'POST', status: answer ? '2xx' : '5xx' };
    deps.metrics.observeRequest(labels, seconds);
    deps.metrics.countIntrospection(!answer ? 'refused' : answer.active ? 'active' : 'inactive');
  };

  application.callback = () => {
    const others = callback();
    return (request, response) => {
      if (isMeant(request)) void take(request, response, others);
      else others(request, response);
    };
  };
}

function send(response: ServerResponse, id: string, status: number, body: string): void {
  response.writeHead(status, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'X-Request-Id',
    id,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}
