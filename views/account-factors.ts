/** PIN and keys: what is set, setting or changing the PIN, and taking away. */
import { html } from 'hono/html';
import { backToAccount, opening } from './account-list.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm } from './parts.ts';
import { type PinField, pinForm } from './pin-form.ts';

export type AccountFactorsProps = {
  page: PageProps;
  done?: string;
  pin?: {
    lines: string[];
    removeAction: string;
    /** The old PIN is asked for, unless the citizen has just proved who they are. */
    needsOld: boolean;
    proveAction?: string;
  };
  pinAction: string;
  /** Why the PIN that was typed is not taken. */
  error?: string;
};

export function accountFactorsPage({ page, done, pin, pinAction, error }: AccountFactorsProps): string {
  const { page: text, pin: words, set } = messagesFor(page.lang).factors;
  const fields: PinField[] = [
    ...(pin?.needsOld ? [{ name: 'old', label: words.old } as const] : []),
    { name: 'pin', label: words.label },
    { name: 'again', label: words.again },
  ];
  const label = pin ? text.change : set.submit;
  const body = html`${opening(page, text.title, text.lead, done)}
<section class="part"><h2>${text.pinTitle}</h2>
${pin ? pin.lines.map((line) => html`<p>${line}</p>`) : html`<p>${text.none}</p>`}
<div class="actions">${pinForm({ name: 'set-pin', action: pinAction, fields, label, ...(error ? { error } : {}) })}
<p class="hint">${set.advice}</p>
${
  pin?.proveAction &&
  html`<p class="hint">${text.forgot}</p>${actionForm({ name: 'prove', action: pin.proveAction, label: text.proveAgain, look: 'other' })}`
}
${
  pin &&
  html`<p class="hint">${text.removeMeans}</p>${actionForm({ name: 'remove-pin', action: pin.removeAction, label: text.remove, look: 'other' })}`
}</div></section>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body });
}
