/** Sends a page: the stylesheet under a name that changes with its content, the language switch, no caching. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Router from '@koa/router';
import type { PageProps } from '../../views/layout.ts';
import type { Context } from './state.ts';

const css = readFileSync(new URL('../../views/assets/app.css', import.meta.url));
const cssHref = `/assets/app.${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`;

/** What every page needs from the request. */
export function pageProps(ctx: Context): PageProps {
  const other = ctx.state.lang === 'vi' ? 'en' : 'vi';
  // On a page that answers a POST a link cannot repeat the request; it leads to the language's front page.
  const path = ctx.method === 'GET' ? ctx.path : '/';
  return {
    lang: ctx.state.lang,
    cssHref,
    otherLanguageHref: `${path}?lang=${other}`,
    requestId: ctx.state.requestId,
  };
}

export function sendPage(ctx: Context, html: string, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = html;
}

/** The stylesheet; old names are answered with today's, for a page that was open during a release. */
export function assetRoutes(): Router {
  const router = new Router();
  router.get('/assets/:file', (ctx) => {
    if (!/^app\.[0-9a-f]{12}\.css$/.test(String(ctx.params.file))) return;
    ctx.type = 'css';
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.body = css;
  });
  return router;
}
