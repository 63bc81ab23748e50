/**
 * Same-origin check for every unsafe method of our own pages, instead of a token in each form: a browser says where
 * a request comes from (`Sec-Fetch-Site`, else `Origin`). A request with neither is not a browser's, or one of a
 * browser too old to carry either; the cookies are SameSite=Lax, so it brings no session from another site.
 */
import { AppError } from '../errors.ts';
import type { Handler } from './state.ts';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

export function requireSameOrigin(): Handler {
  return async (ctx, next) => {
    if (!safe.has(ctx.method)) {
      const site = ctx.get('Sec-Fetch-Site');
      const origin = ctx.get('Origin');
      if (site && site !== 'same-origin' && site !== 'none') throw new AppError('cross_origin');
      if (!site && origin && URL.parse(origin)?.host !== ctx.host) throw new AppError('cross_origin');
    }
    await next();
  };
}
