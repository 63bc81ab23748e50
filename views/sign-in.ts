/**
 * "Who are you?": one big button, the way back, and who asks. The big one is Zalo's, or, in a browser where a passkey
 * was used before, the passkey's.
 */
import { html } from 'hono/html';
import { bubbleIcon, cardIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, safetyNote } from './parts.ts';
import { type PasskeyWay, passkeyForm } from './passkey-form.ts';

export type SignInProps = {
  page: PageProps;
  clientName: string;
  zaloAction: string;
  /** Given when a citizen who has verified may come back through VNeID alone. */
  vneidAction?: string;
  /** `first`: a passkey was used in this browser before. */
  passkey?: PasskeyWay & { first: boolean };
  cancelAction: string;
};

export function signInPage(props: SignInProps): string {
  const { page, clientName, zaloAction, vneidAction, passkey, cancelAction } = props;
  const messages = messagesFor(page.lang);
  const text = messages.signIn;
  const vneid =
    vneidAction &&
    html`${actionForm({ name: 'vneid', action: vneidAction, label: text.vneid, look: 'other', icon: cardIcon })}
<p class="hint">${text.vneidHint}</p>`;
  const { passkey: words } = messages.factors;
  const key = (first: boolean) =>
    passkey?.first === first &&
    passkeyForm({
      lang: page.lang,
      way: passkey,
      ask: 'get',
      label: first ? words.use : words.useToo,
      ...(first ? { hint: words.hint } : {}),
      look: first ? 'main' : 'quiet',
    });
  const zaloLook = passkey?.first ? 'other' : 'main';
  const body = html`${askerLine(text.asker, clientName)}
<h1>${text.title}</h1>
<p class="lead">${passkey?.first ? text.leadToo : text.lead}</p>
<div class="actions">
${key(true)}
${actionForm({ name: 'zalo', action: zaloAction, label: text.zalo, look: zaloLook, icon: bubbleIcon })}
${vneid}
${key(false)}
${actionForm({ name: 'cancel', action: cancelAction, label: text.cancel(clientName), look: 'quiet' })}
</div>
${safetyNote(messages.safety)}`;
  return layout(page, { title: text.title, body, scriptHref: passkey?.scriptHref });
}
