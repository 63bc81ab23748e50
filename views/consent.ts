/** What a service will be given. All or nothing: there is no box to tick, so none can come ticked. */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine } from './parts.ts';

export type ConsentProps = {
  page: PageProps;
  clientName: string;
  /** One for each scope asked; the texts of the OpenID Connect scopes are `messagesFor(lang).scopes`. */
  items: { title: string; detail?: string }[];
  approveAction: string;
  cancelAction: string;
};

export function consentPage({ page, clientName, items, approveAction, cancelAction }: ConsentProps): string {
  const text = messagesFor(page.lang).consent;
  const body = html`${askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<ul class="list grains">${items.map(
    ({ title, detail }) => html`
<li><div><h2>${title}</h2>${detail && html`<p>${detail}</p>`}</div></li>`,
  )}
</ul>
<p class="hint">${text.note}</p>
<div class="actions">
${actionForm({ name: 'consent', action: approveAction, label: text.approve, look: 'main' })}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel, look: 'other' })}
</div>`;
  return layout(page, { title: text.title, body });
}
