/** The desk: who waits for a second officer, one's own visits, and the visit itself, one step at a time. */
import { html, raw } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, reasonField, textField } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Told = { done?: string; error?: string };

export type ConsoleDeskProps = Told & {
  page: ConsolePageProps;
  start: { action: string; communes: { value: string; label: string }[] };
  waiting: { text: string; href: string }[];
  mine: { text: string; state: string; href: string }[];
};

export function consoleDeskPage(props: ConsoleDeskProps): string {
  const { page, start, waiting, mine } = props;
  const text = messagesFor(page.lang).desk.list;
  const communes = html`<label class="field inline"><span>${text.commune}</span><select name="commune">${start.communes.map(
    ({ value, label }) => html`<option value="${value}">${label}</option>`,
  )}</select></label>`;
  const body = html`${consoleOpening(text.title, props)}
<p class="lead">${text.lead}</p>
<section>${consoleForm({ name: 'start', action: start.action, label: text.start, look: 'main', fields: communes })}</section>
<section${waiting.length > 0 && html` class="urgent"`}><h2>${text.waiting}</h2>${
    waiting.length > 0
      ? html`<ul class="lines">${waiting.map(
          (one, index) =>
            html`<li><div>${one.text}</div><a id="link-waiting-${index}" class="button small" href="${one.href}">${text.look}</a></li>`,
        )}</ul>`
      : html`<p class="hint">${text.waitingNone}</p>`
  }</section>
<section><h2>${text.mine}</h2>${
    mine.length > 0
      ? html`<ul class="lines">${mine.map(
          (one) => html`<li><div><a href="${one.href}">${one.text}</a></div><span>${one.state}</span></li>`,
        )}</ul>`
      : html`<p class="hint">${text.mineNone}</p>`
  }</section>`;
  return consoleLayout(page, { title: text.title, body });
}

export type PersonProps = {
  portraitHref?: string;
  facts: { label: string; value: string }[];
  checks: CheckLine[];
};
export type CheckLine = { name: string; says: string; mark: 'pass' | 'warn' | 'wait' };

/** What the officer does now; each has what it needs and nothing of the others. */
export type VisitStep =
  | { step: 'account'; base: string; phones: boolean; codeLead?: string; signsIn: boolean }
  | { step: 'link'; base: string; qr: string; href: string; lead: string }
  | { step: 'answered'; base: string; number: string }
  | { step: 'card'; base: string; refused?: string }
  | { step: 'reading'; base: string; code: string; readerHref?: string }
  | { step: 'face'; base: string; person: PersonProps }
  | { step: 'second'; person: PersonProps; lead: string }
  | { step: 'decide'; base: string; person: PersonProps; lead: string }
  | { step: 'end'; good: boolean; says: string; next?: string; slipAction?: string; slipHref?: string };

export type ConsoleVisitProps = Told & {
  page: ConsolePageProps;
  title: string;
  where: string;
  steps: { label: string; state: 'done' | 'now' | 'later'; note?: string }[];
  now: VisitStep;
  listHref: string;
  cancelAction?: string;
  wait?: { statusHref: string; nextHref: string; scriptHref: string };
};

export function consoleVisitPage(props: ConsoleVisitProps): string {
  const { page, title, steps, now, wait } = props;
  const { list, visit } = messagesFor(page.lang).desk;
  const body = html`<p class="crumb"><a href="${props.listHref}">${list.title}</a> · ${props.where}</p>
${consoleOpening(title, props)}
<ol class="steps" aria-label="${visit.stepsLabel}">${steps.map(
    ({ label, state, note }) =>
      html`<li class="${state}"${state === 'now' && html` aria-current="step"`}><strong>${label}</strong> <small>${note ?? visit.state[state]}</small></li>`,
  )}</ol>
${stepOf(page, now)}
${props.cancelAction && consoleForm({ name: 'cancel', action: props.cancelAction, label: visit.cancel })}`;
  return consoleLayout(page, { title, body, ...(wait ? { wait } : {}) });
}

