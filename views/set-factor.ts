/**
 * Right after a verification: the way to confirm next time. The PIN comes first, because many phones here are a
 * family's; a passkey is for a phone of one's own. Nobody is held up: later is as good.
 */
import { html } from 'hono/html';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, safetyNote } from './parts.ts';
import { type PasskeyWay, passkeyForm } from './passkey-form.ts';
import { pinForm } from './pin-form.ts';

export type SetFactorProps = {
  page: PageProps;
  pinAction: string;
  passkey?: PasskeyWay & { failed: boolean };
  laterAction: string;
  /** Why the PIN that was typed is not taken. */
  error?: string;
};

export function setFactorPage({ page, pinAction, passkey, laterAction, error }: SetFactorProps): string {
  const { pin, set, passkey: key } = messagesFor(page.lang).factors;
  const body = html`<h1>${set.title}</h1>
<p class="lead">${set.lead}</p>
<div class="actions">
${pinForm({
  name: 'set-pin',
  action: pinAction,
  fields: [
    { name: 'pin', label: pin.label },
    { name: 'again', label: pin.again },
  ],
  label: set.submit,
  ...(error ? { error } : {}),
})}
${
  passkey &&
  passkeyForm({
    lang: page.lang,
    way: passkey,
    ask: 'create',
    label: key.addHere,
    hint: key.addHint,
    look: 'other',
    failed: passkey.failed,
  })
}
<p class="hint before">${set.laterMeans}</p>
${actionForm({ name: 'later', action: laterAction, label: set.later, look: 'other' })}
</div>
${safetyNote(set.advice)}`;
  return layout(page, { title: set.title, body, scriptHref: passkey?.scriptHref });
}
