/**
 * The frame of every citizens' page: a complete document, one stylesheet, no inline script or style (the CSP
 * allows none), and a script only where a browser's own power needs it: to wait for a card, to ask for a passkey.
 * Views are synchronous and pure: props are ready strings, made by the routes.
 */
import { html } from 'hono/html';
import { emblem, landscape } from './icons.ts';
import { type Lang, messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type PageProps = {
  lang: Lang;
  cssHref: string;
  /** The same page in the other language. */
  otherLanguageHref: string;
  /** Shown on the error page, for the helpdesk. */
  requestId: string;
};

export type Content = {
  title: string;
  body: Markup;
  /** The page moves on by itself: assets/card-wait.js finds both addresses on `main`. */
  wait?: { statusHref: string; nextHref: string; scriptHref: string };
  /** The page's one module, where it has one. */
  scriptHref?: string | undefined;
  /** A classic script that the page can do without: for browsers older than modules. */
  classicHref?: string;
};

/** The whole document as a string. `title` is the plain text of the page's one h1, which `body` brings. */
export function layout(
  page: PageProps,
  { title, body, wait, scriptHref = wait?.scriptHref, classicHref }: Content,
): string {
  const otherLang = page.lang === 'vi' ? 'en' : 'vi';
  // The link is in the words of the language it leads to, so that whoever needs it can read it.
  const otherLanguage = otherLang === 'vi' ? 'Tiếng Việt' : 'English';
  const document = html`<!doctype html>
<html lang="${page.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#0a4a41">
<title>${title} · Tây Ninh ID</title>
<link rel="stylesheet" href="${page.cssHref}">${
    scriptHref &&
    html`
<script type="module" src="${scriptHref}"></script>`
  }${classicHref && html`<script defer src="${classicHref}"></script>`}
</head>
<body>
<header>
<div class="bar"><p class="brand">${emblem}<span>Tây Ninh ID</span></p><a class="language" href="${page.otherLanguageHref}" lang="${otherLang}" hreflang="${otherLang}">${otherLanguage}</a></div>
${landscape}
</header>
<main${wait && html` data-status="${wait.statusHref}" data-next="${wait.nextHref}"`}>
${body}
</main>
<footer><p>${messagesFor(page.lang).layout.footer}</p></footer>
</body>
</html>
`;
  // `html` returns a promise only when a promise was put into it: a page that waits is a mistake of ours.
  if (document instanceof Promise) throw new TypeError('a view was given a promise');
  return document.toString();
}