function stepOf(page: ConsolePageProps, now: VisitStep): Markup {
  switch (now.step) {
    case 'account':
      return accountStep(page, now);
    case 'link':
      return linkStep(page, now);
    case 'answered':
      return answeredStep(page, now);
    case 'card':
      return cardStep(page, now);
    case 'reading':
      return readingStep(page, now);
    case 'face':
      return faceStep(page, now);
    case 'second':
    case 'decide':
      return secondStep(page, now);
    case 'end':
      return endStep(page, now);
  }
}

type Step<Name extends VisitStep['step']> = Extract<VisitStep, { step: Name }>;

function accountStep(page: ConsolePageProps, { base, codeLead, signsIn, phones }: Step<'account'>): Markup {
  const text = messagesFor(page.lang).desk.visit.account;
  const number = textField({
    name: 'phone',
    label: text.number,
    numeric: true,
    longest: 20,
    focus: !codeLead,
  });
  const digits = textField({ name: 'digits', label: text.code, numeric: true, longest: 6, focus: true });
  return html`<h2 class="question">${text.title}</h2>
${
  signsIn && html`<div class="told"><p><strong>${text.signsIn}</strong></p><p>${text.signsInLead}</p></div>`
}<div class="columns">
<section><h3>${text.zalo}</h3><p class="hint">${text.zaloHint}</p>
${consoleForm({ name: 'link', action: `${base}/link`, label: text.zaloSubmit, look: 'main' })}</section>
${
  phones &&
  html`<section><h3>${text.phone}</h3><p class="hint">${codeLead ?? text.phoneHint}</p>
${codeLead && consoleForm({ name: 'number', action: `${base}/number`, label: text.codeSubmit, look: 'main', fields: digits })}
${consoleForm({ name: 'code', action: `${base}/code`, label: codeLead ? text.other : text.numberSubmit, fields: number })}</section>`
}
<section><h3>${text.none}</h3><p class="hint">${text.noneHint}</p>
${consoleForm({ name: 'open', action: `${base}/open`, label: text.noneSubmit })}</section>
</div>`;
}

function linkStep(page: ConsolePageProps, { base, qr, href, lead }: Step<'link'>): Markup {
  const { visit } = messagesFor(page.lang).desk;
  const { account } = visit;
  return html`<section><h2>${account.linkTitle}</h2><p class="lead">${lead}</p>
<div class="pair wide"><div class="qr" role="img" aria-label="${account.linkQr}">${raw(qr)}</div>
<div><p id="progress" role="status" data-wait="${visit.waits}" data-done="${visit.moves}"></p><p class="hint"><code id="link">${href}</code></p>
<p><a id="link-again" class="button" href="${base}">${visit.again}</a></p>
${consoleForm({ name: 'link', action: `${base}/link`, label: account.linkNew })}</div></div></section>`;
}

function answeredStep(page: ConsolePageProps, { base, number }: Step<'answered'>): Markup {
  const text = messagesFor(page.lang).desk.visit.account;
  const choice = (answer: string) => html`<input type="hidden" name="answer" value="${answer}">`;
  return html`<section><h2>${text.answered}</h2><p class="lead">${text.answeredLead}</p>
<p class="matched"><b id="number">${number}</b></p>
<div class="acts">${consoleForm({ name: 'same', action: `${base}/answer`, label: text.same, look: 'main', fields: choice('same') })}
${consoleForm({ name: 'different', action: `${base}/answer`, label: text.different, look: 'danger', fields: choice('different') })}</div></section>`;
}

function cardStep(page: ConsolePageProps, { base, refused }: Step<'card'>): Markup {
  const { card } = messagesFor(page.lang).desk.visit;
  return html`<section><h2>${card.title}</h2><p class="lead">${card.lead}</p>
${refused && html`<p id="refused" class="told wrong">${refused}</p>`}
${consoleForm({ name: 'reading', action: `${base}/reading`, label: refused ? card.again : card.start, look: 'main' })}</section>`;
}

