/** The page behind an officer's one-time link, and what it says when the link is of no use. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import {
  consoleOpening,
  type NewFactorProps,
  newFactorAttributes,
  newFactorFields,
  newPasskeyButton,
  textField,
} from './console-parts.ts';
import { messagesFor } from './messages.ts';

export type ConsoleWelcomeProps = {
  page: ConsolePageProps;
  kind: 'invitation' | 'recovery';
  name: string;
  login: string;
  role: string;
  action: string;
  asksNumber: boolean;
  newFactor: NewFactorProps;
  error?: string;
};

export function consoleWelcomePage(props: ConsoleWelcomeProps): string {
  const { page, kind, name, login, role, newFactor, error } = props;
  const text = messagesFor(page.lang).console;
  const { welcome } = text;
  const title = kind === 'recovery' ? welcome.recoveryTitle(name) : welcome.title(name);
  const body = html`${consoleOpening(title, { error })}
<p class="lead">${welcome.lead}</p>
<dl class="facts"><div><dt>${welcome.login}</dt><dd><code>${login}</code></dd></div><div><dt>${welcome.role}</dt><dd>${role}</dd></div></dl>
<form id="form-welcome" method="post" action="${props.action}"${newFactorAttributes(newFactor)}>
<input type="hidden" name="username" value="${login}" autocomplete="username">
<section><h2>${welcome.passwordTitle}</h2>
${textField({ name: 'password', label: welcome.password, type: 'password', autocomplete: 'new-password', hint: welcome.hint, focus: true })}
${textField({ name: 'again', label: welcome.again, type: 'password', autocomplete: 'new-password' })}</section>
${
  props.asksNumber &&
  html`<section><h2>${welcome.numberTitle}</h2>
${textField({ name: 'number', label: welcome.number, hint: welcome.numberHint, numeric: true, longest: 20 })}</section>`
}
<section><h2>${text.newFactor.title}</h2>
${newFactorFields(page.lang, newFactor)}</section>
<button id="button-welcome" class="button main">${welcome.submit}</button>
${newPasskeyButton(page.lang, newFactor)}
</form>`;
  return consoleLayout(page, { title, body, scriptHref: newFactor.passkey?.scriptHref, width: 'narrow' });
}

export function consoleGonePage({ page }: { page: ConsolePageProps }): string {
  const { welcome } = messagesFor(page.lang).console;
  const body = html`<h1>${welcome.goneTitle}</h1>
<p class="lead">${welcome.gone}</p><p>${welcome.goneAdvice}</p>
<p><a class="button" href="/console/sign-in">${welcome.toSignIn}</a></p>`;
  return consoleLayout(page, { title: welcome.goneTitle, body, width: 'narrow' });
}
