/**
 * The answers that travel in a form (OAuth 2.0 Form Post Response Mode 1.0; also in form_post.jwt), in our look. The
 * library makes a page of its own with an inline script, which our content policy does not run; only the address and the
 * fields are taken from it.
 */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { formPostPage } from '../../views/form-post.ts';
import type { Deps } from '../deps.ts';
import { formPostHref, pageProps, sendPage } from './page.ts';
import { allowScript } from './security-headers.ts';
import type { Context } from './state.ts';

const routes: ReadonlySet<unknown> = new Set(['authorization', 'resume']);

export function showFormPost({ config }: Pick<Deps, 'config'>): Middleware {
  return async (koa, next) => {
    await next();
    const { oidc, body } = koa as unknown as Partial<KoaContextWithOIDC>;
    if (!routes.has(oidc?.route) || typeof body !== 'string' || !body.includes(MARK)) return;
    const ctx = koa as unknown as Context;
    const action = decode(/<form method="post" action="([^"]*)">/.exec(body)?.[1] ?? '');
    const fields = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)].map(
      ([, name = '', value = '']) => ({ name: decode(name), value: decode(value) }),
    );
    allowScript(ctx, config);
    sendPage(ctx, formPostPage({ page: pageProps(ctx), action, fields, scriptHref: formPostHref }));
  };
}

const MARK = '<title>Submitting Callback</title>';

const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    return hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : (named[name] ?? all);
  });
}
