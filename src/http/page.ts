/** Sends a page: its assets under names that change with their content, the language switch, no caching. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Router from '@koa/router';
import type { PageProps } from '../../views/layout.ts';
import type { Context } from './state.ts';

type Asset = { href: string; type: string; bytes: Buffer };

function readAsset(file: string): Asset {
  const bytes = readFileSync(new URL(`../../views/assets/${file}`, import.meta.url));
  const [name, type] = file.split('.') as [string, string];
  return {
    href: `/assets/${name}.${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${type}`,
    type,
    bytes,
  };
}

const css = readAsset('app.css');
const cardWait = readAsset('card-wait.js');
const assets = new Map([css, cardWait].map((asset) => [asset.href.replace(/\.[0-9a-f]{12}\./, '.'), asset]));

/** The script of the page that waits for another device. */
export const scriptHref = cardWait.href;

/** What every page needs from the request. */
export function pageProps(ctx: Context): PageProps {
  const other = ctx.state.lang === 'vi' ? 'en' : 'vi';
  // On a page that answers a POST a link cannot repeat the request; it leads to the language's front page.
  const path = ctx.method === 'GET' ? ctx.path : '/';
  return {
    lang: ctx.state.lang,
    cssHref: css.href,
    otherLanguageHref: `${path}?lang=${other}`,
    requestId: ctx.state.requestId,
  };
}

/** A moment in the person's language, as clocks in Viet Nam show it. */
export function sayWhen(ctx: Context, time: Date): string {
  const format = { dateStyle: 'long', timeStyle: 'short', timeZone: 'Asia/Ho_Chi_Minh' } as const;
  return new Intl.DateTimeFormat(ctx.state.lang, format).format(time);
}

export function sendPage(ctx: Context, html: string, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = html;
}

/** Stylesheet and script; old names are answered with today's, for a page that was open during a release. */
export function assetRoutes(): Router {
  const router = new Router();
  router.get('/assets/:file', (ctx) => {
    const asset = assets.get(ctx.path.replace(/\.[0-9a-f]{12}\./, '.'));
    if (!asset) return;
    ctx.type = asset.type;
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.body = asset.bytes;
  });
  return router;
}
