/**
 * Signing out where nobody is signed in (OpenID Connect RP-Initiated Logout §2): there is nothing to confirm, so
 * the citizen goes straight on to where the client asked. The provider would answer with a form that a script posts.
 * It has validated the client and the address by then.
 */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

export function passSignedOut(): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    if (oidc?.route !== 'end_session' || ctx.status !== 200 || oidc.session?.accountId) return;
    const { post_logout_redirect_uri: target, state } = oidc.params as Record<string, string | undefined>;
    const url = new URL(target ?? oidc.urlFor('end_session_success'));
    if (target && state !== undefined) url.searchParams.set('state', state);
    ctx.status = 303;
    ctx.redirect(url.href);
  };
}
