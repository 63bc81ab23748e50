/** Clients, services and scopes: the list, one entry, the form that registers or changes it, and a secret shown once. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleForm, consoleOpening } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

type Row = { href: string; name: string; id: string; owner: string; level: string; on: boolean };

export type ConsoleClientsProps = {
  page: ConsolePageProps;
  clients: Row[];
  services: (Row & { scopes: { name: string; level: string }[] })[];
  newClientHref?: string;
  newServiceHref?: string;
  whatIfHref: string;
  nextHref?: string;
};

export function consoleClientsPage(props: ConsoleClientsProps): string {
  const { page, clients, services, nextHref } = props;
  const text = messagesFor(page.lang).console.clients;
  const body = html`<div class="head"><div><h1>${text.title}</h1>
<p class="lead">${text.lead}</p></div><div class="acts"><a id="link-what-if" class="button" href="${props.whatIfHref}">${text.whatIf}</a>${
    props.newServiceHref &&
    html`<a id="link-new-service" class="button" href="${props.newServiceHref}">${text.addService}</a>`
  }${props.newClientHref && html`<a id="link-new-client" class="button main" href="${props.newClientHref}">${text.addClient}</a>`}</div></div>
<h2 class="over">${text.clients}</h2>
${table(page, clients, text.columns.level, (one) => html`${one.level}`)}
${nextHref && html`<p><a class="button small" rel="next" href="${nextHref}">${messagesFor(page.lang).console.older}</a></p>`}
<h2 class="over">${text.services}</h2>
${table(
  page,
  services,
  text.columns.scopes,
  (one) =>
    html`${one.scopes.map(({ name, level }) => html`<span class="tag"><code>${name}</code> ${level}</span> `)}`,
)}`;
  return consoleLayout(page, { title: text.title, body });
}

function table<R extends Row>(
  page: ConsolePageProps,
  rows: R[],
  label: string,
  cell: (row: R) => Markup,
): Markup {
  const text = messagesFor(page.lang).console.clients;
  const { columns } = text;
  if (rows.length === 0) return html`<p class="hint">${text.none}</p>`;
  return html`<div class="table"><table>
<thead><tr><th scope="col">${columns.name}</th><th scope="col">${columns.owner}</th><th scope="col">${label}</th><th scope="col">${columns.state}</th></tr></thead>
<tbody>${rows.map(
    (one) =>
      html`<tr${!one.on && html` class="quiet"`}><td><a href="${one.href}">${one.name}</a> <small><code>${one.id}</code></small></td><td>${one.owner}</td><td>${cell(one)}</td><td>${one.on ? text.on : text.off}</td></tr>`,
  )}</tbody></table></div>`;
}

export type ConsoleEntryProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  name: string;
  members: { label: string; value: string }[];
  on: boolean;
  /** What this officer may do; each missing one they may not. */
  editHref?: string;
  testHref?: string;
  turnAction?: string;
  rotateAction?: string;
  backHref: string;
};

export function consoleEntryPage(props: ConsoleEntryProps): string {
  const { page, on, turnAction, rotateAction } = props;
  const text = messagesFor(page.lang).console.clients;
  const body = html`<p class="crumb"><a href="${props.backHref}">${text.title}</a></p>
<div class="head"><div>${consoleOpening(props.name, props)}
<p class="lead">${on ? text.on : text.off}</p></div><div class="acts">${
    props.testHref && html`<a id="link-test" class="button" href="${props.testHref}">${text.test}</a>`
  }${props.editHref && html`<a id="link-edit" class="button main" href="${props.editHref}">${text.edit}</a>`}</div></div>
<section><dl class="members">${props.members.map(
    ({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`,
  )}</dl></section>
${
  turnAction &&
  html`<section><h2>${text.acts}</h2>${
    rotateAction &&
    html`${consoleForm({ name: 'rotate', action: rotateAction, label: text.rotate, look: 'danger' })}<p class="hint">${text.rotateHint}</p>`
  }${consoleForm({
    name: 'turn',
    action: turnAction,
    label: on ? text.turnOff : text.turnOn,
    look: on ? 'danger' : 'small',
    fields: html`<input type="hidden" name="to" value="${on ? 'off' : 'on'}">`,
  })}${on && html`<p class="hint">${text.turnOffHint}</p>`}</section>`
}`;
  return consoleLayout(page, { title: props.name, body });
}

type Choice = { value: string; label: string; chosen: boolean };
export type EntryField = {
  name: string;
  label: string;
  hint?: string;
  /** What the rules say against it. */
  error?: string;
} & (
  | { kind: 'text'; value: string; optional?: boolean }
  | { kind: 'lines' | 'json'; value: string }
  | { kind: 'one'; options: Choice[] }
  | { kind: 'some'; options: Choice[] }
  | { kind: 'yes'; chosen: boolean }
);

export type ScopeRow = { name: string; level: 'level1' | 'level2'; vi: string; en: string; error?: string };

export type ConsoleEntryFormProps = {
  page: ConsolePageProps;
  title: string;
  error?: string;
  action: string;
  submit: string;
  fields: EntryField[];
  scopes?: ScopeRow[];
  backHref: string;
};

export function consoleEntryFormPage(props: ConsoleEntryFormProps): string {
  const { page, scopes, title } = props;
  const text = messagesFor(page.lang).console.clients;
  const body = html`<p class="crumb"><a href="${props.backHref}">${text.title}</a></p>
