/** "Who are you?": one big button, the way back, and who asks. */
import { html } from 'hono/html';
import { bubbleIcon, cardIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, safetyNote } from './parts.ts';

export type SignInProps = {
  page: PageProps;
  clientName: string;
  zaloAction: string;
  /** Given when a citizen who has verified may come back through VNeID alone. */
  vneidAction?: string;
  cancelAction: string;
};

export function signInPage({ page, clientName, zaloAction, vneidAction, cancelAction }: SignInProps): string {
  const messages = messagesFor(page.lang);
  const text = messages.signIn;
  const vneid =
    vneidAction &&
    html`${actionForm({ name: 'vneid', action: vneidAction, label: text.vneid, look: 'other', icon: cardIcon })}
<p class="hint">${text.vneidHint}</p>`;
  const body = html`${askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<div class="actions">
${actionForm({ name: 'zalo', action: zaloAction, label: text.zalo, look: 'main', icon: bubbleIcon })}
${vneid}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel(clientName), look: 'quiet' })}
</div>
${safetyNote(messages.safety)}`;
  return layout(page, { title: text.title, body });
}
