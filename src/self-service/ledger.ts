/** The ledger: every line of the audit chain about this citizen, and how often each service asked, by day. */
import Router from '@koa/router';
import { accountAskedPage, accountLedgerPage } from '../../views/account-ledger.ts';
import type { LedgerEvent } from '../../views/i18n/vi-account.ts';
import { messagesFor } from '../../views/messages.ts';
import { type LedgerEntry, readLedger } from '../audit/ledger.ts';
import { pageProps, sayDay, sayTime, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { addDays, dayInVietnam, startOfDay } from '../http/vietnam-day.ts';
import { listAsked, wasAskedBefore } from '../oidc/introspection-counts.ts';
import type { Registry } from '../registry/registry.ts';
import { requireCitizen, type Scope } from './citizen.ts';

const page = '/account/ledger';
const ENTRIES = 15;
const DAYS = 31;

export function ledgerRoutes(scope: Scope): Router {
  const { deps, registry } = scope;
  const router = new Router({ prefix: page });

  router.get('/', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const before = readSeq(ctx.query.before);
    // One more than is shown tells whether there is more.
    const found = await readLedger(deps.db, citizen.accountId, { before, limit: ENTRIES + 1 });
    const shown = found.slice(0, ENTRIES);
    const oldest = shown.at(-1)?.seq;
    sendPage(
      ctx,
      accountLedgerPage({
        page: pageProps(ctx),
        days: byDay(ctx, registry, shown),
        askedHref: `${page}/asked`,
        ...(found.length > ENTRIES ? { olderHref: `${page}?before=${oldest}` } : {}),
        ...(before === undefined ? {} : { newestHref: page }),
      }),
    );
  });

  router.get('/asked', async (ctx: Context) => {
    const citizen = await requireCitizen(scope, ctx);
    if (!citizen) return;
    const until = readDay(ctx.query.before) ?? addDays(dayInVietnam(deps.clock()), 1);
    const from = addDays(until, -DAYS);
    const [asked, more] = await Promise.all([
      listAsked(deps, citizen.accountId, { from, until }),
      wasAskedBefore(deps, citizen.accountId, from),
    ]);
    const text = messagesFor(ctx.state.lang).account.ledger;
    const days = [...new Set(asked.map(({ day }) => day))];
    sendPage(
      ctx,
      accountAskedPage({
        page: pageProps(ctx),
        days: days.map((day) => ({
          day: sayDay(ctx, startOfDay(day)),
          lines: asked
            .filter((one) => one.day === day)
            .map(({ clientId, count }) => `${nameOf(ctx, registry, clientId)}: ${text.askedTimes(count)}`),
        })),
        ledgerHref: page,
        ...(more ? { olderHref: `${page}/asked?before=${from}` } : {}),
      }),
    );
  });
  return router;
}

/** The number of an entry, as it stands in addresses. */
export function readSeq(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^[1-9]\d{0,17}$/.test(value) ? BigInt(value) : undefined;
}

function readDay(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^20\d\d-[01]\d-[0-3]\d$/.test(value)) return undefined;
  return Number.isNaN(Date.parse(value)) ? undefined : value;
}

/** One entry in the citizen's words; undefined for what has no sentence. */
export function sayEntry(ctx: Context, registry: Registry, { event }: LedgerEntry): string | undefined {
  const { ledger, methods } = messagesFor(ctx.state.lang).account;
  const { client, method, kind, purpose, note, part, count, act, reason, reference } =
    event as unknown as Record<string, string | undefined>;
  const how = method ?? kind ?? '';
  // A line of another version may be of a kind that this one does not know.
  const sentence = ledger.events[event.event as LedgerEvent] as
    | (typeof ledger.events)[LedgerEvent]
    | undefined;
  return sentence?.({
    client: nameOf(ctx, registry, client),
    method: methods[how] ?? how,
    purpose: [ledger.purposes[purpose ?? ''] ?? purpose, note].filter(Boolean).join('; '),
    count: Number(count ?? 0),
    part: part ?? '',
    act: ledger.acts[act ?? ''] ?? act ?? '',
    reason: ledger.reasons[reason ?? ''] ?? reason ?? '',
    reference: reference ?? '',
  });
}

function nameOf(ctx: Context, registry: Registry, clientId: string | undefined): string {
  const { somebody } = messagesFor(ctx.state.lang).account.ledger;
  if (!clientId) return somebody;
  return registry.clientName(clientId, ctx.state.lang) ?? somebody;
}

function byDay(ctx: Context, registry: Registry, entries: readonly LedgerEntry[]) {
  const days: { day: string; entries: { time: string; text: string; notMeHref: string }[] }[] = [];
  for (const entry of entries) {
    const text = sayEntry(ctx, registry, entry);
    if (!text) continue;
    const day = sayDay(ctx, entry.at);
    if (days.at(-1)?.day !== day) days.push({ day, entries: [] });
    days.at(-1)?.entries.push({ time: sayTime(entry.at), text, notMeHref: `${page}/${entry.seq}/not-me` });
  }
  return days;
}
