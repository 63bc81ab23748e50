/** After a sign-in to the account pages that the citizen broke off. */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export function accountLeftPage({ page, againHref }: { page: PageProps; againHref: string }): string {
  const text = messagesFor(page.lang).account.left;
  const body = html`<h1>${text.title}</h1>
<p class="lead">${text.text}</p>
<div class="actions"><a id="link-again" class="button main" href="${againHref}">${text.again}</a></div>`;
  return layout(page, { title: text.title, body });
}
