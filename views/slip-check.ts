/** Anybody checks a proof slip: its number is typed, or its QR brings the signed text behind the address. */
import { html } from 'hono/html';
import { shieldIcon, tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type SlipCheckProps = {
  page: PageProps;
  action: string;
  /** Moves what stands behind `#` into the form: it never leaves the browser in an address. */
  scriptHref?: string;
  result?: { outcome: 'holds' | 'ended' | 'unknown'; facts: { label: string; value: string }[] };
};

export function slipCheckPage({ page, action, scriptHref, result }: SlipCheckProps): string {
  const text = messagesFor(page.lang).desk.check;
  const title = result ? text[`${result.outcome}Title`] : text.title;
  const body = result
    ? html`<div id="outcome" class="done" data-outcome="${result.outcome}">${result.outcome === 'holds' ? tickIcon : shieldIcon}</div>
<h1>${title}</h1>
<p class="lead">${text[result.outcome]}</p>
${
  result.facts.length > 0 &&
  html`<ul class="list">${result.facts.map(
    ({ label, value }) => html`
<li><div><p>${label}</p><h2>${value}</h2></div></li>`,
  )}</ul><p class="hint">${text.note}</p>`
}
<div class="actions"><p class="onward"><a id="link-again" class="button other" href="${action}">${text.again}</a></p></div>`
    : html`<h1>${title}</h1>
<p class="lead">${text.lead}</p>
<form id="form-slip" method="post" action="${action}"><label class="field"><span>${text.number}</span><input id="input-number" name="number" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20"></label>
<input id="input-signed" type="hidden" name="signed" value="">
<button id="button-slip" class="button main"><span>${text.submit}</span></button></form>`;
  return layout(page, { title, body, ...(scriptHref ? { scriptHref } : {}) });
}
