/**
 * `npm run bench -- console [--scale 0.01] [--opens 200] [--keep FOLDER]`: every list and search of the console against a province's
 * database (1,000,000 accounts, 200,000 cases, 20,000,000 lines of the log), as an officer meets them: over HTTP, the
 * whole page. Goal: p95 at most 150 ms. Keeps the times, and the plan of every query, in bench/results.
 *
 * The database stands in the temporary folder (some 15 GB at full size) and is removed afterwards; or in a folder that is
 * kept, filled by the first run and measured by it and the next ones.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { findByName } from '../src/account/name-index.ts';
import { createApp } from '../src/app.ts';
import { chainStart, verifyPage } from '../src/audit/audit.ts';
import { keepDailyHeads } from '../src/audit/heads.ts';
import { readConfig } from '../src/config.ts';
import { openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import type { Deps } from '../src/deps.ts';
import { Keyring } from '../src/keyring.ts';
import { createLog } from '../src/log.ts';
import { rollUp } from '../src/reports/roll-up.ts';
import { rollUpUses } from '../src/reports/uses.ts';
import { codeOf, officerPassword } from '../src/sandbox/officers.ts';
import { seedSandbox } from '../src/sandbox/sandbox.ts';
import { testOfficer } from '../test/support/officer.ts';
import { Visitor } from '../test/support/visitor.ts';
import {
  makeProvince,
  makeRandom,
  nameOf,
  type Province,
  personalNumber,
  phoneNumber,
  seedProvince,
} from './console-seed.ts';
import { openStore } from './console-store.ts';
import { percentile } from './measure.ts';

const GOAL_MS = 150;
/** A scene that is slow is opened fewer times, but at least twenty. */
const SCENE_MS = 40_000;
const FULL = { accounts: 1_000_000, cases: 200_000, events: 20_000_000 };

type Query = { text: string; values: unknown[]; ms: number };
type Scene = { name: string; open: () => Promise<unknown> };
type Result = { scene: string; opens: number; p50: number; p95: number; queries: Query[] };

export async function benchConsole(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scale: { type: 'string', default: '1' },
      opens: { type: 'string', default: '200' },
      keep: { type: 'string' },
    },
  });
  const scale = Number(values.scale);
  const size = {
    accounts: Math.round(FULL.accounts * scale),
    cases: Math.round(FULL.cases * scale),
    events: Math.round(FULL.events * scale),
  };
  hearQueries();
  const store = await openStore(values.keep);
  const db = openDatabase(store.url);
  try {
    const deps = await makeDeps(db, store.key);
    await migrate(db, deps.clock());
    const province = makeProvince(size);
    if (!store.seeded) {
      await seedSandbox({ ...deps, clock: () => new Date(Date.now() - 366 * 24 * 3600 * 1000) });
      const tell = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
      await seedProvince({ db, keyring: deps.keyring, size, now: deps.clock(), tell }, province);
    }
    const once = store.seeded ? {} : await measureOnce(deps, size.events);
    await store.keep();
    const results = await withApp(deps, (issuer) => measureAll(deps, issuer, province, Number(values.opens)));
    await keep(store.url, size, once, results);
  } finally {
    await db.destroy();
    await store.stop();
  }
}

async function makeDeps(db: Deps['db'], key: Buffer): Promise<Deps> {
  const port = await new Promise<number>((settle) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => settle(port));
    });
  });
  const result = readConfig({ TNID_PORT: String(port) });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return {
    config: result.config,
    db,
    keyring: new Keyring([{ id: 1, key }]),
    log: createLog('error'),
    clock: () => new Date(),
    random: randomBytes,
    fetch: globalThis.fetch,
  };
}

