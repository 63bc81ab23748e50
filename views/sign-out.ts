/**
 * OpenID Connect RP-Initiated Logout 1.0, section 2: the citizen is asked before they are signed out. The form
 * is the provider's: `xsrf` binds it to the session, and `logout` is sent only by the button that means it.
 * Without `logout` the provider still ends the asking service's own session, and the page says so.
 */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { askerLine } from './parts.ts';

export type SignOutProps = {
  page: PageProps;
  clientName?: string;
  action: string;
  xsrf: string;
};

export function signOutPage({ page, clientName, action, xsrf }: SignOutProps): string {
  const text = messagesFor(page.lang).signOut;
  const body = html`${clientName && askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.text}</p>
${clientName && html`<p class="hint">${text.stayMeans}</p>`}
<form id="form-sign-out" class="actions" method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button id="button-sign-out" class="button main" name="logout" value="yes">${text.submit}</button>
<button id="button-stay" class="button other">${text.stay}</button>
</form>`;
  return layout(page, { title: text.title, body });
}
