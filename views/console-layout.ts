/**
 * The frame of the officers' console: dense, calm, made for the keyboard. Like the citizens' frame a whole document with one
 * stylesheet, no inline script or style, and no script at all but where a passkey can be used. The ways to go carry the keys
 * 1 to 9 (Alt or Alt+Shift with the digit), the main field of a page takes the focus.
 */
import { html } from 'hono/html';
import { emblem } from './icons.ts';
import type { PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type ConsolePageProps = PageProps & {
  /** Who is signed in. */
  officer?: { name: string; role: string; signOutAction: string };
  /** Where this officer may go. */
  places?: { href: string; label: string; here: boolean }[];
};

export type ConsoleContent = {
  /** The plain text of the page's one h1, which `body` brings. */
  title: string;
  body: Markup;
  scriptHref?: string | undefined;
  /** The page moves on by itself (assets/card-wait.js). */
  wait?: { statusHref: string; nextHref: string; scriptHref: string };
  /** `narrow`: one form, in the middle. */
  width?: 'narrow';
};

/** The digits of a keyboard from left to right: access keys of the places. What comes after the tenth has none. */
const keys = '1234567890';

export function consoleLayout(
  page: ConsolePageProps,
  { title, body, width, wait, scriptHref = wait?.scriptHref }: ConsoleContent,
): string {
  const { lang, officer, places = [] } = page;
  const text = messagesFor(lang).console;
  const otherLang = lang === 'vi' ? 'en' : 'vi';
  const document = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#0a4a41">
<meta name="robots" content="noindex">
<title>${title} · Tây Ninh ID</title>
<link rel="stylesheet" href="${page.cssHref}">${
    scriptHref &&
    html`
<script type="module" src="${scriptHref}"></script>`
  }
</head>
<body>
<a class="skip" href="#main">${text.skip}</a>
<header>
<div class="bar">
<a class="brand" href="/console">${emblem}<span>Tây Ninh ID <small>${text.brand}</small></span></a>
<div class="who">${
    officer &&
    html`<span class="officer">${officer.name} <small>${officer.role}</small></span>
<form id="form-sign-out" method="post" action="${officer.signOutAction}"><button id="button-sign-out" class="bare">${text.signOut}</button></form>`
  }<a class="bare" href="${page.otherLanguageHref}" lang="${otherLang}" hreflang="${otherLang}">${otherLang === 'vi' ? 'Tiếng Việt' : 'English'}</a></div>
</div>${
    places.length > 0 &&
    html`
<nav aria-label="${text.menu}"><ul>${places.map(
      ({ href, label, here }, index) =>
        html`<li><a href="${href}"${keys[index] && html` accesskey="${keys[index]}"`}${here && html` aria-current="page"`}>${keys[index] && html`<kbd aria-hidden="true">${keys[index]}</kbd>`}${label}</a></li>`,
    )}</ul></nav>`
  }
</header>
<main id="main"${width && html` class="${width}"`}${wait && html` data-status="${wait.statusHref}" data-next="${wait.nextHref}"`}>
${body}
</main>
</body>
</html>
`;
  if (document instanceof Promise) throw new TypeError('a view was given a promise');
  return document.toString();
}
