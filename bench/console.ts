/**
 * `npm run bench -- console [--scale 0.01] [--opens 200] [--only <part of a scene's name>] [--keep FOLDER [--fill]]`:
 * every list and search of the console against a province's database (1,000,000 accounts, 200,000 cases, 20,000,000 lines
 * of the log), as an officer meets them: over HTTP, the whole page. Goal: p95 at most 150 ms. Keeps the times, and the plan
 * of every query, in bench/results.
 *
 * The database stands in the temporary folder (some 15 GB at full size) and is removed afterwards; or in a folder that is
 * kept, filled by the first run (`--fill`: and no more) and measured by it and the next ones.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { createApp } from '../src/app.ts';
import { chainStart, verifyPage } from '../src/audit/audit.ts';
import { keepDailyHeads } from '../src/audit/heads.ts';
import { readConfig } from '../src/config.ts';
import { openDatabase, UNLIMITED } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import type { Deps } from '../src/deps.ts';
import { Keyring } from '../src/keyring.ts';
import { createLog } from '../src/log.ts';
import { closeCaseDays } from '../src/reports/case-times.ts';
import { rollUp } from '../src/reports/roll-up.ts';
import { rollUpUses } from '../src/reports/uses.ts';
import { countWhatIf } from '../src/reports/what-if.ts';
import { codeOf, officerPassword } from '../src/sandbox/officers.ts';
import { seedSandbox } from '../src/sandbox/sandbox.ts';
import { testOfficer } from '../test/support/officer.ts';
import { Visitor } from '../test/support/visitor.ts';
import { makeScenes } from './console-scenes.ts';
import { makeProvince, type Province, seedProvince } from './console-seed.ts';
import { openStore } from './console-store.ts';
import { percentile } from './measure.ts';

const GOAL_MS = 150;
/** A scene that is slow is opened fewer times, but at least twenty. */
const SCENE_MS = 40_000;
const FULL = { accounts: 1_000_000, cases: 200_000, events: 20_000_000 };

type Query = { text: string; values: unknown[]; ms: number };
type Result = { scene: string; opens: number; p50: number; p95: number; queries: Query[] };

export async function benchConsole(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scale: { type: 'string', default: '1' },
      opens: { type: 'string', default: '200' },
      keep: { type: 'string' },
      fill: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
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
  const db = openDatabase(store.url, 10, UNLIMITED);
  try {
    const deps = await makeDeps(db, store.key);
    await migrate(db, deps.clock());
    const province = makeProvince(size);
    if (!store.seeded) {
      await seedSandbox({ ...deps, clock: () => new Date(Date.now() - 366 * 24 * 3600 * 1000) });
      const tell = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
      await seedProvince({ db, keyring: deps.keyring, size, now: deps.clock(), tell }, province);
    }
    const once = {
      ...(store.seeded ? {} : await measureOnce(deps, size.events)),
      ...(await measureJobs(deps)),
    };
    await store.keep();
    if (values.fill) return console.table(once);
    const results = await withApp(deps, (issuer) =>
      measureAll(deps, issuer, province, { opens: Number(values.opens), only: new RegExp(values.only) }),
    );
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

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** What jobs do again and again, for the whole province. */
async function measureJobs(deps: Deps): Promise<Record<string, string>> {
  // A year of approvals at once would be drawn from while pages are measured.
  await sql`UPDATE re_audit_head SET seq = audit_head.seq FROM audit_head`.execute(deps.db);
  const closed = await timed(() => closeCaseDays(deps));
  const counted = await timed(() => countWhatIf(deps, 0));
  await sql`VACUUM ANALYZE what_if_counts, case_times, report_days, report_months`.execute(deps.db);
  return {
    'closing the days of all cases, or the last one': `${closed.toFixed(1)} s`,
    'what if, of every app, service and scope': `${counted.toFixed(1)} s`,
  };
}

/** What jobs do at first: the count of everything, the heads of a year, and a stretch of the check. */
async function measureOnce({ db, clock }: Deps, events: number): Promise<Record<string, string>> {
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
  const used = await timed(() => rollUpUses({ db, clock }));
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

async function measureAll(
  deps: Deps,
  issuer: string,
  province: Province,
  { opens, only }: { opens: number; only: RegExp },
): Promise<Result[]> {
  const officer = await signIn(deps, issuer);
  const results: Result[] = [];
  for (const scene of makeScenes(deps, officer, issuer, province)) {
    if (!only.test(scene.name)) continue;
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
 * The plan of every query, with the values for which it took longest, and the scenes it was heard in; and how long the
 * slowest of a scene takes now that nobody else asks.
 */
async function explainAll(url: string, results: readonly Result[]) {
  const heard = new Map<string, Query & { scenes: string[] }>();
  for (const { scene, queries } of results) {
    for (const query of queries) {
      const before = heard.get(query.text);
      const worst = before && before.ms > query.ms ? before : query;
      heard.set(query.text, { ...worst, scenes: [...(before?.scenes ?? []), scene] });
    }
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const parts: string[] = [];
  const slowest = new Map<string, number>();
  for (const { text, values, ms, scenes } of heard.values()) {
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
    const plan = rows.map((row) => Object.values(row as object)[0]).join('\n');
    const alone = Number(/Execution Time: ([\d.]+) ms/.exec(plan)?.[1] ?? 0);
    for (const scene of scenes)
      slowest.set(scene, Math.max(slowest.get(scene) ?? 0, Number(alone.toFixed(1))));
    const where = scenes.length > 5 ? [...scenes.slice(0, 5), `${scenes.length - 5} more`] : scenes;
    parts.push(
      `-- ${where.join('; ')}\n-- ${ms.toFixed(1)} ms at most, waiting for its turn included\n${text.trim()}\n${plan}`,
    );
  }
  await client.end();
  return { text: `${parts.join('\n\n')}\n`, slowest };
}
