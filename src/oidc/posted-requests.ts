/**
 * Authorization and logout requests by POST (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2: both methods MUST
 * be supported). They are answered with the same request by GET: a posted request from another site comes without our
 * SameSite=Lax cookies, the redirect that follows brings them.
 */
import { text } from 'co-body';
import type { Middleware } from 'koa';

const paths = new Set(['/auth', '/session/end']);
const LIMIT = '32kb';

export function redirectPostedRequests(): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || !paths.has(ctx.path) || !ctx.is('application/x-www-form-urlencoded'))
      return next();
    const body = await text(ctx.req, { limit: LIMIT }).catch(() => undefined);
    if (body === undefined) {
      ctx.status = 413;
      ctx.body = { error: 'invalid_request', error_description: 'the request is too large' };
      return;
    }
    ctx.status = 303;
    ctx.set('Cache-Control', 'no-store');
    ctx.redirect(`${ctx.path}?${new URLSearchParams(String(body))}`);
  };
}
