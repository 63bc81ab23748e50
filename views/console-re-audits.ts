/** Second looks: what waits for this officer, objections that wait for a third one, and the evidence of one approval. */
import { html } from 'hono/html';
import { type PersonProps, personView } from './console-desk.ts';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, reasonField } from './console-parts.ts';
import { messagesFor } from './messages.ts';

type Told = { done?: string; error?: string };
type Line = { text: string; href: string };

export type ConsoleReAuditsProps = Told & { page: ConsolePageProps; mine: Line[]; objections?: Line[] };

export function consoleReAuditsPage(props: ConsoleReAuditsProps): string {
  const { page, mine, objections } = props;
  const text = messagesFor(page.lang).desk.reAudits;
  const lines = (name: string, all: Line[], none: string) =>
    all.length > 0
      ? html`<ul class="lines">${all.map(
          (one, index) =>
            html`<li><div>${one.text}</div><a id="link-${name}-${index}" class="button small" href="${one.href}">${text.look}</a></li>`,
        )}</ul>`
      : html`<p class="hint">${none}</p>`;
  const body = html`${consoleOpening(text.title, props)}<p class="lead">${text.lead}</p>
<section><h2>${text.mine}</h2>${lines('mine', mine, text.none)}</section>
${objections && html`<section><h2>${text.objections}</h2>${lines('objection', objections, text.objectionsNone)}</section>`}`;
  return consoleLayout(page, { title: text.title, body });
}

export type ConsoleReAuditProps = Told & {
  page: ConsolePageProps;
  listHref: string;
  action: string;
  /** Why the second officer objected. */
  objected?: string;
  /** Shown once it was asked for; `gone`: the evidence has run out. */
  person?: PersonProps | 'gone';
  answerAction?: string;
  settleAction?: string;
};

export function consoleReAuditPage(props: ConsoleReAuditProps): string {
  const { page, person, answerAction, settleAction } = props;
  const text = messagesFor(page.lang).desk.reAudits;
  const hidden = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}">`;
  const body = html`<p class="crumb"><a href="${props.listHref}">${text.title}</a></p>
${consoleOpening(text.oneTitle, props)}<p class="lead">${text.oneLead}</p>
${props.objected && html`<p id="objected" class="told wrong">${props.objected}</p>`}
<section>${
    person === undefined
      ? consoleForm({ name: 'look', action: props.action, label: text.show, look: 'main' })
      : person === 'gone'
        ? html`<p class="hint">${text.gone}</p>`
        : html`<h2>${text.evidence}</h2>${personView(page, person)}`
  }</section>
${
  person !== undefined &&
  answerAction &&
  html`<section class="acts">${consoleForm({ name: 'agree', action: answerAction, label: text.agree, look: 'main', fields: hidden('answer', 'agree') })}
${consoleForm({ name: 'object', action: answerAction, label: text.object, look: 'danger', fields: html`${hidden('answer', 'object')}${reasonField(text.reason, text.reasons)}` })}</section>`
}${
  person !== undefined &&
  settleAction &&
  html`<section><h2>${text.settle}</h2><p class="hint">${text.suspendHint}</p><div class="acts">${consoleForm({ name: 'uphold', action: settleAction, label: text.uphold, fields: hidden('answer', 'uphold') })}
${consoleForm({ name: 'suspend', action: settleAction, label: text.suspend, look: 'danger', fields: hidden('answer', 'suspend') })}</div></section>`
}`;
  return consoleLayout(page, { title: text.oneTitle, body });
}
