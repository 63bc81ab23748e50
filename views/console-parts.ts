/** The pieces that several pages of the console share: plain forms and tables, dense, with nothing that needs a script. */
import { html, raw } from 'hono/html';
import { type Lang, messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

/** Title, what was just done, what was wrong. */
export function consoleOpening(
  title: string,
  told: { done?: string | undefined; error?: string | undefined },
): Markup {
  return html`<h1>${title}</h1>${told.done && html`<p id="done" class="told" role="status">${told.done}</p>`}${
    told.error && html`<p id="error" class="told wrong" role="alert">${told.error}</p>`
  }`;
}

export type TextField = {
  name: string;
  label: string;
  type?: 'text' | 'password';
  value?: string;
  hint?: string;
  autocomplete?: string;
  numeric?: boolean;
  focus?: boolean;
  optional?: boolean;
  longest?: number;
};

export function textField(field: TextField): Markup {
  const { name, label, type = 'text', value, hint, autocomplete = 'off', numeric, focus, optional } = field;
  return html`<label class="field"><span>${label}</span><input type="${type}" name="${name}"${
    value !== undefined && html` value="${value}"`
  } autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" maxlength="${field.longest ?? 200}"${
    numeric && html` inputmode="numeric"`
  }${!optional && html` required`}${focus && html` autofocus`}>${hint && html`<small>${hint}</small>`}</label>
`;
}

/** One button that posts to `action`. */
export function consoleForm({
  name,
  action,
  label,
  look = 'small',
  fields,
}: {
  name: string;
  action: string;
  label: string;
  look?: 'main' | 'small' | 'danger';
  fields?: Markup;
}): Markup {
  return html`<form id="form-${name}" method="post" action="${action}" class="row">${fields ?? ''}<button id="button-${name}" class="button ${look}">${label}</button></form>`;
}

/** A choice from a closed list. */
export function reasonField(label: string, reasons: Readonly<Record<string, string>>): Markup {
  return html`<label class="field inline"><span>${label}</span><select name="reason">${Object.entries(
    reasons,
  ).map(([value, words]) => html`<option value="${value}">${words}</option>`)}</select></label>`;
}

export type FactorFormProps = {
  /** Whether the officer has an authenticator app. */
  code: boolean;
  passkey?: { options: string; scriptHref: string };
};

/** A form that asks for a second factor: a code, or a passkey where the browser can. `inside`: what else it sends. */
export function factorForm(
  lang: Lang,
  given: { name: string; action: string; label: string; factor: FactorFormProps; inside?: Markup },
): Markup {
  const text = messagesFor(lang).console.factor;
  const { factor, name } = given;
  return html`<form id="form-${name}" method="post" action="${given.action}"${
    factor.passkey && html` data-passkey="${factor.passkey.options}" data-ceremony="get"`
  }>${given.inside ?? ''}<input type="hidden" name="passkey">
${
  factor.code
    ? html`${textField({ name: 'code', label: text.code, hint: text.codeHint, autocomplete: 'one-time-code', numeric: true, focus: true, longest: 9 })}
<button id="button-${name}" class="button main">${given.label}</button>`
    : html`<p class="hint">${text.onlyPasskey}</p>`
}${factor.passkey && html`<button id="button-passkey" type="button" class="button" hidden>${text.passkey}</button>`}</form>`;
}

export type NewFactorProps = {
  /** Markup of our own (http/qr). */
  qr: string;
  secret: string;
  sealed: string;
  /** Missing where an address can have none. */
  passkey?: { options: string; scriptHref: string };
};

/** The fields a new factor is set with, to stand in a form that `newFactorAttributes` marks. */
export function newFactorFields(lang: Lang, { qr, secret, sealed }: NewFactorProps): Markup {
  const text = messagesFor(lang).console;
  return html`<p>${text.newFactor.lead}</p>
<div class="pair"><div class="qr" role="img" aria-label="${text.newFactor.qr}">${raw(qr)}</div><div>
<p class="hint">${text.newFactor.secret}<br><code>${secret}</code></p>
<input type="hidden" name="totp" value="${sealed}"><input type="hidden" name="passkey">
${textField({ name: 'code', label: text.factor.code, autocomplete: 'one-time-code', numeric: true, longest: 9 })}</div></div>`;
}

export function newFactorAttributes({ passkey }: NewFactorProps): Markup | '' {
  return passkey ? html` data-passkey="${passkey.options}" data-ceremony="create"` : '';
}

export function newPasskeyButton(lang: Lang, { passkey }: NewFactorProps): Markup | '' {
  const text = messagesFor(lang).console.newFactor;
  return passkey
    ? html`<button id="button-passkey" type="button" class="button" hidden>${text.passkey}</button>`
    : '';
}
