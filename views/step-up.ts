/**
 * The step from level1 to level2: why more proof is needed, and the ways to give it. Without a way it says so
 * kindly; while an officer has the citizen's case, the card is not asked for again. Going on without is offered
 * only where the request was a wish (`required: false`), and only in words that say what it means: level is never
 * lowered silently.
 */
import { html } from 'hono/html';
import { cardIcon, chipIcon } from './icons.ts';
import { layout, type PageProps } from './layout.ts';
import { messagesFor } from './messages.ts';
import { actionForm, askerLine, type Markup, safetyNote } from './parts.ts';
import { type PasskeyWay, passkeyForm } from './passkey-form.ts';
import { pinForm } from './pin-form.ts';

export type StepUpProps = {
  page: PageProps;
  clientName: string;
  /** The service does not accept less: there is no going on without. */
  required: boolean;
  /** The account is verified and only this session is not: the question is "is it you again?". */
  alreadyVerified: boolean;
  /** The PIN of a verified citizen; with what was wrong the last time. */
  pin?: { action: string; error?: string };
  /** A verified citizen's passkeys; `first`: one was used in this browser before. */
  passkey?: PasskeyWay & { first: boolean };
  vneidAction?: string;
  /** Reading the chip of the card. Not used while a case is `pending`. */
  cardAction?: string;
  /** A case of this citizen waits for an officer; `since` in the citizen's words: `14:05 ngày 21/11/2026`. */
  pending?: {
    since: string;
    /** What the officer asks for; `card`: the card is to be read once more. */
    asked?: { text: string; card: boolean };
    /** Where a photo for the officer is taken. */
    photo?: { href: string; done: boolean };
  };
  /** What an officer said of the attempt before. */
  refused?: string;
  /** The card of a verified citizen runs out soon: the last day in the citizen's words, and how many days are left. */
  ending?: { date: string; days: number };
  /** Needed, and only used, when `required` is false. */
  declineAction?: string;
  cancelAction: string;
};

export function stepUpPage(props: StepUpProps): string {
  const { page, clientName, required, alreadyVerified, pending, ending, declineAction, cancelAction } = props;
  const messages = messagesFor(page.lang);
  const text = messages.stepUp;
  const waits = pending && !alreadyVerified;
  const title = waits ? text.pendingTitle : alreadyVerified ? text.confirmTitle : text.verifyTitle;
  const ways = waysOf(props);
  const noWay = html`<div class="note"><h2>${text.noMethodTitle}</h2><p>${text.noMethod}</p></div>`;
  const declineMeans = waits
    ? text.declinePendingMeans
    : alreadyVerified
      ? text.declineConfirmMeans
      : text.declineMeans;
  const decline =
    !required &&
    declineAction &&
    html`<p class="hint before">${declineMeans}</p>
${actionForm({ name: 'decline', action: declineAction, label: text.decline, look: 'other' })}`;
  // With nothing else to press, the way out is the main button.
  const onlyExit = ways.length === 0 && !decline;
  const cancel = waits && onlyExit ? messages.cardWaiting.cancel : text.cancel;

  const body = html`${askerLine(text.asker, clientName)}
<h1>${title}</h1>
${pending && pendingNote(props, pending)}${props.refused && html`<p id="refused" class="note">${props.refused} ${messages.cardPhoto.refusedAdvice}</p>`}
${!waits && html`<p class="lead">${alreadyVerified ? text.confirmWhy : text.verifyWhy}</p>`}
${ending && html`<p id="ending" class="note">${text.ending(ending.date, ending.days)}</p>`}
${!waits && ways.length === 0 && noWay}
<div class="actions">${waits && ways.length > 0 && html`<p>${text.pendingVneid}</p>`}
${ways}
${decline}
${actionForm({ name: 'cancel', action: cancelAction, label: cancel(clientName), look: onlyExit ? 'main' : 'quiet' })}
</div>
${ways.length > 0 && safetyNote(messages.safety)}`;
  return layout(page, { title, body, scriptHref: props.passkey?.scriptHref });
}

/** Where the case stands: with an officer, or waiting for something that only the citizen can do. */
function pendingNote(
  { page }: StepUpProps,
  { since, asked, photo }: NonNullable<StepUpProps['pending']>,
): Markup {
  const { stepUp: text, cardPhoto } = messagesFor(page.lang);
  return html`<p id="pending" class="note">${asked ? asked.text : text.pending(since)}${!asked && photo?.done && ` ${cardPhoto.sent}`}</p>
${photo && html`<p><a id="link-photo" class="button other" href="${photo.href}">${photo.done ? cardPhoto.linkAgain : cardPhoto.link}</a></p>`}`;
}

/** A way is listed only when it works here and now: a dead button is worse than none. The first is the main one. */
function waysOf(props: StepUpProps): Markup[] {
  const { page, alreadyVerified, pending, pin, passkey, vneidAction, cardAction } = props;
  const { stepUp: text, factors } = messagesFor(page.lang);
  const ways: Markup[] = [];
  const addKey = (look: 'main' | 'other') => {
    if (!passkey) return;
    const { confirm: label, hint } = factors.passkey;
    ways.push(passkeyForm({ lang: page.lang, way: passkey, ask: 'get', label, hint, look }));
  };
  if (passkey?.first) addKey('main');
  if (pin) {
    const fields = [{ name: 'pin', label: factors.pin.label } as const];
    ways.push(html`${pinForm({ ...pin, name: 'pin', fields, label: factors.pin.submit, look: passkey?.first ? 'other' : 'main' })}
<p class="hint">${factors.pin.hint}</p>`);
  }
  // Hidden where there is no script, so it is the main way only where it has been used.
  if (passkey && !passkey.first && pin) addKey('other');
  if (vneidAction) {
    const label = alreadyVerified ? text.confirmVneid : text.verifyVneid;
    ways.push(html`${actionForm({ name: 'vneid', action: vneidAction, label, look: pin || passkey?.first ? 'other' : 'main', icon: cardIcon })}
<p class="hint">${text.vneidHint}</p>`);
  }
  if (cardAction && (!pending || pending.asked?.card)) {
    const label = alreadyVerified ? text.confirmCard : text.verifyCard;
    const look = vneidAction || pin || passkey?.first ? 'other' : 'main';
    ways.push(html`${actionForm({ name: 'card', action: cardAction, label, look, icon: chipIcon })}
<p class="hint">${text.cardHint}</p>`);
  }
  if (passkey && !passkey.first && !pin) addKey('other');
  return ways;
}
