/**
 * CORS (Fetch Standard §3.2) for pages that are registered apps' own, at the few addresses they call. Without
 * credentials: no cookie of ours goes along, so an origin that many apps share (Zalo's Mini Apps do) may call and still
 * be nobody. What is not named here answers no other origin.
 */
import type { Context, Handler } from './state.ts';

const MAX_AGE = '3600';
/** Headers of an answer that a page may read beside its body: how long to wait. */
const EXPOSED = 'Retry-After';

export type Openings = {
  /** Methods by path. */
  paths: ReadonlyMap<string, string>;
  isAllowed: (origin: string) => boolean;
};

/** For addresses of ours: preflights are answered, and answers may be read. */
export function allowOrigins({ paths, isAllowed }: Openings): Handler {
  return (ctx, next) => {
    const methods = paths.get(ctx.path);
    if (!methods) return next();
    ctx.vary('Origin');
    const origin = ctx.get('Origin');
    if (!origin || !isAllowed(origin)) return next();
    ctx.set('Access-Control-Allow-Origin', origin);
    if (!isPreflight(ctx)) {
      ctx.set('Access-Control-Expose-Headers', EXPOSED);
      return next();
    }
    ctx.set('Access-Control-Allow-Methods', methods);
    ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, DPoP');
    ctx.set('Access-Control-Max-Age', MAX_AGE);
    ctx.status = 204;
    return Promise.resolve();
  };
}

/** For the provider's own: a preflight names no client, and the provider would say yes to every origin. */
export function guardPreflights({ paths, isAllowed }: Openings): Handler {
  return (ctx, next) => {
    if (!paths.has(ctx.path) || !isPreflight(ctx) || isAllowed(ctx.get('Origin'))) return next();
    ctx.vary('Origin');
    ctx.status = 403;
    return Promise.resolve();
  };
}

/** Who was refused before the provider looked who asks (429) may read that, and how long to wait. */
export function openRefusals({ paths, isAllowed }: Openings): Handler {
  const open = async (ctx: Context, next: () => Promise<void>, origin: string) => {
    await next();
    if (ctx.status !== 429) return;
    ctx.vary('Origin');
    if (!isAllowed(origin)) return;
    ctx.set('Access-Control-Allow-Origin', origin);
    ctx.set('Access-Control-Expose-Headers', EXPOSED);
  };
  return (ctx, next) => {
    const origin = ctx.get('Origin');
    return origin && paths.has(ctx.path) ? open(ctx, next, origin) : next();
  };
}

function isPreflight(ctx: Context): boolean {
  return ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== '';
}
