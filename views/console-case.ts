/**
 * One case. Whoever holds it sees faces, names and checks side by side and decides beside them; everybody else sees that it
 * is there and where it stands. A picture is enlarged by its own `<details>`: no script, and no second request.
 */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening } from './console-parts.ts';
import { nextButton } from './console-queue.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

/** A word of a name, and whether the other side has it, too. */
export type NameWord = { text: string; same: boolean };

export type CaseCheck = { name: string; state: 'pass' | 'fail' | 'open' | 'caution'; means: string };

export type RelatedLine = { what: string; status: string; when: string; by: string };

export type ConsoleCaseProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  code: string;
  /** When it was sent in, and until when this officer holds it. */
  lead: string;
  queueHref: string;
  releaseAction: string;
  portraitHref?: string;
  photoHref?: string;
  names: { card: NameWord[]; known: NameWord[]; differ: string[] };
  number: string;
  /** While the number is masked. */
  revealAction?: string;
  /** The other rows: what, on the card, known before. */
  rows: { what: string; card: string; known: string }[];
  checks: CaseCheck[];
  heldByAnother: boolean;
  related: RelatedLine[];
  decide: {
    action: string;
    /** Which photo was seen. */
    photo: string;
    outcomes: { name: string; reasons: { value: string; label: string; disabled: boolean }[] }[];
    note: string;
    chosen?: string;
  };
};

export function consoleCasePage(props: ConsoleCaseProps): string {
  const { page } = props;
  const { cases: text } = messagesFor(page.lang).console;
  const title = text.title(props.code);
  const body = html`<div class="head"><div><p class="crumb"><a href="${props.queueHref}">${text.toQueue}</a></p>
${consoleOpening(title, props)}
<p class="lead">${props.lead}</p></div>${consoleForm({ name: 'release', action: props.releaseAction, label: text.release })}</div>
<div class="case">
<div>${faces(props)}${data(props)}${checks(props)}</div>
<div class="aside">${decision(props)}${related(props)}</div>
</div>`;
  return consoleLayout(page, { title, body });
}

/** Pressed, both grow: one is held against the other at any size. */
function faces({ page, portraitHref, photoHref }: ConsoleCaseProps): Markup {
  const text = messagesFor(page.lang).console.cases.faces;
  const both = html`${picture(text.portrait, portraitHref, text.noPortrait)}${picture(text.photo, photoHref, text.noPhoto)}`;
  return html`<section class="faces"><h2>${text.title}</h2>
${
  portraitHref || photoHref
    ? html`<details><summary>${both}</summary></details>
<p class="hint">${text.zoom}</p>`
    : html`<p class="pictures">${both}</p>`
}</section>`;
}

function picture(label: string, href: string | undefined, none: string): Markup {
  return html`<span class="picture">${
    href ? html`<img src="${href}" alt="${label}">` : html`<span class="none">${none}</span>`
  }<small aria-hidden="true">${label}</small></span>`;
}

function data(props: ConsoleCaseProps): Markup {
  const { page, names, rows } = props;
  const text = messagesFor(page.lang).console.cases.data;
  const reveal =
    props.revealAction && consoleForm({ name: 'reveal', action: props.revealAction, label: text.reveal });
  return html`<section><h2>${text.title}</h2>
<table class="beside"><thead><tr><th scope="col">${text.what}</th><th scope="col">${text.card}</th><th scope="col">${text.known}</th></tr></thead>
<tbody><tr><th scope="row">${text.name}</th><td class="name">${words(names.card)}</td><td class="name"><span class="inword">${text.zalo}: </span>${words(names.known)}${
    names.differ.length > 0 && html`<small>${text.differs(names.differ.join(', '))}</small>`
  }</td></tr>
<tr><th scope="row">${text.number}</th><td><code>${props.number}</code>${reveal}</td>${cell('')}</tr>
${rows.map(({ what, card, known }) => html`<tr><th scope="row">${what}</th>${cell(card)}${cell(known)}</tr>`)}</tbody></table></section>`;
}

