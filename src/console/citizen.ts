/** One citizen's account, within a look: what is known of it, in one transaction with the line that says who looked. */
import { sql } from 'kysely';
import { z } from 'zod';
import {
  type CitizenAct,
  type ConsoleCitizenProps,
  consoleCitizenPage,
} from '../../views/console-citizen.ts';
import { messagesFor } from '../../views/messages.ts';
import { type AccountState, findAccount } from '../account/accounts.ts';
import { listDevices, sayDevice } from '../account/devices.ts';
import { listFactors } from '../account/factors.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { lastUses, readLedger } from '../audit/ledger.ts';
import { AppError } from '../errors.ts';
import { sayDay, sayWhen, sendPage } from '../http/page.ts';
import { findOfficer, listCommunes } from '../officer/officers.ts';
import { listConsents } from '../oidc/grants.ts';
import { listSessions } from '../oidc/sessions.ts';
import { listReportsOf } from '../verification/reports.ts';
import { type fourEyes, readProposals, sayPurpose } from './citizens.ts';
import {
  type CitizenSummary,
  isOwnFamily,
  maskName,
  maskNumber,
  maskPhone,
  readSummaries,
} from './find-citizens.ts';
import { type Look, noteSeen, readLook } from './looks.ts';
import { consoleProps, goTo, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type SignedInVisit } from './rights.ts';
import { sayEvent } from './say-event.ts';

export const citizenRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/citizens/looks/:look/:account', { right: 'citizens.look' }, showCitizen),

  consoleRoute('post', '/citizens/looks/:look/:account/reveal', { right: 'citizens.look' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { keyring } = scope.deps;
    const opened = await performAct(scope.deps, async (act) => {
      const found = await openLook(act, visit);
      if (!found) return undefined;
      const { look, citizen } = found;
      const seen = { look, officerId: officer.id, accounts: [citizen.id] };
      await noteSeen(act, keyring, { ...seen, part: 'revealed' });
      return found;
    });
    if (!opened) return goTo(ctx, '/console/citizens?fault=expired');
    goTo(ctx, pathOf(opened));
  }),
];

export type Opened = { look: Look; citizen: CitizenSummary };

/** Where this account stands within its look. */
export function pathOf({ look, citizen }: Opened): string {
  return `/console/citizens/looks/${look.id}/${citizen.id}`;
}

/** The look of the address and its account, if this officer may see it now; undefined when the look is over. */
export async function openLook(
  act: Act,
  { scope, ctx, officer }: SignedInVisit,
): Promise<Opened | undefined> {
  const { deps } = scope;
  const id = z.uuid().safeParse(ctx.params.look).data;
  const account = z.uuid().safeParse(ctx.params.account).data;
  const look = id && (await readLook(act, deps.keyring, { id, officerId: officer.id }));
  // Only whom the look found: an id from elsewhere opens nothing.
  if (!look || !account || !look.found.includes(account)) return undefined;
  const asked = { ids: [account], officer, now: act.now };
  const [citizen] = await readSummaries({ ...deps, db: act.trx }, asked);
  if (!citizen) throw new AppError('not_found', { backHref: '/console/citizens' });
  return { look, citizen };
}

async function showCitizen(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const read = await performAct(deps, async (act) => {
    const opened = await openLook(act, visit);
    if (!opened) return undefined;
    const { look, citizen } = opened;
    const seen = { look, officerId: officer.id, accounts: [citizen.id] };
    await noteSeen(act, deps.keyring, { ...seen, part: 'page' });
    return { opened, known: await readKnown(act, visit, citizen.id) };
  });
  if (!read) return goTo(ctx, '/console/citizens?fault=expired');
  sendPage(ctx, consoleCitizenPage(await showKnown(visit, read.opened, read.known)));
}

type Known = Awaited<ReturnType<typeof readKnown>>;

async function readKnown(act: Act, { scope, officer }: SignedInVisit, id: string) {
  const db = act.trx;
  const inAct = { ...scope.deps, db };
  const account = await findAccount(db, id, act.now);
  if (!account) throw new AppError('not_found');
  // One connection, so one after the other.
  return {
    account,
    row: await readAccountRow(act, id),
    verifications: await db
      .selectFrom('verifications')
      .select(['method', 'status', 'verified_at', 'expires_at', 'ended_at', 'end_reason'])
      .where('account_id', '=', id)
      .orderBy('verified_at', 'desc')
      .limit(10)
      .execute(),
    cases: await db
      .selectFrom('cases')
      .select(['kind', 'method', 'status', 'opened_at'])
      .where('account_id', '=', id)
      .orderBy('opened_at', 'desc')
      .limit(10)
      .execute(),
    factors: await listFactors(db, id),
    sessions: await listSessions(inAct, id),
    devices: await listDevices(db, id),
    consents: await listConsents(db, id),
    uses: await lastUses(db, id),
    recent: await readLedger(db, id, { limit: 12 }),
    reports: await listReportsOf(db, id),
    ownFamily: await isOwnFamily(db, officer.id, id),
  };
}

