/**
 * One log line a request: method, path without the parts that name somebody, status, time. The request id goes
 * into a header, the log and every error page, so that a citizen's call to the helpdesk finds the line.
 */
import { performance } from 'node:perf_hooks';
import type { Deps } from '../deps.ts';
import type { Handler } from './state.ts';

export function logRequests({ log, random }: Pick<Deps, 'log' | 'random'>): Handler {
  return async (ctx, next) => {
    const started = performance.now();
    ctx.state.requestId = random(8).toString('hex');
    ctx.set('X-Request-Id', ctx.state.requestId);
    try {
      await next();
    } finally {
      log.info({
        request: ctx.state.requestId,
        method: ctx.method,
        path: anonymousPath(ctx.path),
        status: ctx.status,
        ms: Math.round(performance.now() - started),
      });
    }
  };
}

/** Path segments that are ids, handles or codes are not written down; the query never is. */
function anonymousPath(path: string): string {
  const parts = path.split('/').map((part) => (part.length > 20 ? ':id' : part));
  // Whatever stands where a reading's code does, however it was typed.
  if (path.startsWith('/cccd/r/')) parts.splice(3, parts.length, ':id');
  return parts.join('/');
}
