/** The desk: the list, and a visit as it stands. What is done there stands in desk-acts.ts. */
import { z } from 'zod';
import {
  type ConsoleVisitProps,
  consoleDeskPage,
  consoleVisitPage,
  type VisitStep,
} from '../../views/console-desk.ts';
import { messagesFor } from '../../views/messages.ts';
import { AppError } from '../errors.ts';
import { sayTime, sayWhen, scriptHref, sendPage } from '../http/page.ts';
import { allowScript } from '../http/security-headers.ts';
import { findConflict } from '../officer/household.ts';
import { covers, findOfficer, listCommunes } from '../officer/officers.ts';
import {
  type DeskVisit,
  findVisit,
  isOpen,
  listSeenVisits,
  listVisits,
} from '../verification/desk-visits.ts';
import { codeOf, findReadingOfVisit, type Reading } from '../verification/readings.ts';
import { findSlipOfCase } from '../verification/slips.ts';
import { lookAtPerson, sendPortrait } from './case-person.ts';
import { consoleProps, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

export const desk = '/console/desk';
const MINE = 20;
const WAITING = 50;

export const deskRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/desk', { right: 'desk.work' }, showDesk),
  consoleRoute('get', '/desk/:id', { right: 'desk.work' }, async (visit) => {
    await showVisit(visit, await readVisit(visit));
  }),
  consoleRoute('get', '/desk/:id/status', { right: 'desk.work', quiet: true }, async (visit) => {
    const { scope, ctx } = visit;
    const found = await readVisit(visit);
    const name = nameStep(found, await readingOf(visit, found), scope.deps.clock());
    // The code is on the page alone, so for us a link that waits is an account that is not chosen.
    const waited = ctx.query.step === 'link' ? 'account' : ctx.query.step;
    ctx.body = { status: name === waited ? 'waiting' : 'changed' };
  }),
  consoleRoute('get', '/desk/:id/portrait', { right: 'desk.work' }, async (visit) => {
    const { accountId, caseId } = await readVisit(visit);
    if (!accountId || !caseId) throw new AppError('not_found');
    await sendPortrait(visit, { accountId, caseId, purpose: 'desk_visit' });
  }),
];

/** A visit that this officer may see: their own, or one they may be the second officer of. */
export async function readVisit(visit: SignedInVisit): Promise<DeskVisit> {
  const { scope, ctx, officer } = visit;
  const id = z.uuid().safeParse(ctx.params.id).data;
  const found = id && (await findVisit(scope.deps.db, id));
  const may = found && (found.officerId === officer.id || (await maySecond(visit, found)));
  if (!may) throw new AppError('not_found', { backHref: desk });
  return found;
}

/** Whether this officer may be the second one: charged with the commune, and not of the household. */
export async function maySecond({ scope, officer }: SignedInVisit, found: DeskVisit): Promise<boolean> {
  if (found.officerId === officer.id || !found.seenAt || !found.caseId) return false;
  if (!covers(officer.communes, found.commune ? [found.commune] : [])) return false;
  return (await findConflict(scope.deps.db, officer.id, found.caseId)) === undefined;
}

/** Visits that wait for this officer's yes. */
export async function listForSecond(visit: SignedInVisit): Promise<DeskVisit[]> {
  const seen = await listSeenVisits(visit.scope.deps.db, WAITING);
  const may = await Promise.all(seen.map((one) => maySecond(visit, one)));
  return seen.filter((_, index) => may[index]);
}

