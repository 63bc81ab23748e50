/** Looking a citizen up: the form with its purpose, what waits beside it, and the list of whom it found. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening, textField } from './console-parts.ts';
import { messagesFor } from './messages.ts';

export type ConsoleCitizensProps = {
  page: ConsolePageProps;
  action: string;
  /** What was typed, when it could not be read. */
  what?: string;
  note?: string;
  error?: string;
  purposes: { value: string; label: string; chosen: boolean }[];
  reportsHref: string;
  proposals: { title: string; asked: string; action: string }[];
};

export function consoleCitizensPage(props: ConsoleCitizensProps): string {
  const { page, purposes, proposals } = props;
  const text = messagesFor(page.lang).console.citizens;
  const body = html`${consoleOpening(text.title, props)}
<p class="lead">${text.lead}</p>
<section><form id="form-find" method="post" action="${props.action}">
${textField({ name: 'what', label: text.what, hint: text.whatHint, focus: true, longest: 120, value: props.what ?? '' })}
<div class="row">
<label class="field inline"><span>${text.purpose}</span><select name="purpose" required>${purposes.map(
    ({ value, label, chosen }) =>
      html`<option value="${value}"${chosen && html` selected`}>${label}</option>`,
  )}</select></label>
<label class="field inline"><span>${text.note}</span><input name="note" type="text" maxlength="60" autocomplete="off" value="${props.note ?? ''}" aria-describedby="note-hint"></label>
<button id="button-find" class="button main">${text.submit}</button>
</div>
<p id="note-hint" class="hint">${text.noteHint}</p></form></section>
${
  proposals.length > 0 &&
  html`<section class="urgent"><h2>${text.citizen.proposals.title}</h2><ul class="lines">${proposals.map(
    (one, index) =>
      html`<li><div><strong>${one.title}</strong><small>${one.asked}</small></div>${consoleForm({
        name: `proposal-${index}`,
        action: one.action,
        label: text.citizen.proposals.look,
      })}</li>`,
  )}</ul></section>`
}
<p><a id="link-reports" class="button small" href="${props.reportsHref}">${text.notMe.title}</a></p>`;
  return consoleLayout(page, { title: text.title, body });
}

export type ConsoleFoundProps = {
  page: ConsolePageProps;
  purpose: string;
  citizens: {
    href: string;
    name: string;
    number: string;
    phone: string;
    commune: string;
    level: string;
    status?: string;
  }[];
  nextHref?: string;
  tooMany: boolean;
  againHref: string;
};

export function consoleFoundPage({ page, citizens, ...props }: ConsoleFoundProps): string {
  const text = messagesFor(page.lang).console.citizens;
  const { found } = text;
  const body = html`<p class="crumb"><a href="${props.againHref}">${text.title}</a></p>
<h1>${found.title}</h1>
<p class="lead">${props.purpose}</p>
${
  citizens.length > 0
    ? html`<div class="table"><table>
<thead><tr><th scope="col">${found.name}</th><th scope="col">${found.number}</th><th scope="col">${found.phone}</th><th scope="col">${found.commune}</th><th scope="col">${found.level}</th></tr></thead>
<tbody>${citizens.map(
        (one, index) =>
          html`<tr${one.status && html` class="quiet"`}><td><a href="${one.href}"${index === 0 && html` autofocus`}>${one.name}</a></td><td><code>${one.number}</code></td><td><code>${one.phone}</code></td><td>${one.commune}</td><td>${one.level}${one.status && html` <small>${one.status}</small>`}</td></tr>`,
      )}</tbody></table></div>`
    : html`<p id="none" class="told">${found.none}</p>`
}
${props.tooMany && html`<p class="hint">${found.tooMany}</p>`}
${props.nextHref && html`<p><a class="button small" rel="next" href="${props.nextHref}">${messagesFor(page.lang).console.older}</a></p>`}
<p><a id="link-again" class="button small" href="${props.againHref}">${found.again}</a></p>`;
  return consoleLayout(page, { title: found.title, body });
}
