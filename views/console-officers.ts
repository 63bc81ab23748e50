/** The officers' list, one officer, the form that invites one, and the link that is shown once. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { type Recent, recentList } from './console-own.ts';
import { consoleForm, consoleOpening, reasonField, textField } from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type ConsoleOfficersProps = {
  page: ConsolePageProps;
  newHref?: string;
  recoveries: {
    name: string;
    login: string;
    asked: string;
    action: string;
    mayAgree: boolean;
    own: boolean;
  }[];
  officers: {
    href: string;
    name: string;
    login: string;
    role: string;
    where: string;
    status: string;
    quiet: boolean;
  }[];
  nextHref?: string;
  done?: string;
  error?: string;
};

export function consoleOfficersPage(props: ConsoleOfficersProps): string {
  const { page, officers, recoveries, newHref, nextHref } = props;
  const text = messagesFor(page.lang).console.officers;
  const body = html`<div class="head"><div>${consoleOpening(text.title, props)}
<p class="lead">${text.lead}</p></div>${newHref && html`<a id="link-new" class="button main" href="${newHref}">${text.add}</a>`}</div>
${
  recoveries.length > 0 &&
  html`<section class="urgent"><h2>${text.recovery.title}</h2><ul class="lines">${recoveries.map(
    (one, index) =>
      html`<li><div><strong>${one.name} <code>${one.login}</code></strong><small>${one.asked}</small></div><div class="acts">${
        one.mayAgree && answerForm(`agree-${index}`, one.action, 'agree', text.recovery.agree)
      }${answerForm(`refuse-${index}`, one.action, 'refuse', one.own ? text.recovery.withdraw : text.recovery.refuse)}</div></li>`,
  )}</ul></section>`
}
<div class="table"><table>
<thead><tr><th scope="col">${text.name}</th><th scope="col">${text.role}</th><th scope="col">${text.communes}</th><th scope="col">${text.status}</th></tr></thead>
<tbody>${officers.map(
    (one) =>
      html`<tr${one.quiet && html` class="quiet"`}><td><a href="${one.href}">${one.name}</a> <small><code>${one.login}</code></small></td><td>${one.role}</td><td>${one.where}</td><td>${one.status}</td></tr>`,
  )}</tbody></table></div>
${nextHref && html`<p><a class="button small" rel="next" href="${nextHref}">${messagesFor(page.lang).console.older}</a></p>`}`;
  return consoleLayout(page, { title: text.title, body });
}

function answerForm(name: string, action: string, answer: string, label: string): Markup {
  return consoleForm({
    name,
    action,
    label,
    fields: html`<input type="hidden" name="answer" value="${answer}">`,
  });
}

type Choice = { value: string; label: string; chosen: boolean; hint?: string };
type Communes = { wholeProvince: boolean; list: Choice[] };

function rightsFields(page: ConsolePageProps, roles: Choice[], communes: Communes, fresh: boolean): Markup {
  const text = messagesFor(page.lang).console;
  const everywhere = communes.wholeProvince && !fresh && communes.list.every(({ chosen }) => !chosen);
  return html`<fieldset><legend>${text.officers.role}</legend>${roles.map(
    ({ value, label, hint, chosen }) =>
      html`<label class="choice"><input type="radio" name="role" value="${value}" required${chosen && html` checked`}><span>${label}<small>${hint}</small></span></label>`,
  )}</fieldset>
<fieldset><legend>${text.officers.communes}</legend><p class="hint">${text.officers.communesHint}</p>
${
  communes.wholeProvince &&
  html`<label class="choice"><input type="checkbox" name="province" value="1"${everywhere && html` checked`}><span><b>${text.wholeProvince}</b></span></label>`
}<div class="many">${communes.list.map(
    ({ value, label, chosen }) =>
      html`<label class="choice"><input type="checkbox" name="communes" value="${value}"${chosen && html` checked`}><span>${label}</span></label>`,
  )}</div></fieldset>`;
}

export type ConsoleNewOfficerProps = {
  page: ConsolePageProps;
  action: string;
  roles: Choice[];
  communes: Communes;
  backHref: string;
  error?: string;
};

export function consoleNewOfficerPage(props: ConsoleNewOfficerProps): string {
  const { page, error } = props;
  const text = messagesFor(page.lang).console.officers;
  const body = html`${consoleOpening(text.newTitle, { error })}
<p class="lead">${text.newLead}</p>
<form id="form-new" method="post" action="${props.action}">
${textField({ name: 'name', label: text.name, focus: true, longest: 120 })}
${textField({ name: 'login', label: text.login, hint: text.loginHint, longest: 64 })}
${rightsFields(page, props.roles, props.communes, true)}
<button id="button-new" class="button main">${text.newSubmit}</button></form>
<p class="hint"><a href="${props.backHref}">${messagesFor(page.lang).console.back}</a></p>`;
  return consoleLayout(page, { title: text.newTitle, body, width: 'narrow' });
}

export type ConsoleOfficerProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  name: string;
  facts: { label: string; value: string }[];
  declared: { name: string; number: string; since: string; removeAction?: string }[];
  recent: Recent;
  backHref: string;
  /** What this supervisor may do; each missing one they may not. */
  rights?: { action: string; roles: Choice[]; communes: Communes };
  suspendAction?: string;
  reinstateAction?: string;
  linkAction?: string;
  recoveryAction?: string;
};