async function showDesk(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk;
  const communes = await listCommunes(db);
  const names = new Map(communes.map(({ code, name }) => [code, name]));
  const [mine, second] = [await listVisits(db, officer.id, MINE), await listForSecond(visit)];
  const openers = await Promise.all(second.map(({ officerId }) => findOfficer(db, officerId)));
  const states = await Promise.all(
    mine.map(async (one) => stateOf(nameStep(one, await readingOf(visit, one), clock()), one)),
  );
  const done = sentenceFor(text.visit.done, ctx.query.done);
  const error = sentenceFor(text.visit.faults, ctx.query.fault);
  sendPage(
    ctx,
    consoleDeskPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      start: {
        action: desk,
        communes: communes
          .filter(({ code }) => covers(officer.communes, [code]))
          .map(({ code, name }) => ({ value: code, label: name })),
      },
      waiting: second.map((one, index) => ({
        href: `${desk}/${one.id}`,
        text: text.list.seen(
          openers[index]?.name ?? '',
          sayWhen(ctx, one.seenAt ?? one.startedAt),
          one.commune ? `, ${names.get(one.commune) ?? one.commune}` : '',
        ),
      })),
      mine: mine.map((one, index) => ({
        href: `${desk}/${one.id}`,
        text: text.list.started(sayWhen(ctx, one.startedAt)),
        state: text.list.states[states[index] ?? 'ended'],
      })),
    }),
  );
}

type StepName = Exclude<VisitStep['step'], 'link' | 'decide'>;

/** Where a visit stands, for the officer who has it. */
function nameStep(found: DeskVisit, reading: Reading | undefined, now: Date): StepName {
  const { caseStatus } = found;
  if (caseStatus === 'approved' || !isOpen(found, now)) return 'end';
  if (!found.accountId) return found.linkNumber ? 'answered' : 'account';
  if (reading?.status === 'waiting') return 'reading';
  if (caseStatus === 'submitted' || caseStatus === 'in_review') return found.seenAt ? 'second' : 'face';
  // The rule refused it: another card, or the same one once a supervisor has decided, may be read.
  if (caseStatus === 'rejected' && !found.seenAt && reading?.status === 'refused') return 'card';
  if (caseStatus !== null || reading?.status === 'approved') return 'end';
  return 'card';
}

function stateOf(step: StepName, found: DeskVisit) {
  if (step === 'end')
    return found.caseStatus === 'approved'
      ? 'approved'
      : found.caseStatus === 'rejected'
        ? 'refused'
        : 'ended';
  if (step === 'answered') return 'account';
  return step === 'reading' ? 'card' : step;
}

function readingOf({ scope }: SignedInVisit, { id }: DeskVisit): Promise<Reading | undefined> {
  return findReadingOfVisit(scope.deps.db, id, scope.deps.clock());
}

/** Sends the page of a visit; `link`: the step that was just made and is kept nowhere. */
export async function showVisit(
  visit: SignedInVisit,
  found: DeskVisit,
  link?: Extract<VisitStep, { step: 'link' }>,
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { config } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk;
  const base = `${desk}/${found.id}`;
  const own = found.officerId === officer.id;
  const now = link ?? (await readStep(visit, found, base));
  const waits = now.step === 'link' || now.step === 'reading' || now.step === 'second';
  if (waits) allowScript(ctx, config);
  const done = sentenceFor(text.visit.done, ctx.query.done);
  const error = sentenceFor(text.visit.faults, ctx.query.fault);
  sendPage(
    ctx,
    consoleVisitPage({
      page: consoleProps(visit),
      title: text.visit.title(sayTime(found.startedAt)),
      where: (await placeOf(visit, found)) ?? messagesFor(ctx.state.lang).console.wholeProvince,
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      steps: sayProgress(visit, found, now),
      now,
      listHref: desk,
      ...(own && now.step !== 'end' ? { cancelAction: `${base}/cancel` } : {}),
      ...(waits
        ? { wait: { statusHref: `${base}/status?step=${now.step}`, nextHref: base, scriptHref } }
        : {}),
    }),
  );
}

/** Where a visit takes place, in words. */
async function placeOf({ scope }: SignedInVisit, { commune }: DeskVisit): Promise<string | undefined> {
  if (!commune) return undefined;
  const all = await listCommunes(scope.deps.db);
  return all.find(({ code }) => code === commune)?.name ?? commune;
}

