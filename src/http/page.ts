/** Sends a page: its assets under names that change with their content, the language switch, no caching. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import Router from '@koa/router';
import type { PageProps } from '../../views/layout.ts';
import type { Context } from './state.ts';

type Asset = { href: string; type: string; bytes: Buffer; gzipped: Buffer };

function readAsset(file: string): Asset {
  const bytes = readFileSync(new URL(`../../views/assets/${file}`, import.meta.url));
  const [name, type] = file.split('.') as [string, string];
  return {
    href: `/assets/${name}.${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${type}`,
    type,
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
  };
}

const css = readAsset('app.css');
const cardWait = readAsset('card-wait.js');
const passkey = readAsset('passkey.js');
const formPost = readAsset('form-post.js');
const slipScript = readAsset('slip.js');
const slipCss = readAsset('slip.css');
const consoleCss = readAsset('console.css');
const consolePasskey = readAsset('console-passkey.js');
const assets = new Map(
  [css, cardWait, passkey, formPost, slipScript, slipCss, consoleCss, consolePasskey].map((asset) => [
    asset.href.replace(/\.[0-9a-f]{12}\./, '.'),
    asset,
  ]),
);

/** The script of the page that waits for another device. */
export const scriptHref = cardWait.href;
/** The script of the page that takes an answer back by a form. */
export const formPostHref = formPost.href;

/** The script of the pages that offer a passkey. */
export const passkeyScriptHref = passkey.href;

/** The printed proof slip's stylesheet, and the script of the page that checks one. */
export const slipCssHref = slipCss.href;
export const slipScriptHref = slipScript.href;

/** The stylesheet of the officers' console, and the script of its pages that can use a passkey. */
export const consoleCssHref = consoleCss.href;
export const consolePasskeyHref = consolePasskey.href;

/** What every page needs from the request. */
export function pageProps(ctx: Context): PageProps {
  const other = ctx.state.lang === 'vi' ? 'en' : 'vi';
  // On a page that answers a POST a link cannot repeat the request; it leads to the language's front page.
  // Two slashes in front would make it somebody else's address.
  const path = ctx.method === 'GET' ? ctx.path.replace(/^[/\\]+/, '/') : '/';
  return {
    lang: ctx.state.lang,
    cssHref: css.href,
    otherLanguageHref: `${path}?lang=${other}`,
    requestId: ctx.state.requestId,
  };
}

const inVietnam = { timeZone: 'Asia/Ho_Chi_Minh' } as const;

// Made once: to make one takes longer than to use it a hundred times.
const days = {
  vi: new Intl.DateTimeFormat('vi', { ...inVietnam, day: '2-digit', month: '2-digit', year: 'numeric' }),
  en: new Intl.DateTimeFormat('en-GB', { ...inVietnam, dateStyle: 'long' }),
};
const times = new Intl.DateTimeFormat('en-GB', { ...inVietnam, hour: '2-digit', minute: '2-digit' });

/** A day as clocks in Viet Nam have it: 21/11/2026, 21 November 2026. */
export function sayDay(ctx: Context, time: Date): string {
  return days[ctx.state.lang].format(time);
}

/** The clock alone: 14:05. */
export function sayTime(time: Date): string {
  return times.format(time);
}

/** A moment, to stand after "lúc" and "at": 14:05 ngày 21/11/2026, 14:05 on 21 November 2026. */
export function sayWhen(ctx: Context, time: Date): string {
  return `${sayTime(time)} ${ctx.state.lang === 'vi' ? 'ngày' : 'on'} ${sayDay(ctx, time)}`;
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
    // Assets hold nothing of anybody, so compressing them tells nothing (pages do, and are sent as they are).
    ctx.vary('Accept-Encoding');
    const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
    if (gzip) ctx.set('Content-Encoding', 'gzip');
    ctx.body = gzip ? asset.gzipped : asset.bytes;
  });
  return router;
}
