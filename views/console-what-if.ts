/** Two questions about a service: does it refuse level1 where it must, and whom would a higher level stop. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleOpening } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Choice = { value: string; label: string; chosen: boolean };

export type ConsoleTestProps = {
  page: ConsolePageProps;
  name: string;
  /** Missing: the service registered none. */
  target?: string;
  clients: Choice[];
  action: string;
  answers: { step: string; said: string; good: boolean; answered: string; challenge?: string }[];
  backHref: string;
};

export function consoleTestPage(props: ConsoleTestProps): string {
  const { page, target, clients, answers } = props;
  const { integrator: text, title: back } = messagesFor(page.lang).console.clients;
  const title = text.title(props.name);
  const missing = !target ? text.noTarget : clients.length === 0 ? text.noClient : undefined;
  const body = html`<p class="crumb"><a href="${props.backHref}">${back}</a></p>
${consoleOpening(title, { error: missing })}
<p class="lead">${text.lead}</p>
<p class="hint">${text.person}</p>
${
  !missing &&
  html`<section><dl class="facts"><div><dt>${text.target}</dt><dd><code>${target}</code></dd></div></dl>
<form id="form-test" method="post" action="${props.action}" class="row">
<label class="field inline"><span>${text.client}</span><select name="client">${clients.map(
    ({ value, label, chosen }) =>
      html`<option value="${value}"${chosen && html` selected`}>${label}</option>`,
  )}</select></label><button id="button-test" class="button main">${text.submit}</button></form></section>`
}
${answers.map(
  (one) =>
    html`<section class="answer ${one.good ? 'good' : 'bad'}"><h2>${one.step}</h2><p><strong>${one.said}</strong></p><p class="hint">${one.answered}</p>${one.challenge && html`<p><code>${one.challenge}</code></p>`}</section>`,
)}`;
  return consoleLayout(page, { title, body });
}

export type WhatIfRow = {
  label: string;
  users: string;
  fine: string;
  step: string;
  stopped: string;
  /** Of the users, in whole percent. */
  share: number;
};

export type ConsoleWhatIfProps = {
  page: ConsolePageProps;
  choices: { label: string; options: Choice[] }[];
  result?: {
    users: string;
    groups: { label: string; count: string; share: string }[];
    communes: WhatIfRow[];
    ages: WhatIfRow[];
    csvHref: string;
  };
  /** As of when the figures are. */
  asOf?: string;
  /** Why there are no figures of what was chosen. */
  nothing?: string;
  action: string;
  backHref: string;
};

export function consoleWhatIfPage(props: ConsoleWhatIfProps): string {
  const { page, result } = props;
  const { what: text, title: back } = messagesFor(page.lang).console.clients;
  const body = html`<p class="crumb"><a href="${props.backHref}">${back}</a></p>
<h1>${text.title}</h1>
<p class="lead">${text.lead}</p>
<section><form id="form-what-if" method="post" action="${props.action}" class="row">
<label class="field inline"><span>${text.of}</span><select name="of" autofocus>${props.choices.map(
    ({ label, options }) =>
      html`<optgroup label="${label}">${options.map(
        (one) => html`<option value="${one.value}"${one.chosen && html` selected`}>${one.label}</option>`,
      )}</optgroup>`,
  )}</select></label><button id="button-what-if" class="button main">${text.submit}</button></form>
<p class="hint">${text.scopeHint}</p></section>
${props.nothing && html`<p id="nothing" class="told">${props.nothing}</p>`}
${props.asOf && html`<p id="as-of" class="hint">${props.asOf}</p>`}
${
  result &&
  html`<ul class="figures"><li><b id="users">${result.users}</b>${text.users}</li>${result.groups.map(
    ({ label, count, share }) => html`<li><b>${count}</b>${label}<small>${share}</small></li>`,
  )}</ul>
${table(page, text.byAge, text.age, result.ages)}
${table(page, text.byCommune, text.commune, result.communes)}
<p class="hint">${text.unknownHint}</p>
<p><a id="link-csv" class="button small" href="${result.csvHref}">${text.csv}</a></p>`
}`;
  return consoleLayout(page, { title: text.title, body });
}

/** The bar repeats the number beside it, for the eye. On a phone there is no head: each number brings its own label. */
function table(page: ConsolePageProps, title: string, head: string, rows: WhatIfRow[]): Markup {
  const { what: text } = messagesFor(page.lang).console.clients;
  return html`<h2 class="over">${title}</h2><div class="table"><table class="counts">
<thead><tr><th scope="col">${head}</th><th scope="col">${text.users}</th><th scope="col">${text.groups.fine}</th><th scope="col">${text.groups.step}</th><th scope="col">${text.groups.stopped}</th></tr></thead>
<tbody>${rows.map(
    (one) =>
      html`<tr><th scope="row">${one.label}</th><td data-label="${text.users}">${one.users}</td><td data-label="${text.groups.fine}">${one.fine}</td><td data-label="${text.groups.step}">${one.step}</td><td data-label="${text.groups.stopped}"><span>${one.stopped} <meter min="0" max="100" value="${one.share}" aria-hidden="true"></meter></span></td></tr>`,
  )}</tbody></table></div>`;
}
