/** Two accounts, one person: the list, and both sides beside each other once it was said what for. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, reasonField } from './console-parts.ts';
import { messagesFor } from './messages.ts';

type Told = { done?: string; error?: string };

export type ConsoleDuplicatesProps = Told & {
  page: ConsolePageProps;
  lines: { text: string; note?: string; href: string }[];
  nextHref?: string;
};

export function consoleDuplicatesPage(props: ConsoleDuplicatesProps): string {
  const { page, lines, nextHref } = props;
  const { duplicates: text } = messagesFor(page.lang).desk;
  const body = html`${consoleOpening(text.title, props)}<p class="lead">${text.lead}</p>
${
  lines.length > 0
    ? html`<section><ul class="lines">${lines.map(
        (one, index) =>
          html`<li><div>${one.text}${one.note && html`<small>${one.note}</small>`}</div><a id="link-${index}" class="button small" href="${one.href}">${text.look}</a></li>`,
      )}</ul></section>`
    : html`<p class="hint">${text.none}</p>`
}${nextHref && html`<p><a class="button small" rel="next" href="${nextHref}">${messagesFor(page.lang).console.older}</a></p>`}`;
  return consoleLayout(page, { title: text.title, body });
}

export type ConsoleDuplicateProps = Told & {
  page: ConsolePageProps;
  opened: string;
  listHref: string;
  action: string;
  decided?: string;
  /** Shown once the purpose was said. */
  compared?: { rows: { label: string; holder: string; claimant: string; same: boolean }[] };
  decideAction?: string;
  proposals: { text: string; action: string; mayAgree: boolean; own: boolean }[];
};

export function consoleDuplicatePage(props: ConsoleDuplicateProps): string {
  const { page, compared, proposals } = props;
  const { duplicates: text } = messagesFor(page.lang).desk;
  const body = html`<p class="crumb"><a href="${props.listHref}">${text.title}</a> · ${props.opened}</p>
${consoleOpening(text.title, props)}
${props.decided && html`<p id="decided" class="told">${props.decided}</p>`}
${
  proposals.length > 0 &&
  html`<section class="urgent"><h2>${text.proposals}</h2><ul class="lines">${proposals.map(
    (one, index) =>
      html`<li><div>${one.text}</div><div class="acts">${one.mayAgree && answer(`agree-${index}`, one.action, 'agree', text.agree)}${answer(`refuse-${index}`, one.action, 'refuse', one.own ? text.withdraw : text.refuse)}</div></li>`,
  )}</ul></section>`
}
${
  compared
    ? html`<div class="table"><table class="compare">
<thead><tr><td></td><th scope="col">${text.sides.holder}</th><th scope="col">${text.sides.claimant}</th></tr></thead>
<tbody>${compared.rows.map(
        (row) =>
          html`<tr${!row.same && html` class="differs"`}><th scope="row">${row.label}</th><td>${row.holder}</td><td>${row.claimant}</td></tr>`,
      )}</tbody></table></div>${props.decideAction && decideForm(page, props.decideAction)}`
    : html`<section><h2>${text.purpose}</h2><p class="hint">${text.purposeLead}</p>
<form id="form-look" method="post" action="${props.action}" class="row"><label class="field inline"><span>${text.purpose}</span><select name="purpose">${Object.entries(
        text.purposes,
      ).map(
        ([value, words]) => html`<option value="${value}">${words}</option>`,
      )}</select></label><button id="button-look" class="button main">${text.show}</button></form></section>`
}`;
  return consoleLayout(page, { title: text.title, body });
}

function decideForm(page: ConsolePageProps, action: string) {
  const { duplicates: text } = messagesFor(page.lang).desk;
  return html`<section><h2>${text.decide}</h2><form id="form-decide" method="post" action="${action}"><fieldset><legend>${text.decide}</legend>${(
    ['holder', 'claimant', 'nobody'] as const
  ).map(
    (keep) =>
      html`<label class="choice"><input type="radio" name="keep" value="${keep}" required><span>${text.keeps[keep]}<small>${text.keepMeans[keep]}</small></span></label>`,
  )}</fieldset>${reasonField(text.reason, text.reasons)}<button id="button-decide" class="button main">${text.submit}</button></form></section>`;
}

function answer(name: string, action: string, value: string, label: string) {
  return consoleForm({
    name,
    action,
    label,
    fields: html`<input type="hidden" name="answer" value="${value}">`,
  });
}
