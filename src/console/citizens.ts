/** Looking a citizen up: the search with its purpose, whom it found, and the reports and acts that lead to an account. */
import { z } from 'zod';
import { consoleCitizensPage, consoleFoundPage } from '../../views/console-citizens.ts';
import { consoleNotMePage } from '../../views/console-not-me.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { findOfficer, listCommunes } from '../officer/officers.ts';
import { listProposals } from '../officer/proposals.ts';
import { findReported, listReports } from '../verification/reports.ts';
import {
  type CitizenSummary,
  findAccounts,
  maskName,
  maskNumber,
  maskPhone,
  readSearch,
  readSummaries,
} from './find-citizens.ts';
import {
  beginLook,
  type Look,
  noteSeen,
  type Purpose,
  readLook,
  type Search,
  searchPurposes,
} from './looks.ts';
import { consoleProps, goTo, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type Rule, type SignedInVisit } from './rights.ts';
import { sayEvent } from './say-event.ts';

const PAGE = 10;
/** A look is for finding one person, not for reading a list of all. */
const MOST = 100;
const base = '/console/citizens';
const look = { right: 'citizens.look' } as const satisfies Rule;
const form = z.object({
  what: z.string().max(200),
  purpose: z.enum(searchPurposes),
  note: z.string().trim().max(200).default(''),
});
export const fourEyes = ['account_suspension', 'verification_revocation'] as const;

export const citizensRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/citizens', look, (visit) => showForm(visit)),
  consoleRoute('post', '/citizens', look, search),
  consoleRoute('get', '/citizens/looks/:look', look, showFound),

  consoleRoute('get', '/not-me', look, showReports),
  consoleRoute('post', '/not-me/:case/look', look, async (visit) => {
    const { scope, ctx } = visit;
    const id = z.uuid().safeParse(ctx.params.case).data;
    const account = id && (await findReported(scope.deps.db, id));
    if (!account) return goTo(ctx, '/console/not-me?fault=gone');
    await beginAt(visit, account, 'report');
  }),

  consoleRoute('post', '/citizens/proposals/:id/look', { right: 'citizens.decide' }, async (visit) => {
    const { ctx } = visit;
    const open = await readProposals(visit);
    const found = open.find(({ id }) => id === ctx.params.id);
    if (!found) return goTo(ctx, base);
    await beginAt(visit, found.subject, 'second_opinion', found.details.reference);
  }),
];

async function beginAt(visit: SignedInVisit, account: string, purpose: Purpose, note = ''): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const given = { officerId: officer.id, purpose, note, account };
  const id = await performAct(deps, (act) => beginLook(act, deps.keyring, given));
  goTo(ctx, `${base}/looks/${id}/${account}`);
}

type Typed = { what?: string; note?: string; purpose?: string; error?: string };

async function showForm(visit: SignedInVisit, typed: Typed = {}): Promise<void> {
  const { ctx, officer } = visit;
  const messages = messagesFor(ctx.state.lang);
  const text = messages.console.citizens;
  const { purposes } = messages.account.ledger;
  const { purpose, ...rest } = typed;
  const error = typed.error ?? sentenceFor(text.faults, ctx.query.fault);
  sendPage(
    ctx,
    consoleCitizensPage({
      page: consoleProps(visit),
      action: base,
      ...rest,
      ...(error ? { error } : {}),
      purposes: searchPurposes.map((value) => ({
        value,
        label: purposes[value] ?? value,
        chosen: value === purpose,
      })),
      reportsHref: '/console/not-me',
      proposals: hasRight(officer, 'citizens.decide') ? await showProposals(visit) : [],
    }),
    typed.error ? 422 : 200,
  );
}

/** Open proposals about accounts, oldest first. */
export async function readProposals({ scope }: Pick<SignedInVisit, 'scope'>) {
  const { db, clock } = scope.deps;
  const lists = await Promise.all(fourEyes.map((kind) => listProposals(db, kind, clock())));
  return lists.flat().sort((a, b) => a.proposedAt.getTime() - b.proposedAt.getTime());
}

async function showProposals(visit: SignedInVisit) {
  const { scope, ctx } = visit;
  const messages = messagesFor(ctx.state.lang);
  const text = messages.console.citizens.citizen.proposals;
  return Promise.all(
    (await readProposals(visit)).map(async ({ id, kind, reason, details, proposedBy, proposedAt }) => ({
      title: text.kinds[kind as (typeof fourEyes)[number]],
      asked: text.asked(
        (await findOfficer(scope.deps.db, proposedBy))?.name ?? '',
        sayWhen(ctx, proposedAt),
        messages.account.ledger.reasons[reason] ?? reason,
        details.reference ?? '',
      ),
      action: `${base}/proposals/${id}/look`,
    })),
  );
}

/** Short, and without anything that could be somebody's number, address or name of an account. */
function isPlainNote(text: string): boolean {
  return text.length <= 60 && !/[@\n]/.test(text) && !/\d{6}/.test(text.replace(/[\s.-]/g, ''));
}

