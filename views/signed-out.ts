/** After signing out: what is closed and what is not, so that nobody hands back a borrowed phone too early. */
import { html } from 'hono/html';
import { tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type SignedOutProps = {
  page: PageProps;
  /**
   * Given when only this service was left and the session at Tây Ninh ID goes on: the provider names a client
   * on this page exactly when the citizen chose to stay (features.rpInitiatedLogout.postLogoutSuccessSource).
   */
  clientName?: string;
};

export function signedOutPage({ page, clientName }: SignedOutProps): string {
  const text = messagesFor(page.lang).signedOut;
  const title = clientName ? text.clientTitle(clientName) : text.title;
  const body = html`<div class="done">${tickIcon}</div>
<h1>${title}</h1>
<p class="lead">${clientName ? text.clientText : text.text}</p>
${!clientName && html`<p class="note">${text.shared}</p>`}`;
  return layout(page, { title, body });
}