${consoleOpening(title, props)}
<form id="form-entry" method="post" action="${props.action}" class="entry">
<div class="columns">${props.fields.map(entryField)}</div>
${scopes && scopeRows(page, scopes)}
<button id="button-entry" class="button main">${props.submit}</button></form>`;
  return consoleLayout(page, { title, body });
}

function entryField(field: EntryField): Markup {
  const { name, label, hint, error } = field;
  const told = html`${hint && html`<small>${hint}</small>`}${error && html`<small class="fault" id="fault-${name}">${error}</small>`}`;
  const marks = error ? html` aria-invalid="true" aria-describedby="fault-${name}"` : '';
  if (field.kind === 'some')
    return html`<fieldset><legend>${label}</legend>${told}<div class="many" tabindex="0">${field.options.map(
      ({ value, label: words, chosen }) =>
        html`<label class="choice"><input type="checkbox" name="${name}:${value}" value="1"${chosen && html` checked`}><span>${words}</span></label>`,
    )}</div></fieldset>`;
  if (field.kind === 'yes')
    return html`<div><label class="choice"><input type="checkbox" name="${name}" value="1"${field.chosen && html` checked`}><span>${label}</span></label>${told}</div>`;
  return html`<label class="field"><span>${label}</span>${
    field.kind === 'one'
      ? html`<select name="${name}"${marks}>${field.options.map(
          ({ value, label: words, chosen }) =>
            html`<option value="${value}"${chosen && html` selected`}>${words}</option>`,
        )}</select>`
      : field.kind === 'text'
        ? html`<input type="text" name="${name}" value="${field.value}" autocomplete="off" spellcheck="false" maxlength="200"${!field.optional && html` required`}${marks}>`
        : html`<textarea name="${name}" rows="${field.kind === 'json' ? 5 : 3}" spellcheck="false"${marks}>${field.value}</textarea>`
  }${told}</label>`;
}

function scopeRows(page: ConsolePageProps, scopes: ScopeRow[]): Markup {
  const { scopeRows: text, levels } = messagesFor(page.lang).console.clients;
  return html`<section><h2>${text.title}</h2><p class="hint">${text.hint}</p>${scopes.map(
    (one, at) =>
      html`<fieldset class="row"><legend>${text.row(at + 1)}</legend>${one.error && html`<p class="fault">${one.error}</p>`}
<label class="field inline"><span>${text.name}</span><input type="text" name="scope_name_${at}" value="${one.name}" autocomplete="off" spellcheck="false" maxlength="64"></label>
<label class="field inline"><span>${text.level}</span><select name="scope_level_${at}">${(
        ['level1', 'level2'] as const
      ).map(
        (level) =>
          html`<option value="${level}"${one.level === level && html` selected`}>${levels[level]}</option>`,
      )}</select></label>
<label class="field inline"><span>${text.vi}</span><input type="text" name="scope_vi_${at}" value="${one.vi}" autocomplete="off" maxlength="200"></label>
<label class="field inline"><span>${text.en}</span><input type="text" name="scope_en_${at}" value="${one.en}" autocomplete="off" maxlength="200"></label></fieldset>`,
  )}</section>`;
}

export type ConsoleSecretProps = { page: ConsolePageProps; name: string; secret: string; backHref: string };

export function consoleSecretPage({ page, name, secret, backHref }: ConsoleSecretProps): string {
  const text = messagesFor(page.lang).console.clients;
  const title = text.secretTitle(name);
  const body = html`<h1>${title}</h1>
<p class="lead">${text.secretLead}</p>
<p class="told"><code id="secret">${secret}</code></p>
<p>${text.secretAdvice}</p>
<p><a class="button" href="${backHref}">${messagesFor(page.lang).console.back}</a></p>`;
  return consoleLayout(page, { title, body, width: 'narrow' });
}
