/**
 * What specifications ask of the endpoints that machines call, and the library does not do: the answer to a wrong method,
 * headers, and the words of two refusals.
 */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware, Next } from 'koa';

const INTERACTION = 'x-fapi-interaction-id';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Refusal = { error: string; error_description?: string };
/** What the library calls an invalid request, and RFC 6749 §5.2 does not. */
const miscalled: [said: RegExp, error: 'unauthorized_client' | 'invalid_client'][] = [
  [/^requested grant type is not allowed for this client$/, 'unauthorized_client'],
  [/^\S+:device_code is not allowed for this client$/, 'unauthorized_client'],
  [/^invalid authorization header value format$/, 'invalid_client'],
  [/in the authorization header are not properly encoded$/, 'invalid_client'],
  [/must be provided in the Authorization header$/, 'invalid_client'],
];

/** `paths`: the methods of each endpoint. */
export function keepManners(paths: ReadonlyMap<string, string>, issuer: string): Middleware {
  const allowed = new Map([...paths].map(([path, methods]) => [path, methods.split(',')]));
  const keep = async (ctx: Context, next: Next, methods: readonly string[]) => {
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
    // Userinfo speaks of tokens, in the words of RFC 6750 §3.1.
    if (ctx.status === 400 && ctx.path !== '/me') callByName(ctx, issuer);
  };
  return (ctx, next) => {
    const methods = allowed.get(ctx.path);
    return methods ? keep(ctx, next, methods) : next();
  };
}

function callByName(ctx: Context, issuer: string): void {
  const { error, error_description: said = '' } = (ctx.body ?? {}) as Partial<Refusal>;
  const right = error === 'invalid_request' && miscalled.find(([words]) => words.test(said))?.[1];
  if (!right) return;
  ctx.body = { error: right, error_description: said } satisfies Refusal;
  if (right === 'unauthorized_client') return;
  // RFC 6749 §5.2: whoever tried by the Authorization header MUST hear 401, and how it is done.
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Basic realm="${issuer}", error="${right}", error_description="${said}"`);
}
