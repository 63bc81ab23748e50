/**
 * The provider under load, beside a bare Koa route and the plain provider in memory (docs/performance.md says how).
 * Runs alternate, so that all meet the machine in the same moods; each figure is the median of its runs. Ratios are of
 * requests per second of the server's processor time; wall figures stand beside them.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, UNLIMITED } from '../src/db/database.ts';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { Keyring } from '../src/keyring.ts';
import { createLog } from '../src/log.ts';
import { loadSigningKeys } from '../src/oidc/keys.ts';
import { basic, Citizen, CLIENT, HOST, JWT_SERVICE, SERVICE } from './citizen.ts';
import { Connection, driveLoop, type Worker } from './load.ts';
import { makeRow, median, type Row } from './measure.ts';
import { comeToRest, seedLarge, seedRegistry, seedTokens } from './seed.ts';
import { readSettings } from './settings.ts';
import { benchStart } from './start.ts';
import { cpuOfTree, pinSelf, type Subject, startSubject } from './subject.ts';

export type Options = {
  seconds: number;
  runs: number;
  large: boolean;
  only: RegExp;
  profile: boolean;
};

type Setting = {
  subjects: Record<'product' | 'bare' | 'memory' | 'memory without Zalo', Subject>;
  /** Of citizens in the database. */
  tokens: string[];
};
type Scene = {
  name: string;
  inFlight: number;
  /** Works to warm up with. */
  warm?: number;
  /** The same for each token: so that of many as of few nineteen in twenty were asked about before. */
  warmEach?: number;
  /** Whom the product is held against. */
  baseline: Exclude<keyof Setting['subjects'], 'product'>;
  /** One client of the loop at this subject. */
  worker: (setting: Setting, subject: Subject) => Promise<Worker & { close?: () => void }>;
};
/** Per request: microseconds of the server and of the database; milliseconds. */
type Run = {
  cpu: number;
  least: number;
  database: number;
  perSecond: number;
  p50: number;
  p99: number;
  rss: number;
};

const RSS_GOAL = 256; // MiB
const asStarted = { MALLOC_ARENA_MAX: '2', NODE_COMPILE_CACHE: 'node_modules/.cache/compiled' };
const FLAGS = ['--max-old-space-size=512', '--max-semi-space-size=16'];
const WARM = 12_000;
const WARM_SECONDS = 40;
const FORM = 'Accept: application/json\r\n';

const introspection = async ({ tokens }: Setting, subject: Subject): Promise<Worker> => {
  const connection = new Connection(subject.port, HOST);
  if (subject.name === 'bare') {
    return async () => {
      const hash = createHash('sha256').update(pick(tokens)).digest('hex');
      await expectActive(await connection.send('GET', `/row/${hash}`));
    };
  }
  const own =
    subject.name === 'product'
      ? tokens
      : [(await new Citizen(connection).signIn('openid hoso.xem')).access_token];
  const lines = `${basic(SERVICE)}${FORM}`;
  return async () => {
    await expectActive(
      await connection.send(
        'POST',
        '/token/introspection',
        lines,
        `token=${pick(own)}&token_type_hint=access_token`,
      ),
    );
  };
};

