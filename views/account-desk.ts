/** The citizen's own phone during a visit to a desk: to say "I am here", to wait, and to set a PIN at the end. */
import { html } from 'hono/html';
import { clockIcon, shieldIcon, tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, safetyNote } from './parts.ts';
import { pinForm } from './pin-form.ts';

export type AccountDeskProps = {
  page: PageProps;
  /** Where the desk is. */
  where: string;
  base: string;
  accountHref: string;
  now:
    | { step: 'ask' }
    | { step: 'number'; number: string }
    | { step: 'wait' }
    | { step: 'pin'; error?: string }
    | { step: 'set' }
    | { step: 'refused' };
};

export function accountDeskPage(props: AccountDeskProps): string {
  const { page, now } = props;
  const text = messagesFor(page.lang).desk.citizen;
  return layout(page, {
    title: titleOf(props),
    body: html`<p class="asker">${text.at(props.where)}</p>${bodyOf(props, now)}`,
  });
}

function titleOf({ page, now }: AccountDeskProps): string {
  const text = messagesFor(page.lang).desk.citizen;
  if (now.step === 'number') return text.numberTitle;
  if (now.step === 'wait') return text.waitTitle;
  if (now.step === 'refused') return text.refusedTitle;
  return now.step === 'ask' ? text.ask : text.doneTitle;
}

function bodyOf(props: AccountDeskProps, now: AccountDeskProps['now']) {
  const { page, base, accountHref } = props;
  const text = messagesFor(page.lang).desk.citizen;
  const title = html`<h1>${titleOf(props)}</h1>`;
  const again = html`<div class="actions"><p class="onward"><a id="link-next" class="button main" href="${base}">${text.next}</a></p></div>`;
  const home = html`<div class="actions"><p class="onward"><a id="link-account" class="button other" href="${accountHref}">${text.toAccount}</a></p></div>`;
  switch (now.step) {
    case 'ask':
      return html`${title}${safetyNote(text.askLead)}<div class="actions">
${actionForm({ name: 'here', action: base, label: text.yes, look: 'main' })}
<p class="onward"><a id="link-no" class="button quiet" href="${accountHref}">${text.no}</a></p></div>`;
    case 'number':
      return html`${title}<p class="lead">${text.numberLead}</p><p class="same-code"><code id="code">${now.number}</code></p>${again}`;
    case 'wait':
      return html`<div class="done">${clockIcon}</div>${title}<p class="lead">${text.waitLead}</p>${again}`;
    case 'pin':
      return html`<div class="done">${tickIcon}</div>${title}<p class="lead">${text.doneLead}</p>${safetyNote(text.pinWarning)}
${pinForm({
  name: 'pin',
  action: `${base}/pin`,
  fields: [
    { name: 'pin', label: text.pin },
    { name: 'again', label: text.again },
  ],
  label: text.pinSubmit,
  ...(now.error ? { error: now.error } : {}),
})}`;
    case 'set':
      return html`<div class="done">${tickIcon}</div>${title}<p class="lead">${text.pinSet}</p>${home}`;
    case 'refused':
      return html`<div class="done">${shieldIcon}</div>${title}<p class="lead">${text.refusedLead}</p>${home}`;
  }
}