async function search(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer, fields } = visit;
  const { deps } = scope;
  const { faults } = messagesFor(ctx.state.lang).console.citizens;
  const parsed = form.safeParse(fields);
  if (!parsed.success) return showForm(visit, { error: faults.what });
  const { what, purpose, note } = parsed.data;
  const asked = readSearch(what);
  if (!asked) return showForm(visit, { ...parsed.data, error: faults.what });
  if (!isPlainNote(note)) return showForm(visit, { ...parsed.data, error: faults.note });
  const to = await performAct(deps, async (act) => {
    const { ids, citizens } = await findPage({ ...scope, deps: { ...deps, db: act.trx } }, visit, asked);
    const event = 'officer.searched';
    act.record({ event, actor: officer.id, by: asked.by, purpose, found: citizens.length });
    const given = { officerId: officer.id, purpose, note, search: asked };
    const [only] = citizens;
    // One person by a number: the list would say nothing more.
    if (only && ids.length === 1 && asked.by !== 'name') {
      const id = await beginLook(act, deps.keyring, { ...given, account: only.id });
      return `${id}/${only.id}`;
    }
    return beginLook(act, deps.keyring, given);
  });
  goTo(ctx, `${base}/looks/${to}`);
}

/** One page of whom a search finds; `ids` has one more than a page when there are more. */
async function findPage(
  { deps }: SignedInVisit['scope'],
  { officer }: SignedInVisit,
  asked: Search,
  after?: string,
): Promise<{ ids: string[]; citizens: CitizenSummary[] }> {
  const ids = await findAccounts(deps, asked, { after, limit: PAGE + 1 });
  const citizens = await readSummaries(deps, { ids: ids.slice(0, PAGE), officer, now: deps.clock() });
  return { ids, citizens };
}

async function showFound(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const id = z.uuid().safeParse(ctx.params.look).data;
  const after = z.uuid().safeParse(ctx.query.after).data;
  const page = await performAct(deps, async (act) => {
    const found = id ? await readLook(act, deps.keyring, { id, officerId: officer.id }) : undefined;
    if (!found?.search) return undefined;
    if (found.found.length >= MOST && after) return { look: found, ids: [], citizens: [], tooMany: true };
    const inAct = { ...scope, deps: { ...deps, db: act.trx } };
    const result = await findPage(inAct, visit, found.search, after);
    const accounts = result.citizens.map((one) => one.id);
    await noteSeen(act, deps.keyring, { look: found, officerId: officer.id, part: 'found', accounts });
    return { look: found, ...result, tooMany: false };
  });
  if (!page) return goTo(ctx, `${base}?fault=expired`);
  const communes = new Map((await listCommunes(deps.db)).map(({ code, name }) => [code, name]));
  const last = page.ids.length > PAGE ? page.ids[PAGE - 1] : undefined;
  sendPage(
    ctx,
    consoleFoundPage({
      page: consoleProps(visit),
      purpose: sayPurpose(ctx, page.look),
      citizens: page.citizens.map((one) => showLine(ctx, `${base}/looks/${id}/${one.id}`, one, communes)),
      tooMany: page.tooMany,
      ...(last ? { nextHref: `${base}/looks/${id}?after=${last}` } : {}),
      againHref: base,
    }),
  );
}

/** The purpose of a look in words, with its note. */
export function sayPurpose(ctx: Context, { purpose, note }: Pick<Look, 'purpose' | 'note'>): string {
  const messages = messagesFor(ctx.state.lang);
  const words = messages.account.ledger.purposes[purpose] ?? purpose;
  return messages.console.citizens.found.purpose([words, note].filter(Boolean).join('; '));
}

function showLine(
  ctx: Context,
  href: string,
  { name, person, phone, commune, level, status }: CitizenSummary,
  communes: ReadonlyMap<string, string>,
) {
  const text = messagesFor(ctx.state.lang).console.citizens;
  return {
    href,
    name: name ? maskName(name) : text.found.noName,
    number: person ? maskNumber(person.personalNumber) : '–',
    phone: phone ? maskPhone(phone) : '–',
    commune: commune ? (communes.get(commune) ?? commune) : text.found.unknown,
    level: text.levels[level],
    ...(status === 'active' ? {} : { status: text.statuses[status] }),
  };
}

const REPORTS = 25;

async function showReports(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.citizens;
  const after = z.uuid().safeParse(ctx.query.after).data;
  const found = await listReports(db, { communes: officer.communes, after, limit: REPORTS + 1 });
  const shown = found.slice(0, REPORTS);
  const last = found.length > REPORTS ? shown.at(-1) : undefined;
  sendPage(
    ctx,
    consoleNotMePage({
      page: consoleProps(visit),
      ...(ctx.query.fault ? { error: text.citizen.faults.not_possible } : {}),
      reports: shown.map((one) => ({
        what: sayEvent(visit, { event: one.event, client: one.client }),
        when: sayWhen(ctx, one.at),
        reported: sayWhen(ctx, one.openedAt),
        action: `/console/not-me/${one.id}/look`,
      })),
      ...(last ? { nextHref: `/console/not-me?after=${last.id}` } : {}),
    }),
  );
}
