/**
 * The step from level1 to level2: why more proof is needed, and the ways to give it. Without a way it says so
 * kindly. Going on without is offered only where the request was a wish (`required: false`), and only in words
 * that say what it means: level is never lowered silently.
 */
import { html } from 'hono/html';
import { cardIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, type Markup, safetyNote } from './parts.ts';

export type StepUpProps = {
  page: PageProps;
  clientName: string;
  /** The service does not accept less: there is no going on without. */
  required: boolean;
  /** The account is verified and only this session is not: the question is "is it you again?". */
  alreadyVerified: boolean;
  vneidAction?: string;
  /** Needed, and only used, when `required` is false. */
  declineAction?: string;
  cancelAction: string;
};

export function stepUpPage(props: StepUpProps): string {
  const { page, clientName, required, alreadyVerified, vneidAction, declineAction, cancelAction } = props;
  const messages = messagesFor(page.lang);
  const text = messages.stepUp;
  const title = alreadyVerified ? text.confirmTitle : text.verifyTitle;

  // A way is listed only when it works here and now: a dead button is worse than none.
  const ways: Markup[] = [];
  if (vneidAction) {
    const label = alreadyVerified ? text.confirmVneid : text.verifyVneid;
    ways.push(html`${actionForm({ name: 'vneid', action: vneidAction, label, look: 'main', icon: cardIcon })}
<p class="hint">${text.vneidHint}</p>`);
  }
  const noWay = html`<div class="note"><h2>${text.noMethodTitle}</h2><p>${text.noMethod}</p></div>`;
  const decline =
    !required &&
    declineAction &&
    html`<p class="hint before">${alreadyVerified ? text.declineConfirmMeans : text.declineMeans}</p>
${actionForm({ name: 'decline', action: declineAction, label: text.decline, look: 'other' })}`;
  // With nothing else to press, the way out is the main button.
  const onlyExit = ways.length === 0 && !decline;

  const body = html`${askerLine(text.asker, clientName)}
<h1>${title}</h1>
<p class="lead">${alreadyVerified ? text.confirmWhy : text.verifyWhy}</p>
${ways.length === 0 && noWay}
<div class="actions">
${ways}
${decline}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel(clientName), look: onlyExit ? 'main' : 'quiet' })}
</div>
${ways.length > 0 && safetyNote(messages.safety)}`;
  return layout(page, { title, body });
}
