/**
 * The step out of the Mini App. The first page stands between an address and a sign-in: whoever was sent the address by
 * somebody else must read here whose account it is, and turn back. The last one says how it ended and leads back.
 */
import { html } from 'hono/html';
import { tickIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { askerLine, safetyNote } from './parts.ts';

export type MiniAppOpenProps = {
  page: PageProps;
  clientName: string;
  /** As Zalo has it. */
  name?: string;
  /** To the account pages; otherwise to prove who it is. */
  toAccount: boolean;
  /** Another account is signed in in this browser and will be signed out. */
  otherSignedIn: boolean;
  handle: string;
  openAction: string;
  cancelAction: string;
};

export function miniAppOpenPage(props: MiniAppOpenProps): string {
  const { page, clientName, name, toAccount, otherSignedIn, handle, openAction, cancelAction } = props;
  const messages = messagesFor(page.lang);
  const text = messages.miniApp.open;
  const title = toAccount ? text.accountTitle : text.stepUpTitle;
  const button = (id: string, action: string, label: string, look: string) =>
    html`<form id="form-${id}" method="post" action="${action}"><input type="hidden" name="handle" value="${handle}"><button id="button-${id}" class="button ${look}"><span>${label}</span></button></form>`;
  const body = html`${askerLine(text.asker, clientName)}
<h1>${title}</h1>
<p class="lead">${text.lead}</p>
<div class="note"><p>${text.account}</p><p id="account-name" class="strong">${name ?? text.noName}</p></div>
${otherSignedIn && html`<p id="other-signed-in" class="note warn">${text.otherSignedIn}</p>`}
${safetyNote(text.safety)}
<div class="actions">
${button('open', openAction, text.submit, 'main')}
${button('leave', cancelAction, text.cancel, 'other')}
</div>`;
  return layout(page, { title, body });
}

export type MiniAppBackProps = {
  page: PageProps;
  clientName: string;
  done: boolean;
  /** Opens the Mini App again; without it the web view is closed by hand. */
  returnHref?: string;
};

export function miniAppBackPage({ page, clientName, done, returnHref }: MiniAppBackProps): string {
  const text = messagesFor(page.lang).miniApp.back;
  const title = done ? text.doneTitle : text.notDoneTitle;
  const body = html`${done && html`<div class="done">${tickIcon}</div>`}
<h1>${title}</h1>
<p class="lead">${done ? text.done(clientName) : text.notDone(clientName)}</p>
${
  returnHref
    ? html`<div class="actions"><a id="link-return" class="button main" href="${returnHref}">${text.go(clientName)}</a></div>`
    : html`<p class="note">${text.close(clientName)}</p>`
}`;
  return layout(page, { title, body });
}
