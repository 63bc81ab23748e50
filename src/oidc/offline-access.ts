/**
 * `offline_access` without `prompt=consent`. OpenID Connect Core §11 wants the scope ignored then, unless other
 * conditions permit it; many clients never send the prompt and would go without a refresh token, unaware. The
 * condition here is the citizen's own yes: the consent page is shown as if the client had asked for it.
 */
import type { Middleware } from 'koa';

export function askConsentForOfflineAccess(): Middleware {
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/auth') {
      const query = new URLSearchParams(ctx.querystring);
      const prompts = (query.get('prompt') ?? '').split(' ').filter(Boolean);
      const offline = query.get('scope')?.split(' ').includes('offline_access');
      if (
        offline &&
        query.getAll('prompt').length <= 1 &&
        !prompts.some((one) => one === 'consent' || one === 'none')
      ) {
        query.set('prompt', [...prompts, 'consent'].join(' '));
        ctx.querystring = query.toString();
      }
    }
    await next();
  };
}
