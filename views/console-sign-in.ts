/** Signing in to the console: password, second factor, and the page that asks for the factor again before what matters. */
import { html } from 'hono/html';
import { type ConsolePageProps, consoleLayout } from './console-layout.ts';
import { consoleOpening, type FactorFormProps, factorForm, textField } from './console-parts.ts';
import { messagesFor } from './messages.ts';

export type ConsoleSignInProps = {
  page: ConsolePageProps;
  /** Where to go afterwards. */
  to: string;
  login?: string;
  done?: string;
  error?: string;
};

export function consoleSignInPage({ page, to, login, done, error }: ConsoleSignInProps): string {
  const text = messagesFor(page.lang).console.signIn;
  const known = login !== undefined;
  const body = html`${consoleOpening(text.title, { done, error })}
<p class="lead">${text.lead}</p>
<form id="form-sign-in" method="post" action="/console/sign-in">
<input type="hidden" name="to" value="${to}">
${textField({ name: 'login', label: text.login, autocomplete: 'username', focus: !known, longest: 100, ...(known ? { value: login } : {}) })}
${textField({ name: 'password', label: text.password, type: 'password', autocomplete: 'current-password', focus: known })}
<button id="button-sign-in" class="button main">${text.submit}</button>
</form>
<p class="hint">${text.help}</p>`;
  return consoleLayout(page, { title: text.title, body, width: 'narrow' });
}

export type ConsoleFactorProps = {
  page: ConsolePageProps;
  to: string;
  factor: FactorFormProps;
  error?: string;
};

export function consoleFactorPage({ page, to, factor, error }: ConsoleFactorProps): string {
  const text = messagesFor(page.lang).console.signIn;
  const body = html`${consoleOpening(text.factorTitle, { error })}
<p class="lead">${text.factorLead}</p>
${factorForm(page.lang, {
  name: 'factor',
  action: '/console/sign-in/factor',
  label: text.factorSubmit,
  factor,
  inside: html`<input type="hidden" name="to" value="${to}">`,
})}
<p class="hint"><a href="/console/sign-in">${text.startOver}</a></p>`;
  const scriptHref = factor.passkey?.scriptHref;
  return consoleLayout(page, { title: text.factorTitle, body, scriptHref, width: 'narrow' });
}

export type ConsoleConfirmProps = {
  page: ConsolePageProps;
  factor: FactorFormProps;
  action: string;
  /** What was sent and is sent again, sealed. */
  carried: string;
  error?: string;
};

export function consoleConfirmPage({ page, factor, action, carried, error }: ConsoleConfirmProps): string {
  const text = messagesFor(page.lang).console.confirm;
  const body = html`${consoleOpening(text.title, { error })}
<p class="lead">${text.lead}</p>
${factorForm(page.lang, {
  name: 'confirm',
  action,
  label: text.submit,
  factor,
  inside: html`<input type="hidden" name="carried" value="${carried}">`,
})}`;
  const scriptHref = factor.passkey?.scriptHref;
  return consoleLayout(page, { title: text.title, body, scriptHref, width: 'narrow' });
}
