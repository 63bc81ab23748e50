/**
 * Clients, services and their scopes, for client managers: the registry's own functions (registry/changes,
 * -service-changes) under the registry's own rules, each change with a fresh factor and its line in the audit log. A secret
 * is the answer to the form that made it, and is nowhere else.
 */
import {
  type ConsoleEntryFormProps,
  consoleClientsPage,
  consoleEntryFormPage,
  consoleEntryPage,
  consoleSecretPage,
} from '../../views/console-clients.ts';
import { messagesFor } from '../../views/messages.ts';
import { AppError } from '../errors.ts';
import { sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { listEntries } from '../registry/entries.ts';
import type { ClientEntry, ServiceEntry } from '../registry/members.ts';
import { openidScopes } from '../registry/openid-scopes.ts';
import type { Fault } from '../registry/rules.ts';
import { consoleProps, sentenceFor } from './pages.ts';
import { clientShape, sayRest, serviceShape, showFields, showScopes } from './registry-form.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type Rule, type SignedInVisit } from './rights.ts';

const PAGE = 50;
const see = { right: 'clients.see' } as const satisfies Rule;
const edit = { right: 'clients.manage', stepUp: true } as const satisfies Rule;

export type Kind = 'clients' | 'services';
export type Found = { kind: 'clients'; entry: ClientEntry } | { kind: 'services'; entry: ServiceEntry };

export const clientRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/clients', see, showList),
  ...(['clients', 'services'] as const).flatMap((kind) => [
    // Asked for before the form is filled in, not after.
    consoleRoute('get', `/${kind}/new`, edit, (visit) => showForm(visit, { kind })),
    consoleRoute('get', `/${kind}/:id`, see, async (visit) => showEntry(visit, await readEntry(visit, kind))),
    consoleRoute('get', `/${kind}/:id/edit`, edit, async (visit) =>
      showForm(visit, { kind, found: await readEntry(visit, kind) }),
    ),
  ]),
];

export function hrefOf({ kind, entry }: Found): string {
  return `/console/${kind}/${encodeURIComponent(entry.client_id)}`;
}

/** The entry that a page is about, by its client id. */
export async function readEntry({ scope, ctx }: SignedInVisit, kind: Kind): Promise<Found> {
  const registered = await listEntries(scope.deps.db);
  const isIt = ({ client_id }: { client_id: string }) => client_id === ctx.params.id;
  const client = kind === 'clients' ? registered.clients.find(isIt) : undefined;
  const service = kind === 'services' ? registered.services.find(isIt) : undefined;
  if (client) return { kind: 'clients', entry: client };
  if (service) return { kind: 'services', entry: service };
  throw new AppError('not_found', { backHref: '/console/clients' });
}

async function showList(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const text = messagesFor(ctx.state.lang).console.clients;
  const { clients, services } = await listEntries(scope.deps.db);
  const after = typeof ctx.query.after === 'string' ? ctx.query.after : '';
  const rest = clients.filter(({ client_id }) => client_id > after);
  const shown = rest.slice(0, PAGE);
  const last = rest.length > PAGE ? shown.at(-1) : undefined;
  const level = (code: string) => text.levels[code] ?? code;
  sendPage(
    ctx,
    consoleClientsPage({
      page: consoleProps(visit),
      clients: shown.map((entry) => ({
        ...rowOf(ctx, { kind: 'clients', entry }),
        level: text.levelRange(level(entry.minimum_level), level(entry.maximum_level)),
      })),
      services: services.map((entry) => ({
        ...rowOf(ctx, { kind: 'services', entry }),
        level: '',
        scopes: entry.scopes.map((one) => ({ name: one.name, level: level(one.level) })),
      })),
      ...(hasRight(officer, 'clients.manage')
        ? { newClientHref: '/console/clients/new', newServiceHref: '/console/services/new' }
        : {}),
      whatIfHref: '/console/what-if',
      ...(last ? { nextHref: `/console/clients?after=${encodeURIComponent(last.client_id)}` } : {}),
    }),
  );
}

