/**
 * What a service will be given, one line a purpose. Nothing comes ticked. Whoever wants it easy presses "all of it",
 * which says what it does; whoever ticks a line sees the second button become the main one (app.css). Two forms, so
 * that Enter on a box can never mean "all".
 */
import { html } from 'hono/html';
import { tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, type Markup } from './parts.ts';

export type ConsentProps = {
  page: PageProps;
  clientName: string;
  /** One for each scope asked; the texts of the OpenID Connect scopes are `messagesFor(lang).scopes`. */
  purposes: { name: string; title: string; detail?: string; required: boolean }[];
  approveAction: string;
  cancelAction: string;
};

export function consentPage(props: ConsentProps): string {
  const { page, clientName, purposes, approveAction, cancelAction } = props;
  const text = messagesFor(page.lang).consent;
  const choice = purposes.some(({ required }) => !required);
  const list = html`<ul class="list">${purposes.map(
    (purpose) => html`
<li>${line(purpose)}</li>`,
  )}
</ul>`;
  const approve = choice ? text.approveAll : text.approve;
  const body = html`${askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
${choice ? html`<form id="form-choose" method="post" action="${approveAction}">${list}</form>` : list}
<div class="actions">
${actionForm({ name: 'consent', action: approveAction, label: approve, look: 'main', fields: { all: 'yes' } })}
${
  choice &&
  html`<p id="choose-hint" class="hint">${text.chooseHint}</p>
<button id="button-choose" form="form-choose" class="button other" aria-describedby="choose-hint"><span>${text.choose}</span></button>`
}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel, look: 'quiet' })}
</div>
<p class="safety">${text.note}</p>`;
  return layout(page, { title: text.title, body });
}

function line({ name, title, detail, required }: ConsentProps['purposes'][number]): Markup {
  const words = html`<span><strong>${title}</strong>${detail && html`<span>${detail}</span>`}</span>`;
  if (required) return html`<div class="choice">${tickIcon}${words}</div>`;
  return html`<label class="choice"><input id="purpose-${name}" type="checkbox" name="purpose" value="${name}">${words}</label>`;
}