const scenes: Scene[] = [
  ...(['bare', 'memory'] as const).map((baseline) => ({
    name: `introspection/${baseline}`,
    inFlight: 32,
    warmEach: 3,
    baseline,
    worker: introspection,
  })),
  {
    name: 'introspection/bare, one in flight',
    inFlight: 1,
    warm: 3_000,
    baseline: 'bare',
    worker: introspection,
  },
  ...(['memory', 'memory without Zalo'] as const).map((baseline) => ({
    name: baseline === 'memory' ? 'first-sign-in/memory' : 'first-sign-in/memory without Zalo',
    inFlight: 32,
    warm: 1_500,
    baseline,
    worker: async (_: Setting, { port }: Subject) => {
      const connection = new Connection(port, HOST);
      return async () => {
        await new Citizen(connection).signIn('openid profile hoso.xem');
      };
    },
  })),
  {
    name: 'sso-sign-in/memory',
    inFlight: 32,
    baseline: 'memory',
    worker: async (_, { port }) => {
      const citizen = new Citizen(new Connection(port, HOST));
      await citizen.signIn('openid profile hoso.xem');
      return async () => {
        await citizen.signIn('openid profile hoso.xem');
      };
    },
  },
  {
    name: 'refresh/memory',
    inFlight: 32,
    baseline: 'memory',
    worker: async (_, { port }) => {
      const citizen = new Citizen(new Connection(port, HOST));
      let { refresh_token: token = '' } = await citizen.signIn('openid offline_access hoso.xem');
      return async () => {
        token = (await citizen.refresh(token)).refresh_token ?? '';
      };
    },
  },
  ...[SERVICE, JWT_SERVICE].map((service) => ({
    name: service === JWT_SERVICE ? 'client_credentials/memory' : 'client_credentials/memory, opaque',
    inFlight: 32,
    baseline: 'memory' as const,
    worker: async (_: Setting, { port }: Subject) => {
      const connection = new Connection(port, HOST);
      const scope = service === JWT_SERVICE ? 'school.fees' : 'hoso.xem';
      const form = { grant_type: 'client_credentials', scope, resource: service.resource };
      const body = new URLSearchParams(form).toString();
      return async () => {
        const reply = await connection.send('POST', '/token', basic(CLIENT), body);
        if (reply.status !== 200) throw new Error(reply.body);
      };
    },
  })),
];

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

async function expectActive({ status, body }: { status: number; body: string }): Promise<void> {
  if (status !== 200 || !body.includes('"active":true')) throw new Error(`${status} ${body}`);
}