function cell(value: string): Markup {
  return value ? html`<td>${value}</td>` : html`<td class="void">—</td>`;
}

function words(name: NameWord[]): Markup {
  if (name.length === 0) return html`—`;
  return html`${name.map(({ text, same }, index) => html`${index > 0 && ' '}${same ? text : html`<mark>${text}</mark>`}`)}`;
}

function checks({ page, checks: list }: ConsoleCaseProps): Markup {
  const text = messagesFor(page.lang).console.cases.checks;
  return html`<section><h2>${text.title}</h2><ul class="tests">${list.map(
    ({ name, state, means }) =>
      html`<li class="${state}"><b>${text.states[state]}</b><div><strong>${name}</strong><small>${means}</small></div></li>`,
  )}</ul></section>`;
}

function related({ page, related: list, heldByAnother }: ConsoleCaseProps): Markup {
  const text = messagesFor(page.lang).console.cases.related;
  return html`<section${heldByAnother && html` class="urgent"`}><h2>${text.title}</h2>${
    heldByAnother && html`<p class="told wrong">${text.heldByAnother}</p>`
  }${
    list.length > 0
      ? html`<ul class="lines">${list.map(
          ({ what, status, when, by }) =>
            html`<li><div><strong>${what}: ${status}</strong><small>${by}</small></div><small>${when}</small></li>`,
        )}</ul>`
      : html`<p class="hint">${text.none}</p>`
  }</section>`;
}

/** One choice says both what is decided and why; the arrow keys go through them. */
function decision({ page, decide }: ConsoleCaseProps): Markup {
  const text = messagesFor(page.lang).console.cases.decide;
  return html`<section class="decide"><h2>${text.title}</h2>
<form id="form-decide" method="post" action="${decide.action}">
<input type="hidden" name="photo" value="${decide.photo}">
${decide.outcomes.map(
  ({ name, reasons }) =>
    html`<fieldset><legend>${name}</legend>${reasons.map(
      ({ value, label, disabled }) =>
        html`<label class="choice"><input type="radio" name="decision" value="${value}" required${disabled && html` disabled`}${decide.chosen === value && html` checked`}><span>${label}</span></label>`,
    )}</fieldset>`,
)}
<label class="field"><span>${text.note}</span><textarea name="note" rows="2" maxlength="1000">${decide.note}</textarea><small>${text.noteHint}</small></label>
<button id="button-decide" class="button main" accesskey="s">${text.submit} <kbd aria-hidden="true">S</kbd></button>
<p class="hint">${text.hint}</p></form></section>`;
}

export type ConsoleCaseClosedProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  code: string;
  lead: string;
  queueHref: string;
  /** Where it stands: who has it, what was decided. */
  state: string;
  facts: { label: string; value: string }[];
  takeAction?: string;
  undo?: { action: string; hint: string };
  next?: { action: string; fields: Record<string, string> };
};

export function consoleCaseClosedPage(props: ConsoleCaseClosedProps): string {
  const { page, takeAction, undo, next } = props;
  const { cases: text } = messagesFor(page.lang).console;
  const title = text.title(props.code);
  const body = html`<p class="crumb"><a href="${props.queueHref}">${text.toQueue}</a></p>
${consoleOpening(title, props)}
<p class="lead">${props.lead}</p>
<p class="told" id="state">${props.state}</p>
<dl class="facts">${props.facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<div class="onward">${next && nextButton(page, next)}${
    takeAction &&
    html`<form id="form-take" method="post" action="${takeAction}"><button id="button-take" class="button main" accesskey="t"${!next && html` autofocus`}>${text.take} <kbd aria-hidden="true">T</kbd></button></form>`
  }${
    undo &&
    html`<form id="form-undo" method="post" action="${undo.action}"><button id="button-undo" class="button" accesskey="u">${text.undo} <kbd aria-hidden="true">U</kbd></button></form>`
  }</div>
${undo && html`<p class="hint">${undo.hint}</p>`}`;
  return consoleLayout(page, { title, body });
}