/** What jobs do: the first count of everything, the heads of a year, and a stretch of the check. */
async function measureOnce({ db, clock }: Deps, events: number): Promise<Record<string, string>> {
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1000;
  };
  const counted = await timed(() => rollUp(db));
  await sql`VACUUM ANALYZE report_counts`.execute(db);
  const heads = await timed(() => keepDailyHeads(db, clock()));
  const stretch = Math.min(events, 500_000);
  let point = chainStart;
  const checked = await timed(async () => {
    while (point.seq < stretch) {
      const page = await verifyPage(db, point, 500);
      if (!page.ok) throw new Error(`the chain is broken behind ${page.point.seq}: ${page.fault}`);
      point = page.point;
    }
  });
  const rate = (lines: number, seconds: number) =>
    `${Math.round(lines / seconds).toLocaleString('en')} lines/s`;
  const used = await timed(() => rollUpUses(db));
  await sql`DELETE FROM account_uses WHERE used_day < current_date - 60`.execute(db);
  await sql`VACUUM ANALYZE account_uses`.execute(db);
  return {
    'last uses off the whole log': `${used.toFixed(0)} s (${rate(events, used)})`,
    'counting the whole log': `${counted.toFixed(0)} s (${rate(events, counted)})`,
    'heads of 365 days': `${heads.toFixed(1)} s`,
    'checking the chain, without rests': rate(stretch, checked),
  };
}

async function withApp<T>(deps: Deps, work: (issuer: string) => Promise<T>): Promise<T> {
  const app = await createApp(deps);
  const server = createServer(app.provider.callback());
  await new Promise<void>((settle) => server.listen(deps.config.port, '127.0.0.1', settle));
  try {
    return await work(deps.config.issuer);
  } finally {
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
    await app.close();
  }
}

async function signIn(deps: Deps, issuer: string): Promise<Visitor> {
  const officer = new Visitor();
  await officer.open(`${issuer}/console/sign-in`);
  await officer.submit('form-sign-in', { login: 'lien', password: officerPassword });
  await officer.submit('form-factor', { code: codeOf(testOfficer('lien'), deps.clock()) });
  if (officer.page.url !== `${issuer}/console`) throw new Error(`not signed in: ${officer.text}`);
  return officer;
}

