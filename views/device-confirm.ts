/** Before a device is let in: which one, for what, and a warning against codes that strangers send (RFC 8628 §5.4). */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { askerLine, codeLine } from './parts.ts';

export type DeviceConfirmProps = {
  page: PageProps;
  clientName: string;
  /** As the device shows it: `BCDF-GHJK`. */
  userCode: string;
  /** When the device asked. */
  since?: string;
  action: string;
  xsrf: string;
};

export function deviceConfirmPage(props: DeviceConfirmProps): string {
  const { page, clientName, userCode, since, action, xsrf } = props;
  const text = messagesFor(page.lang).devices.confirm;
  const body = html`${askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.lead(clientName)}</p>
<div class="same-code">${codeLine(text.codeLabel, userCode)}
${since && html`<p class="hint">${text.since(since)}</p>`}</div>
<div class="note warn"><h2>${text.warnTitle}</h2><p>${text.warn}</p></div>
<form id="form-device-confirm" class="actions" method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${userCode}">
<button id="button-device-confirm" class="button main" name="confirm" value="yes">${text.submit}</button>
<button id="button-device-abort" class="button other" name="abort" value="yes">${text.abort}</button>
</form>`;
  return layout(page, { title: text.title, body });
}
