/**
 * What the other device shows after it scanned the QR of a card reading. It belongs to somebody else, perhaps, and
 * is signed in to nothing here, before or after. The warnings stand before the button: a chip read here speaks for
 * the account on the first screen, so whoever sends this link to a stranger wants the stranger's name.
 */
import { html } from 'hono/html';
import { cardIcon, phoneIcon, shieldIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { codeLine } from './parts.ts';

export type CardHelperProps = {
  page: PageProps;
  /** The same as on the first screen, to type by hand where the app does not open. */
  code: string;
  /** Opens the reader app on this phone. */
  appHref?: string;
  /** The sandbox's virtual reader; absent in production. */
  readerHref?: string;
};

export function cardHelperPage({ page, code, appHref, readerHref }: CardHelperProps): string {
  const messages = messagesFor(page.lang);
  const text = messages.cardHelper;
  const icons = [shieldIcon, cardIcon, phoneIcon];
  const body = html`<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<ul class="list">${text.points.map(
    (point, index) => html`
<li>${icons[index] ?? ''}<div><h2>${point.title}</h2><p>${point.text}</p></div></li>`,
  )}
</ul>
${
  (appHref || readerHref) &&
  html`<div class="actions">
${appHref && html`<a id="link-app" class="button main" href="${appHref}">${phoneIcon}<span>${messages.cardApp}</span></a>`}
${readerHref && html`<a id="link-reader" class="button ${appHref ? 'other' : 'main'}" href="${readerHref}">${text.reader}</a>`}
</div>`
}
<div class="scan">${codeLine(appHref ? text.codeInstead : text.code, code)}</div>`;
  return layout(page, { title: text.title, body });
}
