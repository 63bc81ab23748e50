/** What every page of the console needs: who is here, where they can go, and the console's own stylesheet. */

import type { z } from 'zod';
import type { ConsolePageProps } from '../../views/console-layout.ts';
import { messagesFor } from '../../views/messages.ts';
import { AppError } from '../errors.ts';
import { consoleCssHref, pageProps } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import type { Officer } from '../officer/roles.ts';
import { hasRight, type Right, type Visit } from './rights.ts';

type Place =
  | ('home' | 'cases' | 'desk' | 'duplicates' | 'reAudits')
  | ('citizens' | 'clients' | 'officers' | 'audit' | 'reports' | 'own');

/** The way through the console, in the order of the keys 1 to 9. */
const places: { place: Place; href: string; right: Right }[] = [
  { place: 'home', href: '/console', right: 'own' },
  { place: 'cases', href: '/console/cases', right: 'cases.work' },
  { place: 'desk', href: '/console/desk', right: 'desk.work' },
  { place: 'reAudits', href: '/console/re-audits', right: 'desk.work' },
  { place: 'duplicates', href: '/console/duplicates', right: 'duplicates.see' },
  { place: 'citizens', href: '/console/citizens', right: 'citizens.look' },
  { place: 'clients', href: '/console/clients', right: 'clients.see' },
  { place: 'officers', href: '/console/officers', right: 'officers.see' },
  { place: 'audit', href: '/console/audit', right: 'audit.read' },
  { place: 'reports', href: '/console/reports', right: 'reports.read' },
  { place: 'own', href: '/console/own', right: 'own' },
];

export function consoleProps({ ctx, officer }: Pick<Visit, 'ctx'> & { officer?: Officer }): ConsolePageProps {
  const base = pageProps(ctx);
  const text = messagesFor(ctx.state.lang).console;
  const frame = { ...base, cssHref: consoleCssHref };
  // A form cannot be asked again in the other language; the start page can.
  if (ctx.method !== 'GET') frame.otherLanguageHref = base.otherLanguageHref.replace(/^\//, '/console');
  if (!officer) return frame;
  return {
    ...frame,
    officer: { name: officer.name, role: text.roles[officer.role], signOutAction: '/console/sign-out' },
    places: places
      .filter(({ right }) => hasRight(officer, right))
      .map(({ place, href }) => ({
        href,
        label: text.places[place],
        here: href === '/console' ? ctx.path === href : ctx.path.startsWith(href),
      })),
  };
}

/** Sends the browser on after a form, so that Back and Reload do nothing twice. */
export function goTo(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

/** Holds what a form brought against its schema. */
export function readFields<T>({ fields }: Pick<Visit, 'fields'>, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(fields);
  if (!parsed.success) throw new AppError('bad_request');
  return parsed.data;
}

/** The sentence for a word in the query (`?done=…`, `?fault=…`), if there is one. */
export function sentenceFor(sentences: Record<string, string>, word: unknown): string | undefined {
  return typeof word === 'string' && Object.hasOwn(sentences, word) ? sentences[word] : undefined;
}
