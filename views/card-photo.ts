/**
 * The citizen takes a photo of themselves for the officer, or does not: a file field that opens the camera of a phone,
 * without script. What is agreed to stands right above the button that agrees.
 */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { askerLine } from './parts.ts';

export type CardPhotoProps = {
  page: PageProps;
  clientName: string;
  action: string;
  /** On, without a photo. */
  skipHref: string;
  /** There is one already. */
  again: boolean;
  /** What the officer asked for. */
  asked?: string;
  error?: string;
};

export function cardPhotoPage(props: CardPhotoProps): string {
  const { page, clientName, action, skipHref, again, asked, error } = props;
  const { stepUp, cardPhoto: text } = messagesFor(page.lang);
  const title = again ? text.againTitle : text.title;
  const body = html`${askerLine(stepUp.asker, clientName)}
<h1>${title}</h1>
${asked ? html`<p id="asked" class="note">${asked}</p>` : html`<p class="lead">${text.lead}</p>`}
<ul class="list grains">${text.points.map((point) => html`<li><div>${point}</div></li>`)}</ul>
<form id="form-photo" method="post" action="${action}" enctype="multipart/form-data">
${error && html`<p id="error-photo" class="error" role="alert">${error}</p>`}
<label class="field file"><span>${text.field}</span><input id="input-photo" type="file" name="photo" accept="image/*" capture="user" required aria-describedby="hint-photo${error && ' error-photo'}"></label>
<p id="hint-photo" class="hint">${text.fieldHint}</p>
<p class="hint before">${text.consent}</p>
<button id="button-photo" class="button main"><span>${text.submit}</span></button></form>
<div class="actions"><a id="link-skip" class="button quiet" href="${skipHref}">${text.skip}</a>
<p class="hint">${text.skipHint}</p></div>`;
  return layout(page, { title, body });
}
