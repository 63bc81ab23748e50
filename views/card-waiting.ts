/**
 * The chip is read and an officer will look: nothing to do, and nothing is lost by leaving. Going on without is
 * offered only where the request was a wish; what it means is said beside the button.
 */
import { html } from 'hono/html';
import { clockIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine } from './parts.ts';

export type CardWaitingProps = {
  page: PageProps;
  clientName: string;
  /** When the case was handed in, in the citizen's words: `14:05 ngày 21/11/2026`. */
  since: string;
  /** Where a photo for the officer can be taken; `done`: there is one. */
  photo?: { href: string; done: boolean };
  declineAction?: string;
  cancelAction: string;
};

export function cardWaitingPage(props: CardWaitingProps): string {
  const { page, clientName, since, photo, declineAction, cancelAction } = props;
  const { stepUp, cardWaiting: text, cardPhoto } = messagesFor(page.lang);
  const decline =
    declineAction &&
    html`<p class="hint">${stepUp.declinePendingMeans}</p>
${actionForm({ name: 'decline', action: declineAction, label: stepUp.decline, look: 'main' })}`;
  const body = html`${askerLine(stepUp.asker, clientName)}
<div class="done">${clockIcon}</div>
<h1>${text.title}</h1>
<p class="lead">${text.lead(since)}</p>
${photo && html`<p id="photo" class="note">${photo.done ? cardPhoto.sent : cardPhoto.missing}</p>`}
<ul class="list grains">${text.points.map(
    (point) => html`
<li><div><h2>${point.title}</h2><p>${point.text}</p></div></li>`,
  )}
</ul>
<div class="actions">
${photo && html`<a id="link-photo" class="button other" href="${photo.href}">${photo.done ? cardPhoto.linkAgain : cardPhoto.link}</a>`}
${decline}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel(clientName), look: decline ? 'other' : 'main' })}
</div>`;
  return layout(page, { title: text.title, body });
}
