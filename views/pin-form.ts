/** The fields a PIN is typed into: digits on a phone's number pad, hidden like a password, never kept by the browser. */
import { html } from 'hono/html';
import type { Markup } from './parts.ts';

export type PinField = { name: 'pin' | 'again' | 'old'; label: string };

export type PinFormProps = {
  /** The name behind `form-` and `button-`. */
  name: string;
  action: string;
  fields: PinField[];
  label: string;
  look?: 'main' | 'other';
  /** What was wrong with what was typed. */
  error?: string;
};

export function pinForm({ name, action, fields, label, look = 'main', error }: PinFormProps): Markup {
  return html`<form id="form-${name}" method="post" action="${action}">
${error && html`<p id="error-${name}" class="error" role="alert">${error}</p>`}
${fields.map(
  (field) =>
    html`<label class="field"><span>${field.label}</span><input id="input-${field.name}" type="password" name="${field.name}" inputmode="numeric" pattern="[0-9]{6}" minlength="6" maxlength="6" autocomplete="off" required${
      error && html` aria-describedby="error-${name}"`
    }></label>
`,
)}<button id="button-${name}" class="button ${look}"><span>${label}</span></button></form>`;
}
