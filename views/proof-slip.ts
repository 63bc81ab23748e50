/** The proof slip as it is printed: one sheet of A5 (or the upper half of A4), with a QR that anybody can check. */
import { html, raw } from 'hono/html';
import { emblem } from './icons.ts';
import type { PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type SlipProps = {
  page: PageProps;
  number: string;
  qr: string;
  checkAddress: string;
  facts: { label: string; value: string }[];
  /** The sentences of what was checked. */
  checked: string[];
  signIn: string;
  backHref: string;
};

export function proofSlip(props: SlipProps): string {
  const { page, facts, checked } = props;
  const text = messagesFor(page.lang).desk.slip;
  const otherLang = page.lang === 'vi' ? 'en' : 'vi';
  const document = html`<!doctype html>
<html lang="${page.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${text.title} · Tây Ninh ID</title>
<link rel="stylesheet" href="${page.cssHref}">
</head>
<body>
<nav><a href="${props.backHref}">${text.back}</a><span>${text.print}</span><a href="${page.otherLanguageHref}" lang="${otherLang}" hreflang="${otherLang}">${otherLang === 'vi' ? 'Tiếng Việt' : 'English'}</a></nav>
<main>
<header>${emblem}<div><p>${text.of}</p><h1>${text.title}</h1></div></header>
<p class="result"><strong>${text.result}</strong></p>
<div class="two">
<dl>${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<figure><div role="img" aria-label="${text.qr}">${raw(props.qr)}</div><figcaption><strong>${text.check}</strong> ${text.checkHint(props.checkAddress)}</figcaption><p class="id"><small>${text.number}</small> <b id="slip">${props.number}</b></p></figure>
</div>
<section><h2>${text.checked}</h2><ul>${checked.map((one) => html`<li>${one}</li>`)}</ul></section>
<div class="two even">
<section><h2>${text.signInTitle}</h2><p>${props.signIn}</p></section>
<section><h2>${text.meansTitle}</h2><p>${text.means}</p></section>
</div>
<section class="object"><h2>${text.objectTitle}</h2><p>${text.object}</p></section>
</main>
</body>
</html>
`;
  if (document instanceof Promise) throw new TypeError('a view was given a promise');
  return document.toString();
}