function makeScenes(deps: Deps, officer: Visitor, issuer: string, province: Province): Scene[] {
  const random = makeRandom(7);
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const number = (most: number) => Math.floor(random() * most);
  const { accountIds, caseIds, officers, clients, size } = province;
  const at = (path: string) => async () => {
    const { status } = await officer.open(`${issuer}/console${path}`);
    if (status !== 200) throw new Error(`${path}: ${status}`);
  };
  const page = (name: string, path: () => string): Scene => ({ name, open: () => at(path())() });
  const audit = (name: string, query: () => Record<string, string>): Scene =>
    page(`log: ${name}`, () => `/audit?${new URLSearchParams(query())}`);
  const form = (name: string, who: () => string): Scene => ({
    name: `log: ${name}`,
    open: () =>
      officer.open(`${issuer}/console/audit`, {
        method: 'POST',
        body: new URLSearchParams({ who: who(), purpose: 'complaint' }),
        headers: { origin: issuer },
      }),
  });
  const search = (name: string, what: () => string): Scene => ({
    name: `citizens: ${name}`,
    open: async () => {
      await at('/citizens')();
      await officer.submit('form-find', { what: what(), purpose: 'citizen_asks' });
      if (!officer.page.url.includes('/looks/')) throw new Error(officer.text);
    },
  });
  const why = { purpose: 'complaint' };
  const clock = (back: number) =>
    new Date(Date.now() + 7 * 3600_000 - back * 24 * 3600_000).toISOString().slice(0, 16);
  const week = () => {
    const back = 8 + number(350);
    return { from: clock(back), until: clock(back - 7) };
  };
  const reports = ['sign-ins', 'verified', 'times', 'refusals', 'step-ups', 'lockouts', 'upstreams'];
  const days = (count: number) => `from=${clock(count - 1).slice(0, 10)}&until=${clock(0).slice(0, 10)}`;
  return [
    page('start page', () => ''),
    page('queue', () => '/cases'),
    page('queue, one way', () => '/cases?method=chip'),
    page('queue, rare reason', () => '/cases?reason=name_differs'),
    page('queue, commune', () => `/cases?commune=${any(['99001', '99002', 'none'])}`),
    page('queue, waiting for a week', () => '/cases?age=7'),
    page('queue, anywhere', () => `/cases?after=${Date.now() - number(365) * 24 * 3600_000}_${any(caseIds)}`),
    // Every hundredth case waits.
    page('case', () => `/cases/${caseIds[100 * number(Math.ceil(size.cases / 100))]}`),
    page('duplicates', () => '/duplicates'),
    page('re-audits', () => '/re-audits'),
    page('desk', () => '/desk'),
    page('officers', () => `/officers?after=cb${number(350)}`),
    audit('newest', () => ({ all: '1' })),
    audit('anywhere', () => ({ before: String(1 + number(size.events)) })),
    audit('account', () => ({ account: any(accountIds), ...why })),
    audit('busiest account', () => ({ account: accountIds[0] ?? '', ...why })),
    audit('busiest account, rare event', () => ({
      account: accountIds[0] ?? '',
      event: 'client.changed',
      ...why,
    })),
    audit('account, week', () => ({ account: any(accountIds), ...week(), ...why })),
    form('personal number', () => personalNumber(number(size.cases))),
    form('phone', () => phoneNumber(number(size.accounts))),
    audit('case', () => ({ case: any(caseIds), ...why })),
    audit('officer', () => ({ officer: any(officers).login })),
    audit('officer, week', () => ({ officer: any(officers).login, ...week() })),
    audit('officer, event', () => ({ officer: any(officers).login, event: 'case.decided' })),
    audit('officer, event that they never did', () => ({
      officer: any(officers).login,
      event: 'sign_in.succeeded',
    })),
    audit('common event', () => ({ event: 'sign_in.succeeded' })),
    audit('common event, week', () => ({ event: 'sign_in.succeeded', ...week() })),
    audit('rare event', () => ({ event: 'client.changed' })),
    audit('rare event, week', () => ({ event: 'client.changed', ...week() })),
    audit('event that never was', () => ({ event: 'keys.rotated' })),
    audit('week', () => week()),
    audit('app', () => ({ client: any(clients) })),
    audit('app, rare event', () => ({ client: any(clients), event: 'client.changed' })),
    audit('app, event, week', () => ({ client: any(clients), event: 'step_up.declined', ...week() })),
    audit('app, event of the busiest account', () => ({
      account: accountIds[0] ?? '',
      client: any(clients),
      event: 'consent.granted',
      ...why,
    })),
    page('check of the log', () => '/audit/chain'),
    page('reports, 30 days', () => `/reports?${days(30)}`),
    page('reports, 365 days', () => `/reports?${days(365)}`),
    ...reports.map((kind) => page(`report ${kind}, 365 days`, () => `/reports/${kind}?${days(365)}`)),
    search('personal number', () => personalNumber(number(size.cases))),
    search('phone', () => phoneNumber(number(size.accounts)).replace('+84', '0')),
    search('name', () => nameOf(number(size.accounts))),
    {
      name: 'citizen',
      open: async () => {
        await search('', () => personalNumber(number(size.cases))).open();
        return at(/\/console(\/citizens\/looks\/[\w-]+\/[\w-]+)/.exec(officer.page.html)?.[1] ?? '/none')();
      },
    },
    page('reports "not me"', () => '/not-me'),
    page('clients', () => '/clients'),
    page('what if an app asked for level2', () => `/what-if?of=client:${any(clients.slice(5))}`),
    {
      name: 'name, three words',
      open: () => findByName(deps.db, deps.keyring, { name: nameOf(number(size.accounts)), limit: 20 }),
    },
    {
      name: 'name, two frequent words',
      open: () => findByName(deps.db, deps.keyring, { name: 'nguyen van', limit: 20 }),
    },
  ];
}

