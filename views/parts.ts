/**
 * The pieces that several screens share. Everything is a plain form or a plain link: the pages must work in an
 * in-app browser without JavaScript. The ids (`form-…`, `button-…`) are relied on by scripted browsers.
 */
import { html } from 'hono/html';
import { shieldIcon } from './icons.ts';

/** Escaped HTML. Only `html` makes it, so a plain string can never slip through unescaped. */
export type Markup = ReturnType<typeof html>;

/** Who asks, above the title: the citizen must see it before anything else. A long name wraps. */
export function askerLine(label: string, clientName: string): Markup {
  return html`<p class="asker"><span>${label}</span> <strong>${clientName}</strong></p>`;
}

export type ActionForm = {
  /** The name behind `form-` and `button-`. */
  name: string;
  action: string;
  label: string;
  /** `main`: what most people want; `other`: just as possible; `quiet`: the way out; `small`: one of a list. */
  look: 'main' | 'other' | 'quiet' | 'small';
  icon?: Markup;
  /** Sent along, unseen. */
  fields?: Record<string, string>;
};

/** One button that posts to `action`. */
export function actionForm({ name, action, label, look, icon, fields = {} }: ActionForm): Markup {
  return html`<form id="form-${name}" method="post" action="${action}">${Object.entries(fields).map(
    ([field, value]) => html`<input type="hidden" name="${field}" value="${value}">`,
  )}<button id="button-${name}" class="button ${look}">${icon ?? ''}<span>${label}</span></button></form>`;
}

/** A code to read out or type, in large type under what it is for. */
export function codeLine(label: string, code: string): Markup {
  return html`<p><span>${label}</span> <code id="code">${code}</code></p>`;
}

/** The advice against fraud, on the pages where people are about to show who they are. */
export function safetyNote(text: string): Markup {
  return html`<p class="safety">${shieldIcon}<span>${text}</span></p>`;
}
