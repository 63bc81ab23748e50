/**
 * A button for a passkey. Only a browser that can, and runs our module (assets/passkey.js), shows it: it is hidden
 * until then, and every page that has one has another way beside it.
 */
import { html } from 'hono/html';
import { keyIcon } from './icons.ts';
import { type Lang, messagesFor } from './messages.ts';
import type { ActionForm, Markup } from './parts.ts';

/** Where the question comes from and the answer goes to. */
export type PasskeyWay = {
  action: string;
  optionsHref: string;
  scriptHref: string;
};

export type PasskeyFormProps = {
  lang: Lang;
  way: PasskeyWay;
  /** `get` asks for a passkey that is there, `create` makes one. */
  ask: 'get' | 'create';
  label: string;
  hint?: string;
  look: ActionForm['look'];
  /** Whether the citizen may say what a new one is called. */
  naming?: boolean;
  /** The answer that was sent did not hold. */
  failed?: boolean;
};

export function passkeyForm(props: PasskeyFormProps): Markup {
  const { lang, way, ask, label, hint, look, naming, failed = false } = props;
  const { passkey: text } = messagesFor(lang).factors;
  const name = ask === 'create' ? 'add-passkey' : 'passkey';
  const said = ask === 'create' ? text.addFailed : text.failed;
  return html`<form id="form-${name}" method="post" action="${way.action}" data-ask="${ask}" data-options="${way.optionsHref}" hidden>
<input type="hidden" name="answer">
<p class="error" role="alert"${failed ? '' : html` hidden`}>${said}</p>
${
  naming &&
  html`<label class="field"><span>${text.called}</span><input name="name" maxlength="40" autocomplete="off"></label>`
}
<button id="button-${name}" class="button ${look}">${keyIcon}<span>${label}</span></button>
${hint && html`<p class="hint">${hint}</p>`}</form>`;
}