async function measureAll(deps: Deps, issuer: string, province: Province, opens: number): Promise<Result[]> {
  const officer = await signIn(deps, issuer);
  const results: Result[] = [];
  for (const scene of makeScenes(deps, officer, issuer, province)) {
    const heard = listen();
    const times: number[] = [];
    await scene.open();
    const end = performance.now() + SCENE_MS;
    for (let turn = 0; turn < opens && (turn < 20 || performance.now() < end); turn += 1) {
      const began = performance.now();
      await scene.open();
      times.push(performance.now() - began);
    }
    const queries = heard.stop();
    const result = {
      scene: scene.name,
      opens: times.length,
      p50: percentile(times, 0.5),
      p95: percentile(times, 0.95),
      queries,
    };
    results.push(result);
    console.log(`${scene.name.padEnd(42)} p50 ${result.p50.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms`);
  }
  return results;
}

/** Where what is heard goes; undefined: nobody listens. */
let slowest: Map<string, Query> | undefined;

/** Hears every query of this process from now on: to be called before a connection is made, which keeps what it finds. */
function hearQueries(): void {
  const usual = pg.Client.prototype.query;
  pg.Client.prototype.query = function heard(this: pg.Client, ...given: unknown[]) {
    const began = performance.now();
    const answer = Reflect.apply(usual, this, given) as unknown;
    const [first, second] = given as [string | { text?: string; values?: unknown[] }, unknown];
    const text = typeof first === 'string' ? first : first.text;
    const values = typeof first === 'string' ? second : first.values;
    const into = slowest;
    if (into && text && answer instanceof Promise) {
      const note = () => {
        const ms = performance.now() - began;
        if (ms > (into.get(text)?.ms ?? 0))
          into.set(text, { text, values: Array.isArray(values) ? values : [], ms });
      };
      answer.then(note, () => {});
    }
    return answer;
  } as typeof usual;
}

/** Of each query the time it took longest. The jobs' own are left out. */
function listen(): { stop: () => Query[] } {
  const heard = new Map<string, Query>();
  slowest = heard;
  return {
    stop: () => {
      slowest = undefined;
      return [...heard.values()].filter(
        ({ text }) => /^\s*(select|with)\b/i.test(text) && !/graphile|\b(update|insert|delete)\b/i.test(text),
      );
    },
  };
}

async function keep(
  url: string,
  size: Record<string, number>,
  once: Record<string, string>,
  results: readonly Result[],
): Promise<void> {
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const plans = await explainAll(url, results);
  writeFileSync(new URL('console-plans.txt', folder), plans.text);
  const rows = results.map(({ scene, opens, p50, p95, queries }) => ({
    scene,
    opens,
    p50: Number(p50.toFixed(1)),
    p95: Number(p95.toFixed(1)),
    queries: queries.length,
    slowest: Number(Math.max(0, ...queries.map(({ ms }) => ms)).toFixed(1)),
    alone: plans.slowest.get(scene) ?? 0,
  }));
  console.table(rows);
  console.table(once);
  const missed = rows.filter(({ p95 }) => p95 > GOAL_MS);
  console.log(missed.length > 0 ? `above ${GOAL_MS} ms: ${missed.length}` : `all within ${GOAL_MS} ms`);
  const machine = {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    date: new Date().toISOString(),
  };
  const result = { machine, size, goal: GOAL_MS, once, rows };
  writeFileSync(new URL('console.json', folder), `${JSON.stringify(result, undefined, 2)}\n`);
}

/**
 * The plan of every query, with the values for which it took longest, under the scene it was heard in; and how long the
 * slowest of a scene takes now that nobody else asks.
 */
async function explainAll(url: string, results: readonly Result[]) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const parts: string[] = [];
  const slowest = new Map<string, number>();
  for (const { scene, queries } of results) {
    parts.push(`${'='.repeat(100)}\n${scene}`);
    for (const { text, values, ms } of queries) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
      const plan = rows.map((row) => Object.values(row as object)[0]).join('\n');
      const alone = Number(/Execution Time: ([\d.]+) ms/.exec(plan)?.[1] ?? 0);
      slowest.set(scene, Math.max(slowest.get(scene) ?? 0, Number(alone.toFixed(1))));
      parts.push(`${text.trim()}\n-- ${ms.toFixed(1)} ms at most, waiting for its turn included\n${plan}`);
    }
  }
  await client.end();
  return { text: `${parts.join('\n\n')}\n`, slowest };
}