function readingStep(page: ConsolePageProps, { base, code, readerHref }: Step<'reading'>): Markup {
  const { card } = messagesFor(page.lang).desk.visit;
  return html`<section><h2>${card.title}</h2><p class="lead">${card.lead}</p>
<p class="matched"><small>${card.code}</small> <b><code id="code">${code}</code></b></p>
<p id="progress" role="status" data-wait="${card.wait}" data-done="${card.done}"></p>
<div class="acts">${readerHref && html`<a id="link-reader" class="button main" href="${readerHref}" target="_blank" rel="noopener">${card.open}</a>`}
<a id="link-next" class="button" href="${base}">${card.next}</a></div>
${consoleForm({ name: 'reading', action: `${base}/reading`, label: card.again })}</section>`;
}

/** Portrait, what the chip says, and how each check went: the same for both officers, and for who looks anew. */
export function personView(page: ConsolePageProps, { portraitHref, facts, checks }: PersonProps): Markup {
  const { face, checks: text } = messagesFor(page.lang).desk.visit;
  return html`<div class="person"><figure>${
    portraitHref
      ? html`<a href="${portraitHref}" title="${face.zoom}"><img id="portrait" src="${portraitHref}" alt="${face.portrait}"></a><figcaption>${face.portrait}</figcaption>`
      : html`<p class="hint">${face.noPortrait}</p>`
  }</figure>
<dl class="facts tall">${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<div><h3>${text.title}</h3><ul class="checks">${checks.map(
    ({ name, says, mark }) =>
      html`<li class="${mark}"><span class="mark">${text.marks[mark]}</span><div><strong>${name}</strong><small>${says}</small></div></li>`,
  )}</ul></div></div>`;
}

function faceStep(page: ConsolePageProps, { base, person }: Step<'face'>): Markup {
  const { face } = messagesFor(page.lang).desk.visit;
  const box = (name: string, label: string) =>
    html`<label class="choice"><input id="box-${name}" type="checkbox" name="${name}" value="1" required><span>${label}</span></label>`;
  return html`<section><h2>${face.title}</h2>${personView(page, person)}
<form id="form-seen" method="post" action="${base}/seen">${box('looked', face.look)}${box('asked', face.asked)}
<button id="button-seen" class="button main">${face.submit}</button></form>
${consoleForm({ name: 'unlike', action: `${base}/unlike`, label: face.bad, look: 'danger', fields: reasonField(face.reason, face.reasons) })}</section>`;
}

function secondStep(page: ConsolePageProps, now: Step<'second'> | Step<'decide'>): Markup {
  const { visit } = messagesFor(page.lang).desk;
  const { second, face } = visit;
  return html`<section><h2>${now.step === 'second' ? second.title : second.decide}</h2><p class="lead">${now.lead}</p>
${
  now.step === 'second' &&
  html`<p id="progress" role="status" data-wait="${visit.waits}" data-done="${visit.moves}"></p>`
}${personView(page, now.person)}
${
  now.step === 'decide' &&
  html`<div class="acts">${consoleForm({ name: 'agree', action: `${now.base}/agree`, label: second.agree, look: 'main' })}
${consoleForm({ name: 'refuse', action: `${now.base}/refuse`, label: second.refuse, look: 'danger', fields: reasonField(face.reason, face.reasons) })}</div>`
}</section>`;
}

function endStep(page: ConsolePageProps, { good, says, next, slipAction, slipHref }: Step<'end'>): Markup {
  const { result } = messagesFor(page.lang).desk.visit;
  return html`<section><p id="result" class="told${good ? '' : ' wrong'}">${says}</p>${next && html`<p class="lead">${next}</p>`}
${slipAction && consoleForm({ name: 'slip', action: slipAction, label: result.slip, look: 'main' })}
${slipHref && html`<p><a id="link-slip" class="button main" href="${slipHref}">${result.showSlip}</a></p>`}</section>`;
}
