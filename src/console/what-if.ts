/**
 * What if: whom a higher level would stop, counted over 30 days; the page says as of when. Outside the console small
 * counts are not told.
 */
import { z } from 'zod';
import { sayNumber } from '../../views/chart.ts';
import { consoleWhatIfPage, type WhatIfRow } from '../../views/console-what-if.ts';
import { messagesFor } from '../../views/messages.ts';
import { toCsv } from '../audit/csv.ts';
import { sayWhen, sendPage } from '../http/page.ts';
import { listCommunes } from '../officer/officers.ts';
import { listEntries } from '../registry/entries.ts';
import { told } from '../reports/reports.ts';
import { ageBands, type Fates, type Raised, readWhatIf, type WhatIf } from '../reports/what-if.ts';
import { consoleProps, goTo, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type Rule, type SignedInVisit } from './rights.ts';

const page = '/console/what-if';
const see = { right: 'clients.see' } as const satisfies Rule;
const choice = z.string().max(260);

export const whatIfRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/what-if', see, show),
  consoleRoute('post', '/what-if', see, async (visit) => {
    const { of } = readFields(visit, z.object({ of: choice }));
    goTo(visit.ctx, `${page}?of=${encodeURIComponent(of)}`);
  }),
  consoleRoute('get', '/what-if/csv', see, sendCsv),
];

async function show(visit: SignedInVisit): Promise<void> {
  const { scope, ctx } = visit;
  const text = messagesFor(ctx.state.lang).console.clients.what;
  const { choices, raised } = await readChoices(visit);
  const [result, communes] = await Promise.all([
    raised && readWhatIf(scope.deps.db, raised),
    listCommunes(scope.deps.db),
  ]);
  const names = new Map(communes.map(({ code, name }) => [code, name]));
  const missing = result ? text.none : text.notYet;
  sendPage(
    ctx,
    consoleWhatIfPage({
      page: consoleProps(visit),
      choices,
      ...(result ? { asOf: text.asOf(sayWhen(ctx, result.asOf)) } : {}),
      ...(raised && !result?.users ? { nothing: missing } : {}),
      ...(result && result.users > 0
        ? {
            result: {
              users: say(ctx, result.users),
              groups: (['fine', 'step', 'stopped'] as const).map((fate) => ({
                label: text.groups[fate],
                count: say(ctx, result[fate]),
                share: text.share(percent(ctx, result[fate] / result.users)),
              })),
              ages: inOrder(result).map((row) => rowOf(ctx, text.bands[row.key] ?? row.key, row)),
              communes: result.communes.map((row) => rowOf(ctx, names.get(row.key) ?? text.unknown, row)),
              csvHref: `${page}/csv?of=${encodeURIComponent(String(ctx.query.of))}`,
            },
          }
        : {}),
      action: page,
      backHref: '/console/clients',
    }),
  );
}

async function sendCsv(visit: SignedInVisit): Promise<void> {
  const { scope, ctx } = visit;
  const text = messagesFor(ctx.state.lang).console.clients.what;
  const { raised } = await readChoices(visit);
  if (!raised) return goTo(ctx, page);
  const result = await readWhatIf(scope.deps.db, raised);
  if (!result) return goTo(ctx, `${page}?of=${encodeURIComponent(`${raised.kind}:${raised.id}`)}`);
  const names = new Map((await listCommunes(scope.deps.db)).map(({ code, name }) => [code, name]));
  const line = (kind: string, label: string, row: Fates) => [
    kind,
    label,
    told(row.users),
    told(row.fine),
    told(row.step),
    told(row.stopped),
  ];
  const { groups } = text;
  ctx.type = 'text/csv';
  ctx.set('Content-Disposition', 'attachment; filename="what-if.csv"');
  ctx.body = toCsv(
    ['', '', text.users, groups.fine, groups.step, groups.stopped],
    [
      line(text.counted, result.asOf.toISOString(), result),
      ...inOrder(result).map((row) => line(text.age, text.bands[row.key] ?? row.key, row)),
      ...result.communes.map((row) => line(text.commune, names.get(row.key) ?? text.unknown, row)),
    ],
  );
}

/** Everything that could be raised, and what was chosen of it. */
async function readChoices({ scope, ctx }: SignedInVisit) {
  const { kinds } = messagesFor(ctx.state.lang).console.clients.what;
  const { clients, services } = await listEntries(scope.deps.db);
  const asked = choice.safeParse(ctx.query.of).data;
  let raised: Raised | undefined;
  const option = (kind: Raised['kind'], id: string, label: string) => {
    const chosen = asked === `${kind}:${id}`;
    if (chosen) raised = { kind, id };
    return { value: `${kind}:${id}`, label, chosen };
  };
  const { lang } = ctx.state;
  const choices = [
    {
      label: kinds.client,
      options: clients
        .filter((one) => !one.disabled && one.minimum_level === 'level1')
        .map((one) => option('client', one.client_id, one.name[lang])),
    },
    {
      label: kinds.service,
      options: services
        .filter((one) => !one.disabled && one.scopes.length > 0)
        .map((one) => option('service', one.resource, one.name[lang])),
    },
    {
      label: kinds.scope,
      options: services.flatMap((one) =>
        one.scopes
          .filter(({ level }) => level === 'level1')
          .map(({ name, description }) => option('scope', name, `${name}: ${description[lang]}`)),
      ),
    },
  ];
  return { choices: choices.filter(({ options }) => options.length > 0), raised };
}

function inOrder({ ages }: WhatIf) {
  return ageBands.flatMap((band) => ages.filter(({ key }) => key === band));
}

function rowOf(ctx: SignedInVisit['ctx'], label: string, row: Fates): WhatIfRow {
  return {
    label,
    users: say(ctx, row.users),
    fine: say(ctx, row.fine),
    step: say(ctx, row.step),
    stopped: say(ctx, row.stopped),
    share: row.users > 0 ? Math.round((row.stopped / row.users) * 100) : 0,
  };
}

function say(ctx: SignedInVisit['ctx'], value: number): string {
  return sayNumber(ctx.state.lang, value);
}

function percent(ctx: SignedInVisit['ctx'], share: number): string {
  return new Intl.NumberFormat(ctx.state.lang, { style: 'percent' }).format(share);
}
