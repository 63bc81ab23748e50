/** The end on the citizen's phone: the other device goes on, or does not. */
import { html } from 'hono/html';
import { tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';

export type DeviceDoneProps = { page: PageProps; clientName?: string; stopped?: boolean };

export function deviceDonePage({ page, clientName, stopped }: DeviceDoneProps): string {
  const messages = messagesFor(page.lang).devices;
  if (stopped) {
    const text = messages.stopped;
    const body = html`<h1>${text.title}</h1>
<p class="lead">${text.text}</p>`;
    return layout(page, { title: text.title, body });
  }
  const text = messages.done;
  const body = html`<div class="done">${tickIcon}</div>
<h1>${text.title}</h1>
<p class="lead">${text.text(clientName ?? '')}</p>
<p class="note">${text.shared}</p>`;
  return layout(page, { title: text.title, body });
}