/** Zalo, as far as a sign-in needs it: the code is the token, and the token the citizen's id. */
async function startZalo(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const answer =
        request.method === 'POST'
          ? { access_token: new URLSearchParams(body).get('code'), expires_in: '3600' }
          : { id: request.headers.access_token, name: 'Nguyễn Văn An', error: 0 };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

export async function benchProtocol(options: Options): Promise<{ rows: Row[]; details: object[] }> {
  pinSelf();
  const directory = await mkdtemp(join(tmpdir(), 'tnid-bench-'));
  // As shipped, with the memory that docs/operations asks for: what was acknowledged is on disk.
  const server = await startEmbeddedPostgres({
    directory,
    log: createLog('error'),
    database: 'bench',
    settings: { shared_buffers: '1GB' },
  });
  const zalo = await startZalo();
  const started: Subject[] = [];
  try {
    const { jwks, tokens } = await prepareDatabase(server.url, options);
    const env = { DATABASE_URL: server.url, BENCH_JWKS: jwks };
    const start = async (name: string, script: string, more = {}, flags: readonly string[] = []) => {
      const subject = await startSubject(name, script, { ...env, ...more }, flags);
      started.push(subject);
      return subject;
    };
    const withZalo = { BENCH_ZALO: zalo.url };
    // As the image starts it. Once before, to fill the cache as the build of the image does: what strips types takes 15 MiB.
    const product = ['product', './server-product.ts', { ...env, ...withZalo, ...asStarted }, FLAGS] as const;
    await (await startSubject(...product)).stop();
    const subjects = {
      product: await start(...product),
      bare: await start('bare', './server-bare.ts'),
      memory: await start('memory', './server-memory.ts', withZalo),
      'memory without Zalo': await start('memory without Zalo', './server-memory.ts'),
    };
    const measured = await measure({ subjects, tokens }, await findPostmaster(directory), options);
    if (options.only.test('start')) measured.rows.push(...(await benchStart(server.url, options.runs)));
    return measured;
  } finally {
    for (const subject of started) await subject.stop();
    zalo.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function prepareDatabase(url: string, { large }: Options): Promise<{ jwks: string; tokens: string[] }> {
  const db = openDatabase(url, 2, UNLIMITED);
  try {
    const config = readSettings({ DATABASE_URL: url });
    await migrate(db, new Date());
    await seedRegistry(db);
    if (large) await seedLarge(db);
    const tokens = await seedTokens(db, config, large ? 50_000 : 10_000);
    await comeToRest(db);
    const keyring = new Keyring(config.masterKeys);
    const keys = await loadSigningKeys({ db, keyring, clock: () => new Date() } as never);
    return { tokens, jwks: JSON.stringify(keys) };
  } finally {
    await db.destroy();
  }
}

async function findPostmaster(directory: string): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  return Number((await readFile(join(directory, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function measure(setting: Setting, postmaster: number, options: Options) {
  const rows: Row[] = [];
  const details: { scene: string; ours: Run; theirs: Run }[] = [];
  for (const scene of scenes.filter(({ name }) => options.only.test(name))) {
    const pair = [setting.subjects.product, setting.subjects[scene.baseline]];
    const workers = await Promise.all(
      pair.map((subject) =>
        Promise.all(Array.from({ length: scene.inFlight }, () => scene.worker(setting, subject))),
      ),
    );
    const runs: Run[][] = [[], []];
    // By work, not by time: code that has run too seldom is not compiled yet.
    const warm = scene.warmEach ? scene.warmEach * setting.tokens.length : (scene.warm ?? WARM);
    for (const own of workers) await driveLoop(own, WARM_SECONDS, warm);
    for (let run = 0; run < options.runs; run += 1) {
      for (const [index, subject] of pair.entries()) {
        runs[index]?.push(await runOnce(subject, workers[index] ?? [], postmaster, options.seconds));
      }
    }
    if (options.profile) {
      for (const [index, subject] of pair.entries()) {
        const path = `bench/results/${`${scene.name} ${subject.name}`.replaceAll(/\W+/g, '-')}.cpuprofile`;
        await subject.profile(path, () => driveLoop(workers[index] ?? [], options.seconds));
      }
    }
    const [ours, theirs] = runs.map(summarise) as [Run, Run];
    rows.push(...rowsOf(scene, ours, theirs));
    details.push({ scene: scene.name, ours, theirs });
    console.table([
      {
        scene: scene.name,
        ratio: theirs.cpu / ours.cpu,
        ...round(ours),
        leastRatio: theirs.least / ours.least,
      },
      round(theirs),
    ]);
  }
  const [most = 0] = details.map(({ ours }) => ours.rss).sort((one, other) => other - one);
  if (most > 0) rows.push(makeRow('rss/under load', 'MiB', most, RSS_GOAL));
  return { rows, details };
}

function round(run: Run): Record<string, number> {
  return Object.fromEntries(Object.entries(run).map(([name, value]) => [name, Number(value.toPrecision(4))]));
}

async function runOnce(
  subject: Subject,
  workers: readonly Worker[],
  postmaster: number,
  seconds: number,
): Promise<Run> {
  const [before, databaseBefore] = [await subject.usage(), cpuOfTree(postmaster)];
  const { count, seconds: took, p50, p99 } = await driveLoop(workers, seconds);
  const [after, databaseAfter] = [await subject.usage(), cpuOfTree(postmaster)];
  return {
    cpu: (after.cpu - before.cpu) / count,
    least: (after.cpu - before.cpu) / count,
    database: (databaseAfter - databaseBefore) / count,
    perSecond: count / took,
    p50,
    p99,
    rss: after.rss,
  };
}

function summarise(runs: readonly Run[]): Run {
  const of = (take: (run: Run) => number) => median(runs.map(take));
  return {
    cpu: of(({ cpu }) => cpu),
    // On a machine that others use as well, the least is nearest to what it costs.
    least: Math.min(...runs.map(({ cpu }) => cpu)),
    database: of(({ database }) => database),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    rss: of(({ rss }) => rss),
  };
}

/** The ratio of a row with a plain name is the goal's; what stands beside it has its unit after a comma. */
function rowsOf({ name, inFlight }: Scene, ours: Run, theirs: Run): Row[] {
  if (inFlight === 1) return [makeRow(`${name}: latency`, 'ms', ours.p50, theirs.p50)];
  return [
    makeRow(name, 'requests per second of server CPU', 1e6 / ours.cpu, 1e6 / theirs.cpu),
    makeRow(`${name}: wall`, 'requests per second', ours.perSecond, theirs.perSecond),
    makeRow(`${name}: p99`, 'ms', ours.p99, theirs.p99),
    makeRow(`${name}: server CPU`, 'µs', ours.cpu, theirs.cpu),
    makeRow(`${name}: database CPU`, 'µs', ours.database, theirs.database),
    makeRow(`${name}: RSS`, 'MiB', ours.rss, theirs.rss),
  ];
}
