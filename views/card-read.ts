/**
 * The first screen of a card reading: it stays here, with the citizen who wants level2, while a phone reads the
 * chip. That phone is this one (`appHref`), or another, which scans the QR or is given the code. The page moves
 * on by itself (assets/card-wait.js); a browser without script has the button instead.
 */
import { html, raw } from 'hono/html';
import { phoneIcon, tapDrawing } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, codeLine } from './parts.ts';

export type CardReadProps = {
  page: PageProps;
  clientName: string;
  /**
   * Markup of our own making, put in as it is: an SVG in black with a viewBox, without a margin (the page brings
   * the white one) and without inline style. At most about 3.5 KB, or the page outgrows its 14.
   */
  qr: string;
  /** As it is to be read and typed, in groups: `K7M4-9PXW`. */
  code: string;
  /** Opens the reader app on this phone. */
  appHref?: string;
  /** Answers `{"status":"waiting"}` until the reading is over. */
  statusHref: string;
  nextHref: string;
  cancelAction: string;
  scriptHref: string;
};

export function cardReadPage(props: CardReadProps): string {
  const { page, clientName, qr, code, appHref, statusHref, nextHref, cancelAction, scriptHref } = props;
  const messages = messagesFor(page.lang);
  const text = messages.cardRead;
  const app =
    appHref &&
    html`<div class="actions handheld"><a id="link-app" class="button main" href="${appHref}">${phoneIcon}<span>${messages.cardApp}</span></a>
<p class="hint">${text.appHint}</p></div>`;
  const body = html`${askerLine(messages.stepUp.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
${app}
<div class="pair"><div><ol class="list steps">${text.steps.map((step) => html`<li><div>${step}</div></li>`)}</ol>
${tapDrawing}</div>
<div class="scan"><div class="qr" role="img" aria-label="${text.qrLabel}">${raw(qr)}</div>
${codeLine(text.codeLabel, code)}
<p id="progress" role="status" data-wait="${text.waiting}" data-done="${text.finished}"></p></div></div>
<div class="note warn"><h2>${text.lenderTitle}</h2><p>${text.lender}</p></div>
<div class="actions">
<a id="link-next" class="button other" href="${nextHref}">${text.next}</a>
${actionForm({ name: 'cancel', action: cancelAction, label: messages.stepUp.cancel(clientName), look: 'quiet' })}
</div>`;
  return layout(page, { title: text.title, body, wait: { statusHref, nextHref, scriptHref } });
}