async function readStep(visit: SignedInVisit, found: DeskVisit, base: string): Promise<VisitStep> {
  const { scope, ctx, officer } = visit;
  const { config, keyring, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk.visit;
  const reading = await readingOf(visit, found);
  const name = nameStep(found, reading, clock());
  if (name === 'account') {
    const until = found.codeUntil && found.codeUntil > clock() ? found.codeUntil : undefined;
    return {
      ...{ step: name, base, signsIn: found.numberShown },
      phones: config.zns?.templates.desk_code !== undefined,
      ...(until ? { codeLead: text.account.codeLead(sayTime(until)) } : {}),
    };
  }
  if (name === 'answered') return { step: name, base, number: found.linkNumber ?? '' };
  if (name === 'card') {
    const refused = reading?.reason ? sentenceFor(text.faults, reading.reason) : undefined;
    return { step: name, base, ...(refused ? { refused } : {}) };
  }
  if (name === 'reading' && reading) {
    const code = codeOf(keyring, reading.id);
    const readerHref = config.deskReaderUrl?.replace('{code}', code);
    return { step: name, base, code, ...(readerHref ? { readerHref } : {}) };
  }
  const { accountId, caseId } = found;
  if (name === 'end' || !accountId || !caseId) return readEnd(visit, found, base);
  const look = { accountId, caseId, purpose: 'desk_visit', portraitHref: `${base}/portrait` } as const;
  const person = await lookAtPerson(visit, look);
  if (!person) return readEnd(visit, found, base);
  if (found.officerId !== officer.id) {
    const opener = await findOfficer(scope.deps.db, found.officerId);
    return { step: 'decide', base, person, lead: text.second.decideLead(opener?.name ?? '') };
  }
  if (name === 'face') return { step: 'face', base, person };
  return { step: 'second', person, lead: text.second.lead };
}

async function readEnd(
  { scope, ctx, officer }: SignedInVisit,
  found: DeskVisit,
  base: string,
): Promise<VisitStep> {
  const { db, keyring } = scope.deps;
  const { result, card } = messagesFor(ctx.state.lang).desk.visit;
  const { caseId, caseStatus, caseReason } = found;
  if (caseStatus === 'approved' && caseId) {
    const slip = await findSlipOfCase(db, keyring, caseId);
    const own = found.officerId === officer.id;
    return {
      ...{ step: 'end', good: true, says: result.approved },
      ...(own ? { next: found.way === 'zalo' ? result.pin : result.noSignIn } : {}),
      ...(own && (slip ? { slipHref: `${base}/slip` } : { slipAction: `${base}/slip` })),
    };
  }
  if (caseStatus === null && found.accountId && found.endedAt === null)
    return { step: 'end', good: true, says: card.approved };
  const says = caseStatus === 'rejected' ? result.refused : result.ended;
  const next = caseReason === 'duplicate_person' ? { next: result.duplicate } : {};
  return { step: 'end', good: false, says, ...next };
}

function sayProgress({ ctx }: SignedInVisit, found: DeskVisit, now: VisitStep): ConsoleVisitProps['steps'] {
  const { steps, ways } = messagesFor(ctx.state.lang).desk.visit;
  const names = ['account', 'card', 'face', 'second'] as const;
  const places: Record<VisitStep['step'], number> = {
    ...{ account: 0, link: 0, answered: 0, card: 1, reading: 1, face: 2, second: 3, decide: 3 },
    end: found.caseStatus === 'approved' ? names.length : found.seenAt ? 3 : found.caseId ? 2 : 1,
  };
  const at = places[now.step];
  return names.map((name, index) => ({
    label: steps[name],
    state: index < at ? 'done' : index === at && now.step !== 'end' ? 'now' : 'later',
    ...(name === 'account' && found.way ? { note: ways[found.way] } : {}),
  }));
}
