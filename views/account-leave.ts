/** Taking one's data along, and closing the account: what it means first, then the button. */
import { html } from 'hono/html';
import { backToAccount, opening } from './account-list.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm } from './parts.ts';

export type DataProps = {
  page: PageProps;
  action: string;
  /** What was verified is left out: the citizen would have to prove who they are first. */
  withheld: boolean;
};

export function accountDataPage({ page, action, withheld }: DataProps): string {
  const text = messagesFor(page.lang).account.data;
  const body = html`${opening(page, text.title, text.lead)}
<p class="note warn">${text.warning}</p>
${withheld && html`<p class="hint">${text.withheld}</p>`}
<div class="actions">${actionForm({ name: 'data', action, label: text.submit, look: 'main' })}</div>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body });
}

export type CloseProps = {
  page: PageProps;
  closeAction: string;
  keepAction: string;
  /** When it will be closed, if that was asked. */
  closingAt?: string;
};

export function accountClosePage({ page, closeAction, keepAction, closingAt }: CloseProps): string {
  const text = messagesFor(page.lang).account.close;
  const points = html`<ul class="list grains">${text.points.map((point) => html`<li><div>${point}</div></li>`)}</ul>`;
  const body = closingAt
    ? html`<h1>${text.title}</h1>
<div id="closing" class="note warn"><p>${text.pending(closingAt)}</p></div>
<div class="actions">${actionForm({ name: 'keep', action: keepAction, label: text.keepNow, look: 'main' })}</div>
${points}
${backToAccount(page)}`
    : html`${opening(page, text.title, text.lead)}
${points}
<div class="actions">
<a id="link-keep" class="button main" href="/account">${text.keep}</a>
${actionForm({ name: 'close', action: closeAction, label: text.submit, look: 'other' })}
</div>`;
  return layout(page, { title: text.title, body });
}
