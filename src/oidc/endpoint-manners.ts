/**
 * What specifications ask of the endpoints that machines call, and the library does not do: the answer to a wrong method,
 * and headers.
 */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

const INTERACTION = 'x-fapi-interaction-id';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `paths`: the methods of each endpoint. */
export function keepManners(paths: ReadonlyMap<string, string>): Middleware {
  return async (ctx, next) => {
    const methods = paths.get(ctx.path)?.split(',');
    if (!methods) return next();
    // RFC 9126 §2.3 for pushed requests, RFC 9110 §15.5.6 for all: 405, and which methods there are.
    const isRead = ctx.method === 'HEAD' && methods.includes('GET');
    if (!methods.includes(ctx.method) && !isRead && ctx.method !== 'OPTIONS') {
      ctx.status = 405;
      ctx.set('Allow', [...methods, 'OPTIONS'].join(', '));
      ctx.set('Cache-Control', 'no-store');
      ctx.body = {
        error: 'invalid_request',
        error_description: `this endpoint takes ${methods.join(' and ')}`,
      };
      return;
    }
    // FAPI 2.0 Implementation Advice §2.1.1: the client's own, or one of ours, so that both sides' logs can be joined.
    if (ctx.path === '/me') {
      const given = ctx.get(INTERACTION);
      ctx.set(INTERACTION, UUID.test(given) ? given : randomUUID());
    }
    // RFC 6749 §5.1, beside Cache-Control.
    if (ctx.path === '/token') ctx.set('Pragma', 'no-cache');
    await next();
  };
}
