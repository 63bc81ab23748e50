/** The officers' list, and one officer's page. */
import { z } from 'zod';
import {
  consoleNewOfficerPage,
  consoleOfficerPage,
  consoleOfficersPage,
} from '../../views/console-officers.ts';
import { messagesFor } from '../../views/messages.ts';
import { AppError } from '../errors.ts';
import { sayDay, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { listDeclared } from '../officer/household.ts';
import { covers, findOfficer, listCommunes, listOfficers } from '../officer/officers.ts';
import { listProposals } from '../officer/proposals.ts';
import { type Officer, roles } from '../officer/roles.ts';
import { consoleProps, sentenceFor } from './pages.ts';
import { listRecent } from './recent.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type SignedInVisit } from './rights.ts';

const PAGE = 50;
const list = '/console/officers';

export const officersRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/officers', { right: 'officers.see' }, showList),

  consoleRoute('get', '/officers/new', { right: 'officers.manage' }, async (visit) => {
    const { ctx, scope, officer } = visit;
    const error = sentenceFor(messagesFor(ctx.state.lang).console.officers.faults, ctx.query.fault);
    const communes = await choices(scope.deps.db, officer, []);
    const props = {
      page: consoleProps(visit),
      action: list,
      roles: roleChoices(ctx),
      communes,
      backHref: list,
    };
    sendPage(ctx, consoleNewOfficerPage({ ...props, ...(error ? { error } : {}) }));
  }),

  consoleRoute('get', '/officers/:id', { right: 'officers.see' }, showOne),
];

async function showList(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).console;
  const after = z.string().max(64).safeParse(ctx.query.after).data;
  const found = await listOfficers(db, { after, limit: PAGE + 1 });
  const names = new Map((await listCommunes(db)).map(({ code, name }) => [code, name]));
  const last = found.length > PAGE ? found[PAGE - 1] : undefined;
  const done = sentenceFor(text.officers.done, ctx.query.done);
  const error = sentenceFor(text.officers.faults, ctx.query.fault);
  sendPage(
    ctx,
    consoleOfficersPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      ...(hasRight(officer, 'officers.manage')
        ? { newHref: `${list}/new`, recoveries: await readRecoveries(visit, clock()) }
        : { recoveries: [] }),
      officers: found.slice(0, PAGE).map((one) => ({
        href: `${list}/${one.id}`,
        name: one.name,
        login: one.login,
        role: text.roles[one.role],
        where: sayCommunes(ctx, one.communes, names),
        status: text.officers.statuses[one.status],
        quiet: one.status !== 'active',
      })),
      ...(last ? { nextHref: `${list}?after=${encodeURIComponent(last.login)}` } : {}),
    }),
  );
}

async function readRecoveries({ scope, ctx, officer }: SignedInVisit, now: Date) {
  const { db } = scope.deps;
  const { recovery } = messagesFor(ctx.state.lang).console.officers;
  const open = await listProposals(db, 'officer_recovery', now);
  return Promise.all(
    open.map(async ({ id, subject, proposedBy, reason, proposedAt }) => {
      const [whose, asker] = await Promise.all([findOfficer(db, subject), findOfficer(db, proposedBy)]);
      const reasons: Record<string, string> = recovery.reasons;
      return {
        name: whose?.name ?? '',
        login: whose?.login ?? '',
        asked: recovery.asked(asker?.name ?? '', sayWhen(ctx, proposedAt), reasons[reason] ?? reason),
        action: `/console/recoveries/${id}`,
        mayAgree: proposedBy !== officer.id && subject !== officer.id,
        own: proposedBy === officer.id,
      };
    }),
  );
}

async function showOne(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.officers;
  const shown = await readOfficer(visit);
  const names = new Map((await listCommunes(db)).map(({ code, name }) => [code, name]));
  const manages =
    hasRight(officer, 'officers.manage') &&
    officer.id !== shown.id &&
    covers(officer.communes, shown.communes);
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  const declared = await listDeclared(db, shown.id);
  const at = (act: string) => `${list}/${shown.id}/${act}`;
  sendPage(
    ctx,
    consoleOfficerPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      name: shown.name,
      facts: [
        { label: text.login, value: shown.login },
        { label: text.role, value: messagesFor(ctx.state.lang).console.roles[shown.role] },
        { label: text.communes, value: sayCommunes(ctx, shown.communes, names) },
        { label: text.status, value: text.statuses[shown.status] },
      ],
      declared: declared.map(({ id, relation, hint, declaredAt }) => ({
        name: messagesFor(ctx.state.lang).console.own.relations[relation],
        number: `••• ••• ••• ${hint}`,
        since: sayDay(ctx, declaredAt),
        ...(manages && relation === 'household' ? { removeAction: at(`household/${id}/remove`) } : {}),
      })),
      recent: await listRecent(visit, shown.id),
      backHref: list,
      ...(manages
        ? {
            rights: {
              action: at('rights'),
              roles: roleChoices(ctx, shown.role),
              communes: await choices(db, officer, shown.communes),
            },
            ...(shown.status === 'suspended'
              ? { reinstateAction: at('reinstate') }
              : { suspendAction: at('suspend') }),
            ...(shown.status === 'invited' ? { linkAction: at('link') } : {}),
            ...(shown.status === 'active' ? { recoveryAction: at('recovery') } : {}),
          }
        : {}),
    }),
  );
}

/** The officer a page is about. */
export async function readOfficer({ scope, ctx }: SignedInVisit): Promise<Officer> {
  const id = z.uuid().safeParse(ctx.params.id).data;
  const found = id && (await findOfficer(scope.deps.db, id));
  if (!found) throw new AppError('not_found', { backHref: list });
  return found;
}

function sayCommunes(ctx: Context, codes: readonly string[], names: ReadonlyMap<string, string>): string {
  if (codes.length === 0) return messagesFor(ctx.state.lang).console.wholeProvince;
  return codes.map((code) => names.get(code) ?? code).join(', ');
}

function roleChoices(ctx: Context, chosen?: string) {
  const text = messagesFor(ctx.state.lang).console;
  return roles.map((role) => ({
    value: role,
    label: text.roles[role],
    hint: text.roleMeans[role],
    chosen: role === chosen,
  }));
}

/** The communes this officer may give others: their own, or all. */
async function choices(
  db: SignedInVisit['scope']['deps']['db'],
  officer: Officer,
  chosen: readonly string[],
) {
  const all = await listCommunes(db);
  return {
    wholeProvince: officer.communes.length === 0,
    list: all
      .filter(({ code }) => covers(officer.communes, [code]))
      .map(({ code, name }) => ({ value: code, label: name, chosen: chosen.includes(code) })),
  };
}