export function consoleOfficerPage(props: ConsoleOfficerProps): string {
  const { page, rights, declared } = props;
  const text = messagesFor(page.lang).console.officers;
  const { own } = messagesFor(page.lang).console;
  const body = html`<p class="crumb"><a href="${props.backHref}">${text.title}</a></p>
${consoleOpening(props.name, props)}
<dl class="facts">${props.facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<div class="columns">
${
  rights &&
  html`<section><h2>${text.rightsTitle}</h2><form id="form-rights" method="post" action="${rights.action}">
${rightsFields(page, rights.roles, rights.communes, false)}
<button id="button-rights" class="button">${text.rightsSubmit}</button></form></section>`
}
<section><h2>${text.declaredTitle}</h2>${
    declared.length > 0
      ? html`<ul class="lines">${declared.map(
          (one, index) =>
            html`<li><div><strong>${one.name}</strong><small><code>${one.number}</code> ${own.since(one.since)}</small></div>${
              one.removeAction &&
              consoleForm({
                name: `undeclare-${index}`,
                action: one.removeAction,
                label: text.remove,
                fields: reasonField(text.reason, text.removeReasons),
              })
            }</li>`,
        )}</ul>`
      : html`<p class="hint">${text.declaredNone}</p>`
  }</section>
${acts(props)}
<section><h2>${text.recentTitle}</h2>${
    props.recent.length > 0 ? recentList(props.recent) : html`<p class="hint">${text.recentNone}</p>`
  }</section>
</div>`;
  return consoleLayout(page, { title: props.name, body });
}

function acts(props: ConsoleOfficerProps): Markup | '' {
  const { linkAction, recoveryAction, suspendAction, reinstateAction } = props;
  const text = messagesFor(props.page.lang).console.officers;
  if (!props.rights) return '';
  return html`<section><h2>${text.actsTitle}</h2>
${linkAction && consoleForm({ name: 'link', action: linkAction, label: text.newLink })}
${
  recoveryAction &&
  html`${consoleForm({
    name: 'recovery',
    action: recoveryAction,
    label: text.recovery.ask,
    fields: reasonField(text.reason, text.recovery.reasons),
  })}<p class="hint">${text.recovery.askHint}</p>`
}
${
  suspendAction &&
  consoleForm({
    name: 'suspend',
    action: suspendAction,
    label: text.suspend,
    look: 'danger',
    fields: reasonField(text.reason, text.suspendReasons),
  })
}${
  reinstateAction &&
  consoleForm({
    name: 'reinstate',
    action: reinstateAction,
    label: text.reinstate,
    fields: reasonField(text.reason, text.reinstateReasons),
  })
}</section>`;
}

export type ConsoleLinkProps = {
  page: ConsolePageProps;
  kind: 'invitation' | 'recovery';
  name: string;
  link: string;
  backHref: string;
};

export function consoleLinkPage({ page, kind, name, link, backHref }: ConsoleLinkProps): string {
  const text = messagesFor(page.lang).console.officers;
  const title = text.linkTitle(name);
  const body = html`<h1>${title}</h1>
<p class="lead">${text.linkLead[kind]}</p>
<p class="told"><code id="link">${link}</code></p>
<p>${text.linkAdvice}</p>
<p><a class="button" href="${backHref}">${text.title}</a></p>`;
  return consoleLayout(page, { title, body, width: 'narrow' });
}
