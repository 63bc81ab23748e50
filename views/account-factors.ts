/** PIN and passkeys: what is set, setting or changing, and taking away. */
import { html } from 'hono/html';
import { backToAccount, opening } from './account-list.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, type Markup } from './parts.ts';
import { type PasskeyWay, passkeyForm } from './passkey-form.ts';
import { type PinField, pinForm } from './pin-form.ts';

export type AccountFactorsProps = {
  page: PageProps;
  done?: string;
  pin?: {
    lines: string[];
    removeAction: string;
    /** The old PIN is asked for, unless the citizen has just proved who they are. */
    needsOld: boolean;
  };
  /** Missing where there is no PIN and the citizen has not just proved who they are. */
  pinAction?: string;
  /** Given when the citizen has not just proved who they are. */
  proveAction?: string;
  /** Why the PIN that was typed is not taken. */
  error?: string;
  passkeys: { name: string; lines: string[]; renameAction: string; removeAction: string }[];
  /** One more: here and now, or after confirming; neither where no passkey can be had, or there are enough. */
  addPasskey?: PasskeyWay & { failed: boolean };
  confirmAction?: string;
  /** How many there may be, when that many are there. */
  full?: number;
};

export function accountFactorsPage(props: AccountFactorsProps): string {
  const { page, done, addPasskey } = props;
  const { page: text } = messagesFor(page.lang).factors;
  const body = html`${opening(page, text.title, text.lead, done)}
${pinPart(props)}
${passkeyPart(props)}
<p class="hint before">${text.removeMeans}</p>
${backToAccount(page)}`;
  return layout(page, { title: text.title, body, scriptHref: addPasskey?.scriptHref });
}

function pinPart({ page, pin, pinAction, proveAction, error }: AccountFactorsProps): Markup {
  const { page: text, pin: words, set } = messagesFor(page.lang).factors;
  const fields: PinField[] = [
    ...(pin?.needsOld ? [{ name: 'old', label: words.old } as const] : []),
    { name: 'pin', label: words.label },
    { name: 'again', label: words.again },
  ];
  const label = pin ? text.change : set.submit;
  const look = pin ? 'other' : 'main';
  return html`<section class="part"><h2>${text.pinTitle}</h2>
${pin ? pin.lines.map((line) => html`<p>${line}</p>`) : html`<p>${text.none}</p>`}
<div class="actions">${
    pinAction &&
    html`${pinForm({ name: 'set-pin', action: pinAction, fields, label, look, ...(error ? { error } : {}) })}
<p class="hint">${set.advice}</p>`
  }${
    proveAction &&
    html`<p class="hint">${pin ? text.forgot : text.proveFirst}</p>${actionForm({ name: 'prove', action: proveAction, label: text.proveAgain, look: 'other' })}`
  }${pin && actionForm({ name: 'remove-pin', action: pin.removeAction, label: text.remove, look: 'small' })}</div></section>`;
}

function passkeyPart({ page, passkeys, addPasskey, confirmAction, full }: AccountFactorsProps): Markup {
  const { passkey: text } = messagesFor(page.lang).factors;
  const add =
    addPasskey &&
    passkeyForm({
      lang: page.lang,
      way: addPasskey,
      ask: 'create',
      label: text.add,
      hint: text.addHint,
      look: 'other',
      naming: true,
      failed: addPasskey.failed,
    });
  const confirm =
    confirmAction &&
    html`<p class="hint">${text.confirmFirst}</p>${actionForm({ name: 'confirm', action: confirmAction, label: text.confirmNow, look: 'other' })}`;
  const keys = passkeys.map(
    ({ name, lines, renameAction, removeAction }, index) => html`
<li><h3>${name}</h3>${lines.map((line) => html`<p>${line}</p>`)}
<details class="rename"><summary id="rename-passkey-${index}">${text.rename}</summary>
<form id="form-rename-passkey-${index}" method="post" action="${renameAction}">
<label class="field"><span>${text.newName}</span><input name="name" maxlength="40" required autocomplete="off"></label>
<button id="button-rename-passkey-${index}" class="button other"><span>${text.saveName}</span></button></form></details>
${actionForm({ name: `remove-passkey-${index}`, action: removeAction, label: text.remove, look: 'small' })}</li>`,
  );
  return html`<section class="part"><h2>${text.title}</h2>
${passkeys.length === 0 ? html`<p>${text.none}</p>` : html`<ul class="list entries">${keys}</ul>`}
${full !== undefined && html`<p class="hint">${text.full(full)}</p>`}
<div class="actions">${add}${confirm}</div></section>`;
}