async function readAccountRow({ trx }: Act, id: string) {
  const { rows } = await sql<{
    created_at: Date;
    suspended_until: Date | null;
    level2_held_at: Date | null;
    closing_at: Date | null;
    phone: string | null;
  }>`
    SELECT a.created_at, a.suspended_until, a.level2_held_at, a.closing_at, p.status AS phone
    FROM accounts AS a LEFT JOIN phones AS p ON p.account_id = a.id WHERE a.id = ${id}`.execute(trx);
  const [row] = rows;
  if (!row) throw new AppError('not_found');
  return row;
}

async function showKnown(visit: SignedInVisit, opened: Opened, known: Known): Promise<ConsoleCitizenProps> {
  const { scope, ctx } = visit;
  const { look, citizen } = opened;
  const text = messagesFor(ctx.state.lang).console.citizens;
  const revealed = look.revealed.includes(citizen.id);
  const { name = text.found.noName } = citizen;
  const done = sentenceFor(text.citizen.done, ctx.query.done);
  const error = sentenceFor(text.citizen.faults, ctx.query.fault);
  const path = pathOf(opened);
  return {
    page: consoleProps(visit),
    ...(done ? { done } : {}),
    ...(error ? { error } : {}),
    purpose: sayPurpose(ctx, look),
    name: revealed ? name : maskName(name),
    ...(revealed ? {} : { revealAction: `${path}/reveal` }),
    facts: await showFacts(visit, citizen, known, revealed),
    reports: known.reports.map((one) => ({
      what: text.citizen.reports.line(
        sayEvent(visit, { event: one.event, client: one.client }),
        sayWhen(ctx, one.at),
      ),
      since: text.citizen.reports.since(sayWhen(ctx, one.openedAt)),
      ...(known.ownFamily ? {} : { closeAction: `${path}/reports/${one.id}` }),
    })),
    proposals: await showProposals(visit, opened, known),
    ...showHistory(visit, known),
    recent: await Promise.all(
      known.recent.map(async ({ at, event }) => {
        const { actor } = event as { actor?: string };
        const who = z.uuid().safeParse(actor).data;
        const by = who && (await findOfficer(scope.deps.db, who))?.name;
        const when = sayWhen(ctx, at);
        return {
          what: sayEvent(visit, event as never),
          more: by ? `${when}, ${text.citizen.byOfficer(by)}` : when,
        };
      }),
    ),
    acts: known.ownFamily ? [] : possibleActs(visit, known, path),
    ownFamily: known.ownFamily,
    backHref: look.search ? `/console/citizens/looks/${look.id}` : '/console/citizens',
    backLabel: look.search ? text.found.title : text.title,
  };
}

async function showFacts(
  { scope, ctx }: SignedInVisit,
  { person, phone, commune, level, status }: CitizenSummary,
  { account, row, factors }: Known,
  revealed: boolean,
) {
  const messages = messagesFor(ctx.state.lang);
  const text = messages.console.citizens;
  const names = new Map((await listCommunes(scope.deps.db)).map(({ code, name }) => [code, name]));
  const reason = account.levelReason && messages.account.level.reasons[account.levelReason];
  const hold = row.level2_held_at && text.citizen.held(sayWhen(ctx, row.level2_held_at));
  const until = row.suspended_until
    ? text.citizen.until(sayWhen(ctx, row.suspended_until))
    : text.citizen.noEnd;
  const more =
    status === 'suspended' ? until : row.closing_at && text.citizen.closing(sayWhen(ctx, row.closing_at));
  const { personalNumber, birthDate } = person ?? {};
  return [
    { label: text.citizen.level, value: text.levels[level], more: hold ?? reason ?? '' },
    { label: text.citizen.status, value: text.statuses[status], more: more ?? '' },
    {
      label: text.found.number,
      value: personalNumber ? (revealed ? personalNumber : maskNumber(personalNumber)) : '–',
    },
    {
      label: text.citizen.born,
      value: birthDate ? (revealed ? sayDay(ctx, new Date(birthDate)) : birthDate.slice(0, 4)) : '–',
    },
    {
      label: text.found.phone,
      value: phone ? (revealed ? phone : maskPhone(phone)) : '–',
      more: text.citizen.phoneStatuses[row.phone ?? 'none'] ?? '',
    },
    {
      label: text.found.commune,
      value: commune ? (names.get(commune) ?? commune) : text.found.unknown,
    },
    { label: text.citizen.factors, value: countFactors(ctx, factors) },
    { label: text.citizen.since, value: sayDay(ctx, row.created_at) },
  ];
}

function countFactors(ctx: SignedInVisit['ctx'], factors: Known['factors']): string {
  const count = (kind: string) => factors.filter((one) => one.kind === kind).length;
  return messagesFor(ctx.state.lang).console.citizens.citizen.factorCounts(count('pin'), count('passkey'));
}

