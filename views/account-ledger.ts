/** The ledger: what happened, by day, newest first, with "not me" on every line; and how often services asked. */
import { html } from 'hono/html';
import { backToAccount, opening } from './account-list.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type LedgerProps = {
  page: PageProps;
  days: { day: string; entries: { time: string; text: string; notMeHref: string }[] }[];
  askedHref: string;
  olderHref?: string;
  /** Given on older pages. */
  newestHref?: string;
};

export function accountLedgerPage({ page, days, askedHref, olderHref, newestHref }: LedgerProps): string {
  const text = messagesFor(page.lang).account.ledger;
  const body = html`${opening(page, text.title, days.length > 0 ? text.lead : text.none)}
${days.map(
  ({ day, entries }) => html`
<section class="day"><h2>${day}</h2><ul class="list">${entries.map(
    (entry) => html`
<li><span>${entry.time}</span><div>${entry.text} <a class="away" href="${entry.notMeHref}">${text.notMe}</a></div></li>`,
  )}</ul></section>`,
)}
<div class="actions">
${olderHref && html`<a id="link-older" class="button other" href="${olderHref}">${text.older}</a>`}
${newestHref && html`<a id="link-newest" class="button quiet" href="${newestHref}">${text.newest}</a>`}
<a id="link-asked" class="button other" href="${askedHref}">${text.asked}</a>
</div>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body });
}

export type AskedProps = {
  page: PageProps;
  days: { day: string; lines: string[] }[];
  ledgerHref: string;
  olderHref?: string;
};

export function accountAskedPage({ page, days, ledgerHref, olderHref }: AskedProps): string {
  const text = messagesFor(page.lang).account.ledger;
  const body = html`${opening(page, text.asked, text.askedLead)}
${days.length === 0 && html`<p class="note">${text.none}</p>`}
${days.map(
  ({ day, lines }) => html`
<section class="day"><h2>${day}</h2><ul class="list">${lines.map((line) => html`<li><div>${line}</div></li>`)}</ul></section>`,
)}
<div class="actions">
${olderHref && html`<a id="link-older" class="button other" href="${olderHref}">${text.older}</a>`}
<a id="link-services" class="button other" href="/account/services">${text.askedWithdraw}</a>
<a id="link-back" class="button quiet" href="${ledgerHref}">${text.backToLedger}</a>
</div>`;
  return layout(page, { title: text.asked, body });
}
