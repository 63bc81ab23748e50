/** The provider's pages around signing out (OpenID Connect RP-Initiated Logout §3). */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { signOutPage } from '../../views/sign-out.ts';
import { signedOutPage } from '../../views/signed-out.ts';
import { pageProps, sendPage } from './page.ts';
import type { Context } from './state.ts';

/** Asks before the session ends. The provider hands over its form; only its address and secret are taken from it. */
export function askToSignOut(koa: KoaContextWithOIDC, form: string): void {
  const ctx = koa as unknown as Context;
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
  const clientName = nameOfClient(koa, ctx);
  sendPage(ctx, signOutPage({ page: pageProps(ctx), action, xsrf, ...(clientName ? { clientName } : {}) }));
}

export function saySignedOut(koa: KoaContextWithOIDC): void {
  const ctx = koa as unknown as Context;
  const clientName = nameOfClient(koa, ctx);
  sendPage(ctx, signedOutPage({ page: pageProps(ctx), ...(clientName ? { clientName } : {}) }));
}

/** `client_name_en` is a member of ours (registry/registry). */
function nameOfClient({ oidc: { client } }: KoaContextWithOIDC, { state }: Context): string | undefined {
  const english = state.lang === 'en' ? client?.client_name_en : undefined;
  return typeof english === 'string' ? english : client?.clientName;
}
