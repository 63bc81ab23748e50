/** One citizen's account: what is known of it, what waits about it, and what an officer may do. Masked until revealed. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, reasonField } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Fact = { label: string; value: string; more?: string };
type Line = { what: string; more: string };

export type CitizenAct = {
  name: 'suspend' | 'reinstate' | 'end_sessions' | 'hold' | 'release' | 'revoke';
  action: string;
  reasons: Record<string, string>;
  /** For how long, where that is asked. */
  days?: Record<string, string>;
};

export type ConsoleCitizenProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  purpose: string;
  name: string;
  /** Missing: it is shown in full already. */
  revealAction?: string;
  facts: Fact[];
  reports: { what: string; since: string; closeAction?: string }[];
  proposals: {
    title: string;
    asked: string;
    action: string;
    mayAgree: boolean;
    mayRefuse: boolean;
    own: boolean;
  }[];
  verifications: Line[];
  cases: Line[];
  sessions: { count: string; devices: Line[] };
  services: Line[];
  recent: Line[];
  acts: CitizenAct[];
  ownFamily: boolean;
  backHref: string;
  backLabel: string;
};

export function consoleCitizenPage(props: ConsoleCitizenProps): string {
  const { page, sessions } = props;
  const { citizen: text } = messagesFor(page.lang).console.citizens;
  const body = html`<p class="crumb"><a href="${props.backHref}">${props.backLabel}</a></p>
<div class="head"><div>${consoleOpening(props.name, props)}
<p class="lead">${props.purpose}</p></div>${
    props.revealAction
      ? consoleForm({ name: 'reveal', action: props.revealAction, label: text.reveal })
      : html`<p class="hint">${text.revealed}</p>`
  }</div>
<dl class="facts">${props.facts.map(
    ({ label, value, more }) =>
      html`<div><dt>${label}</dt><dd>${value}${more && html` <small>${more}</small>`}</dd></div>`,
  )}</dl>
${waiting(props)}
<div class="columns">
${acts(props)}
${lines(text.verifications, props.verifications, text.noVerifications)}
${lines(text.sessions, sessions.devices, '', sessions.count)}
${lines(text.services, props.services, text.noServices)}
${lines(text.cases, props.cases, text.noCases)}
${lines(text.recent, props.recent, text.noRecent)}
</div>`;
  return consoleLayout(page, { title: props.name, body });
}

function lines(title: string, list: Line[], none: string, lead = ''): Markup {
  return html`<section><h2>${title}</h2>${lead && html`<p>${lead}</p>`}${
    list.length > 0
      ? html`<ul class="lines">${list.map(
          ({ what, more }) => html`<li><span>${what}</span><small>${more}</small></li>`,
        )}</ul>`
      : none && html`<p class="hint">${none}</p>`
  }</section>`;
}

/** What the citizen reported, and what another officer asked for. */
function waiting({ page, reports, proposals }: ConsoleCitizenProps): Markup {
  const { citizen: text } = messagesFor(page.lang).console.citizens;
  return html`${
    reports.length > 0 &&
    html`<section class="urgent"><h2>${text.reports.title}</h2><ul class="lines">${reports.map(
      (one, index) =>
        html`<li><div><strong>${one.what}</strong><small>${one.since}</small></div>${
          one.closeAction &&
          consoleForm({
            name: `close-${index}`,
            action: one.closeAction,
            label: text.reports.close,
            fields: reasonField(text.reports.outcome, text.reports.outcomes),
          })
        }</li>`,
    )}</ul></section>`
  }${
    proposals.length > 0 &&
    html`<section class="urgent"><h2>${text.proposals.title}</h2><ul class="lines">${proposals.map(
      (one, index) =>
        html`<li><div><strong>${one.title}</strong><small>${one.asked}</small></div><div class="acts">${
          one.mayAgree && answer(`agree-${index}`, one.action, 'agree', text.proposals.agree)
        }${
          one.mayRefuse &&
          answer(
            `refuse-${index}`,
            one.action,
            'refuse',
            one.own ? text.proposals.withdraw : text.proposals.refuse,
          )
        }</div></li>`,
    )}</ul></section>`
  }`;
}

function answer(name: string, action: string, value: string, label: string): Markup {
  return consoleForm({
    name,
    action,
    label,
    fields: html`<input type="hidden" name="answer" value="${value}">`,
  });
}

function acts({ page, acts: possible, ownFamily }: ConsoleCitizenProps): Markup {
  const { citizen: text } = messagesFor(page.lang).console.citizens;
  return html`<section><h2>${text.actsTitle}</h2>${
    ownFamily
      ? html`<p class="hint">${text.ownFamily}</p>`
      : html`<p class="hint">${text.actsHint}</p>${possible.map((one) => actForm(page, one))}`
  }</section>`;
}

function actForm(page: ConsolePageProps, { name, action, reasons, days }: CitizenAct): Markup {
  const { citizen: text } = messagesFor(page.lang).console.citizens;
  const { label, hint } = text.acts[name];
  const id = name.replace('_', '-');
  return html`<details class="act"><summary>${label}</summary>
<form id="form-${id}" method="post" action="${action}"><p class="hint">${hint}</p>
<div class="row">${reasonField(text.reason, reasons)}${
    days &&
    html`<label class="field inline"><span>${text.days}</span><select name="days">${
      // An object would put the numbers in an order of its own; they are in this one anyway.
      Object.entries(days).map(([value, words]) => html`<option value="${value}">${words}</option>`)
    }</select></label>`
  }</div>
<label class="field"><span>${text.reference}</span><input name="reference" type="text" maxlength="40" required autocomplete="off"><small>${text.referenceHint}</small></label>
<button id="button-${id}" class="button danger">${label}</button></form></details>`;
}
