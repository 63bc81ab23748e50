/** An officer's own page, and the page where a second factor is set. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import {
  consoleForm,
  consoleOpening,
  type NewFactorProps,
  newFactorAttributes,
  newFactorFields,
  newPasskeyButton,
  textField,
} from './console-parts.ts';
import { messagesFor } from './messages.ts';
import type { Markup } from './parts.ts';

export type Recent = { what: string; when: string }[];

export type ConsoleOwnProps = {
  page: ConsolePageProps;
  done?: string;
  error?: string;
  login: string;
  factors: { name: string; lines: string[]; removeAction?: string }[];
  newFactorHref: string;
  passwordAction: string;
  declared: { name: string; number: string; since: string }[];
  householdAction: string;
  recent: Recent;
  signOutOthersAction: string;
};

export function consoleOwnPage(props: ConsoleOwnProps): string {
  const { page, factors, declared } = props;
  const text = messagesFor(page.lang).console.own;
  const body = html`${consoleOpening(text.title, props)}
<p class="lead">${text.login(props.login)}</p>
<div class="columns">
<section><h2>${text.factorsTitle}</h2>
<ul class="lines">${factors.map(
    ({ name, lines, removeAction }, index) =>
      html`<li><div><strong>${name}</strong>${lines.map((line) => html`<small>${line}</small>`)}</div>${
        removeAction && consoleForm({ name: `remove-${index}`, action: removeAction, label: text.remove })
      }</li>`,
  )}</ul>
<p><a id="link-new-factor" class="button small" href="${props.newFactorHref}">${text.addFactor}</a></p></section>
<section><h2>${text.passwordTitle}</h2>
<form id="form-password" method="post" action="${props.passwordAction}">
${textField({ name: 'current', label: text.current, type: 'password', autocomplete: 'current-password' })}
${textField({ name: 'password', label: messagesFor(page.lang).console.welcome.password, type: 'password', autocomplete: 'new-password', hint: messagesFor(page.lang).console.welcome.hint })}
${textField({ name: 'again', label: messagesFor(page.lang).console.welcome.again, type: 'password', autocomplete: 'new-password' })}
<button id="button-password" class="button">${text.changePassword}</button></form></section>
<section><h2>${text.householdTitle}</h2>
<p class="hint">${text.householdLead}</p>
<ul class="lines">${declared.map(
    ({ name, number, since }) =>
      html`<li><div><strong>${name}</strong><small><code>${number}</code> ${text.since(since)}</small></div></li>`,
  )}</ul>
<form id="form-household" method="post" action="${props.householdAction}">
${textField({ name: 'number', label: text.number, numeric: true, longest: 20 })}
<button id="button-household" class="button">${text.addNumber}</button></form></section>
<section><h2>${text.recentTitle}</h2>
${recentList(props.recent)}
${consoleForm({ name: 'sign-out-others', action: props.signOutOthersAction, label: text.signOutOthers })}</section>
</div>`;
  return consoleLayout(page, { title: text.title, body });
}

export function recentList(recent: Recent): Markup {
  return html`<ul class="lines">${recent.map(
    ({ what, when }) => html`<li><span>${what}</span><small>${when}</small></li>`,
  )}</ul>`;
}

export type ConsoleNewFactorProps = {
  page: ConsolePageProps;
  newFactor: NewFactorProps;
  action: string;
  backHref: string;
  error?: string;
};

export function consoleNewFactorPage(props: ConsoleNewFactorProps): string {
  const { page, newFactor, error } = props;
  const text = messagesFor(page.lang).console;
  const title = text.newFactor.pageTitle;
  const body = html`${consoleOpening(title, { error })}
<form id="form-new-factor" method="post" action="${props.action}"${newFactorAttributes(newFactor)}>
${newFactorFields(page.lang, newFactor)}
<p class="hint">${text.newFactor.replaces}</p>
<button id="button-new-factor" class="button main">${text.newFactor.submit}</button>
${newPasskeyButton(page.lang, newFactor)}
</form>
<p class="hint"><a href="${props.backHref}">${text.back}</a></p>`;
  return consoleLayout(page, { title, body, scriptHref: newFactor.passkey?.scriptHref, width: 'narrow' });
}
