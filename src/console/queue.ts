/** The queue of cases, filtered and paged by key, and the button that takes the next one. */
import { z } from 'zod';
import {
  type ConsoleQueueProps,
  consoleQueuePage,
  type FilterGroup,
  type QueueLine,
} from '../../views/console-queue.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { sayTime, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { listUndoable } from '../officer/case-decisions.ts';
import {
  countQueue,
  listHeld,
  listQueue,
  type QueuedCase,
  type QueueFilter,
  type QueuePlace,
  takeNext,
} from '../officer/case-queue.ts';
import { findOfficer, listCommunes } from '../officer/officers.ts';
import { consoleProps, goTo, readFields, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

export const casesHref = '/console/cases';
const PAGE = 50;
const DAY_MS = 86_400_000;
const MOST_COUNTED = 1_000;
const ages = ['1', '3', '7'] as const;

const wish = z.object({
  method: z.enum(['chip', 'vneid']).optional().catch(undefined),
  reason: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional()
    .catch(undefined),
  commune: z
    .string()
    .regex(/^(\d{5}|none)$/)
    .optional()
    .catch(undefined),
  age: z.enum(ages).optional().catch(undefined),
});
type Wish = z.infer<typeof wish>;

export const queueRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/cases', { right: 'cases.work' }, showQueue),

  consoleRoute('post', '/cases/next', { right: 'cases.work' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const asked = readFields(visit, wish);
    const filter = filterOf(asked, scope.deps.clock());
    const id = await performAct(scope.deps, (act) => takeNext(act, officer, filter));
    goTo(ctx, id ? `${casesHref}/${id}` : withWish(asked, { fault: 'none_left' }));
  }),
];

async function showQueue(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const now = clock();
  const text = messagesFor(ctx.state.lang).console.cases;
  const asked = wish.parse(ctx.query);
  const given = { filter: filterOf(asked, now), after: readPlace(ctx.query.after), limit: PAGE + 1, now };
  const [found, held, undoable, total, communes] = await Promise.all([
    listQueue(db, officer, given),
    listHeld(db, officer, now),
    listUndoable(db, officer, now),
    countQueue(db, officer, MOST_COUNTED),
    listCommunes(db),
  ]);
  const names = new Map(communes.map(({ code, name }) => [code, name]));
  const shown = found.slice(0, PAGE);
  const last = found.length > PAGE ? shown.at(-1) : undefined;
  const line = await lineWriter(visit, names, [...shown, ...held]);
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  const reasons: Record<string, string> = text.decide.reasons;
  const props: ConsoleQueueProps = {
    page: consoleProps(visit),
    ...(done ? { done } : {}),
    ...(error ? { error } : {}),
    lead: sayTotal(ctx, total),
    ...(total.count > 0 ? { next: { action: `${casesHref}/next`, fields: sent(asked) } } : {}),
    held: held.map(line),
    undoable: undoable.map(({ id, caseId, outcome, reason, countsAt }) => ({
      href: `${casesHref}/${caseId}`,
      code: codeOf(caseId),
      what: `${text.decide.outcomes[outcome]}: ${reasons[reason] ?? reason}. ${text.undoHint(sayTime(countsAt))}`,
      undoAction: `/console/decisions/${id}/undo`,
    })),
    filters: filterGroups(visit, asked, names),
    filtered: Object.values(asked).some(Boolean),
    cases: shown.map(line),
    ...(last ? { nextHref: withWish(asked, { after: `${last.openedAt.getTime()}_${last.id}` }) } : {}),
  };
  sendPage(ctx, consoleQueuePage(props));
}

function sayTotal(ctx: Context, { count, oldest }: Awaited<ReturnType<typeof countQueue>>): string {
  const { queue } = messagesFor(ctx.state.lang).console.cases;
  if (!oldest) return queue.none;
  return queue.waiting(count < MOST_COUNTED ? String(count) : `${MOST_COUNTED}+`, sayWhen(ctx, oldest));
}

/** What a case is called where nobody's name may stand. */
export function codeOf(caseId: string): string {
  return caseId.slice(0, 8).toUpperCase();
}

async function lineWriter(
  { scope, ctx, officer }: SignedInVisit,
  names: ReadonlyMap<string, string>,
  cases: readonly QueuedCase[],
): Promise<(one: QueuedCase) => QueueLine> {
  const text = messagesFor(ctx.state.lang).console.cases;
  const now = scope.deps.clock();
  const holders = new Map<string, string>();
  for (const { heldBy } of cases) {
    if (heldBy && !holders.has(heldBy))
      holders.set(heldBy, (await findOfficer(scope.deps.db, heldBy))?.name ?? '');
  }
  return (one) => ({
    href: `${casesHref}/${one.id}`,
    code: codeOf(one.id),
    waited: sayWaited(ctx, now.getTime() - one.openedAt.getTime()),
    when: sayWhen(ctx, one.openedAt),
    why: sentenceFor(text.reasons, one.reason) ?? '',
    method: text.methods[one.method],
    where: one.commune ? (names.get(one.commune) ?? one.commune) : text.queue.noCommune,
    hasPhoto: one.hasPhoto,
    state:
      one.heldBy === officer.id
        ? text.queue.mine
        : one.heldBy
          ? text.queue.others(holders.get(one.heldBy) ?? '')
          : text.queue.free,
    taken: one.heldBy !== null && one.heldBy !== officer.id,
  });
}

function sayWaited(ctx: Context, ms: number): string {
  const { waited } = messagesFor(ctx.state.lang).console.cases.queue;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return waited.now;
  if (minutes < 60) return waited.minutes(minutes);
  return minutes < 48 * 60 ? waited.hours(Math.floor(minutes / 60)) : waited.days(Math.floor(minutes / 1440));
}

function filterGroups(
  { ctx, officer }: SignedInVisit,
  asked: Wish,
  names: ReadonlyMap<string, string>,
): FilterGroup[] {
  const text = messagesFor(ctx.state.lang).console.cases;
  const { queue } = text;
  const group = (name: string, key: keyof Wish, options: [string, string][]): FilterGroup => ({
    name,
    options: [[undefined, queue.all] as const, ...options].map(([value, label]) => ({
      label,
      href: withWish({ ...asked, [key]: value }),
      chosen: asked[key] === value,
    })),
  });
  const own = officer.communes.length > 0;
  const communes = [...names].filter(([code]) => !own || officer.communes.includes(code));
  const all: [string, string][] = own ? communes : [['none', queue.noCommune], ...communes];
  return [
    group(queue.reason, 'reason', Object.entries(text.reasons)),
    group(queue.age, 'age', Object.entries(queue.ages)),
    group(queue.method, 'method', Object.entries(text.methods)),
    ...(all.length > 1 ? [{ ...group(queue.commune, 'commune', all), many: true }] : []),
  ];
}

function filterOf({ method, reason, commune, age }: Wish, now: Date): QueueFilter {
  return {
    method,
    reason,
    commune,
    openedBefore: age && new Date(now.getTime() - Number(age) * DAY_MS),
  };
}

/** The filters that stand, as fields. */
function sent(asked: Wish): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
}

function withWish(asked: Wish, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...sent(asked), ...more }).toString();
  return query ? `${casesHref}?${query}` : casesHref;
}

function readPlace(text: unknown): QueuePlace | undefined {
  const match = typeof text === 'string' ? /^(\d{10,15})_([0-9a-f-]{36})$/.exec(text) : null;
  const id = z.uuid().safeParse(match?.[2]).data;
  return match && id ? { at: new Date(Number(match[1])), id } : undefined;
}