function showHistory({ scope, ctx }: SignedInVisit, known: Known) {
  const messages = messagesFor(ctx.state.lang);
  const { citizen: text } = messages.console.citizens;
  const { methods, sessions } = messages.account;
  const nameOf = (clientId: string) => scope.registry.clientMetadata(clientId)?.client_name ?? clientId;
  return {
    verifications: known.verifications.map(({ method, status, verified_at, ended_at, end_reason }) => ({
      what: `${methods[method] ?? method}: ${text.verificationStatuses[status] ?? status}`,
      more: [
        sayWhen(ctx, verified_at),
        ended_at ? `– ${sayWhen(ctx, ended_at)}` : '',
        messages.account.ledger.reasons[end_reason ?? ''] ?? '',
      ]
        .filter(Boolean)
        .join(' '),
    })),
    cases: known.cases.map(({ kind, method, status, opened_at }) => ({
      what: [text.caseKinds[kind] ?? kind, methods[method ?? ''] ?? ''].filter(Boolean).join(', '),
      more: `${text.caseStatuses[status] ?? status}, ${sayWhen(ctx, opened_at)}`,
    })),
    sessions: {
      count: text.sessionCount(known.sessions.length),
      devices: known.devices.slice(0, 6).map(({ label, lastSeenAt }) => ({
        what: sayDevice(ctx, label) || sessions.unknown,
        more: text.devices(sayWhen(ctx, lastSeenAt)),
      })),
    },
    services: known.consents.slice(0, 8).map(({ clientId }) => {
      const used = known.uses.get(clientId);
      return { what: nameOf(clientId), more: used ? text.used(sayWhen(ctx, used)) : '' };
    }),
  };
}

async function showProposals(visit: SignedInVisit, opened: Opened, { ownFamily }: Known) {
  const { scope, ctx, officer } = visit;
  const messages = messagesFor(ctx.state.lang);
  const text = messages.console.citizens.citizen.proposals;
  const open = (await readProposals(visit)).filter(({ subject }) => subject === opened.citizen.id);
  return Promise.all(
    open.map(async ({ id, kind, reason, details, proposedBy, proposedAt }) => {
      const own = proposedBy === officer.id;
      const decides = hasRight(officer, 'citizens.decide') && !ownFamily;
      return {
        title: text.kinds[kind as (typeof fourEyes)[number]],
        asked: text.asked(
          (await findOfficer(scope.deps.db, proposedBy))?.name ?? '',
          sayWhen(ctx, proposedAt),
          messages.account.ledger.reasons[reason] ?? reason,
          details.reference ?? '',
        ),
        action: `${pathOf(opened)}/proposals/${id}`,
        mayAgree: decides && !own,
        mayRefuse: decides,
        own,
      };
    }),
  );
}

/** Why, for each act; the first is the commonest. */
export const actReasons = {
  suspend: ['takeover_suspected', 'misuse', 'citizen_asked', 'authority', 'deceased'],
  reinstate: ['cleared', 'mistake', 'citizen_asked'],
  end_sessions: ['takeover_suspected', 'citizen_asked', 'device_lost'],
  hold: ['person_in_doubt', 'takeover_suspected', 'citizen_asked', 'authority'],
  release: ['cleared', 'mistake'],
  revoke: ['wrong_person', 'forged', 'authority', 'citizen_asked'],
} as const satisfies Record<CitizenAct['name'], readonly string[]>;

/** What may be done about the account as it is now, by this officer. */
function possibleActs({ ctx, officer }: SignedInVisit, { account, row, verifications }: Known, path: string) {
  const messages = messagesFor(ctx.state.lang);
  const decides = hasRight(officer, 'citizens.decide');
  const active = verifications.some(({ status }) => status === 'active');
  const held = row.level2_held_at !== null;
  const usable: AccountState['status'] = account.status;
  const possible: Record<CitizenAct['name'], boolean> = {
    end_sessions: usable === 'active',
    hold: usable !== 'closed' && active && !held,
    suspend: usable === 'active' || (usable === 'suspended' && row.suspended_until !== null && decides),
    reinstate: usable === 'suspended' && decides,
    release: held && decides && usable !== 'closed',
    revoke: active && decides,
  };
  const { none, ...short } = messages.console.citizens.citizen.dayChoices;
  return (Object.keys(possible) as CitizenAct['name'][])
    .filter((name) => possible[name] && hasRight(officer, 'citizens.protect'))
    .map((name) => ({
      name,
      action: `${path}/${name.replace('_', '-')}`,
      reasons: Object.fromEntries(
        actReasons[name].map((code) => [code, messages.account.ledger.reasons[code] ?? code]),
      ),
      ...(name === 'suspend' ? { days: decides ? { ...short, none } : short } : {}),
    }));
}