function rowOf(ctx: Context, found: Found) {
  const { entry } = found;
  return {
    href: hrefOf(found),
    name: entry.name[ctx.state.lang],
    id: entry.client_id,
    owner: entry.owner ?? '',
    on: !entry.disabled,
  };
}

function showEntry(visit: SignedInVisit, found: Found): void {
  const { ctx, officer } = visit;
  const text = messagesFor(ctx.state.lang).console.clients;
  const { kind, entry } = found;
  const href = hrefOf(found);
  const manages = hasRight(officer, 'clients.manage');
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  const hasSecret = kind === 'services' || entry.secret_hash !== undefined;
  sendPage(
    ctx,
    consoleEntryPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      name: entry.name[ctx.state.lang],
      members: Object.entries(entry)
        .filter(([name]) => name !== 'secret_hash' && name !== 'disabled')
        .map(([name, value]) => ({ label: text.fields[name] ?? name, value: sayValue(value) })),
      on: !entry.disabled,
      ...(manages
        ? {
            editHref: `${href}/edit`,
            turnAction: `${href}/turn`,
            ...(hasSecret ? { rotateAction: `${href}/secret` } : {}),
            ...(kind === 'services' ? { testHref: `${href}/test` } : {}),
          }
        : {}),
      backHref: '/console/clients',
    }),
  );
}

function sayValue(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' · ') || '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type FormState = {
  kind: Kind;
  /** Undefined: it is being registered. */
  found?: Found;
  /** What was typed, and what the rules say against it. */
  typed?: Record<string, unknown>;
  faults?: readonly Fault[];
};

export async function showForm(visit: SignedInVisit, state: FormState): Promise<void> {
  const { ctx } = visit;
  const { kind, found, typed, faults = [] } = state;
  const text = messagesFor(ctx.state.lang).console.clients;
  const shape = await shapeOf(visit, kind, !found);
  const members = typed ?? (found?.entry as Record<string, unknown> | undefined) ?? newMembers[kind];
  const scopes = (members.scopes ?? []) as ServiceEntry['scopes'];
  const fresh = kind === 'clients' ? text.newClient : text.newService;
  const props: ConsoleEntryFormProps = {
    page: consoleProps(visit),
    title: found ? text.editTitle(found.entry.name[ctx.state.lang]) : fresh,
    ...(faults.length > 0 ? { error: sayRest(ctx, shape, faults) } : {}),
    action: found ? hrefOf(found) : `/console/${kind}`,
    submit: found ? text.save : text.register,
    fields: showFields(ctx, shape, { members, faults }),
    ...(kind === 'services' ? { scopes: showScopes(ctx, scopes, faults) } : {}),
    backHref: found ? hrefOf(found) : '/console/clients',
  };
  sendPage(ctx, consoleEntryFormPage(props), faults.length > 0 ? 422 : 200);
}

const newMembers: Record<Kind, Record<string, unknown>> = {
  clients: { grant_types: ['authorization_code'], scopes: ['openid'] },
  services: {},
};

/** The fields of this kind; a client may ask for our scopes and for those of every service. */
export async function shapeOf({ scope }: SignedInVisit, kind: Kind, fresh: boolean) {
  if (kind === 'services') return serviceShape(fresh);
  const { services } = await listEntries(scope.deps.db);
  const names = services.flatMap(({ scopes }) => scopes.map(({ name }) => name));
  return clientShape([...openidScopes, ...names], fresh);
}

export function showSecret(visit: SignedInVisit, found: Found, secret: string): void {
  const { ctx } = visit;
  const props = { page: consoleProps(visit), name: found.entry.name[ctx.state.lang], secret };
  sendPage(ctx, consoleSecretPage({ ...props, backHref: hrefOf(found) }));
}
