/** A kiosk or a counter shows a code, and here it is typed in (RFC 8628 §3.3). */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { safetyNote } from './parts.ts';

export type DeviceCodeProps = {
  page: PageProps;
  action: string;
  xsrf: string;
  /** As it came with a QR code, or as it was typed before. */
  userCode?: string;
  error?: string;
};

export function deviceCodePage({ page, action, xsrf, userCode, error }: DeviceCodeProps): string {
  const text = messagesFor(page.lang).devices.enter;
  const body = html`<h1>${userCode && !error ? text.scannedTitle : text.title}</h1>
<p class="lead">${userCode && !error ? text.scannedLead : text.lead}</p>
<form id="form-device-code" class="actions" method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
${error && html`<p id="error-user-code" class="error" role="alert">${error}</p>`}
<label class="field code"><span>${text.label}</span><input id="user-code" name="user_code" value="${userCode ?? ''}" required maxlength="20" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false"${
    error && html` aria-invalid="true" aria-describedby="error-user-code"`
  }></label>
<button id="button-device-code" class="button main">${text.submit}</button>
</form>
${safetyNote(text.safety)}`;
  return layout(page, { title: userCode && !error ? text.scannedTitle : text.title, body });
}
