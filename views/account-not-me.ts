/** "That was not me": what will be done, before it is done, and what to do next. */
import { html } from 'hono/html';
import { shieldIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm } from './parts.ts';

export type NotMeProps = {
  page: PageProps;
  /** The entry it is about, as it stands in the ledger. */
  entry: string;
  when: string;
  action: string;
  cancelHref: string;
};

export function accountNotMePage({ page, entry, when, action, cancelHref }: NotMeProps): string {
  const text = messagesFor(page.lang).account.notMe;
  const body = html`<h1>${text.title}</h1>
<p id="entry" class="note">${entry} <span>${when}</span></p>
<p class="lead">${text.lead}</p>
<ul class="list grains">${text.points.map((point) => html`<li><div>${point}</div></li>`)}</ul>
<p class="hint">${text.after}</p>
<div class="actions">
${actionForm({ name: 'not-me', action, label: text.submit, look: 'main' })}
<a id="link-cancel" class="button other" href="${cancelHref}">${text.cancel}</a>
</div>`;
  return layout(page, { title: text.title, body });
}

export function accountReportedPage({ page, signInHref }: { page: PageProps; signInHref: string }): string {
  const text = messagesFor(page.lang).account.notMe;
  const body = html`<div class="done">${shieldIcon}</div>
<h1>${text.doneTitle}</h1>
<p class="lead">${text.doneLead}</p>
<ol class="list steps">${text.next.map((step) => html`<li><div>${step}</div></li>`)}</ol>
<div class="actions"><a id="link-sign-in" class="button main" href="${signInHref}">${text.signIn}</a></div>`;
  return layout(page, { title: text.doneTitle, body });
}
