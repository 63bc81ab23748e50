/**
 * The process: environment → settings → database → deps → app → listen, and the same way back on SIGTERM.
 *
 * Only main.ts and cli.ts read the environment, write to the terminal and end the process. The sandbox and the
 * embedded PostgreSQL are imported only when they are needed, so production never loads them.
 * Invariant: nothing is left running that was started here, unless we are killed (then the next start adopts it).
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from './config.ts';
import type { Deps } from './deps.ts';
import { Keyring } from './keyring.ts';
import { createLog, type Log } from './log.ts';

const DRAIN_LIMIT = 10_000; // ms that requests under way may take after a signal
/**
 * What was compiled before, types stripped: half of a start. Who sets NODE_COMPILE_CACHE, as the image and `npm start`
 * do, spares the process the stripper's memory, too.
 */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));
const REPEAT_WINDOW = 1_000; // ms in which a second signal is the same Ctrl-C: npm sends it on once more

/** How to undo what was started; run last first. */
const closers: (() => Promise<void>)[] = [];
let log: Log = createLog('info');
let startup: Promise<void> = Promise.resolve();
let stoppingSince: number | undefined;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function readSettings(env: NodeJS.ProcessEnv): Config {
  const result = readConfig(env);
  if (result.ok) return result.config;
  fail(
    `Tây Ninh ID cannot start with these settings:\n${result.faults.map((fault) => `  - ${fault}`).join('\n')}`,
  );
}

/** In the sandbox without TNID_MASTER_KEYS: a key made at the first start and kept in the data directory. */
async function addKeptMasterKey(config: Config): Promise<Config> {
  if (config.masterKeys.length > 0) return config;
  const path = join(config.dataDirectory, 'master-key');
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o711 });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, `1:${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
  // A link never replaces: a key that is there, or that another process makes at this moment, stays.
  await link(fresh, path).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(fresh);
  const kept = readConfig({ ...process.env, TNID_MASTER_KEYS: (await readFile(path, 'utf8')).trim() });
  if (!kept.ok) throw new Error(`${path} holds no master key: ${kept.faults.join('; ')}`);
  return kept.config;
}

function portSentence(error: NodeJS.ErrnoException, host: string, port: number, variable: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is taken by another program. Stop that program, or set ${variable} to a free port.`;
  }
  if (error.code === 'EACCES')
    return `Port ${port} is not allowed to this user. Set ${variable} to a port above 1023.`;
  return `Cannot listen on ${host}, port ${port} (${error.code}). Check TNID_HOST and ${variable}.`;
}

/** `variable` is the setting that names the port, for the sentence when it cannot be had. */
type Door = { host: string; port: number; variable: string };

async function listen({ host, port, variable }: Door, handler: RequestListener): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((settle, refuse) => {
    server.once('error', (error) => refuse(new Error(portSentence(error, host, port, variable))));
    server.listen(port, host, settle);
  });
  return server;
}

function doorsOf({ environment, host, port, sandboxPort, metrics }: Config) {
  return {
    product: { host, port, variable: 'TNID_PORT' },
    sandbox:
      environment === 'sandbox' ? { host, port: sandboxPort, variable: 'TNID_SANDBOX_PORT' } : undefined,
    metrics: metrics && { ...metrics, variable: 'TNID_METRICS_PORT' },
  };
}

/** Before anything is started: a taken port is found at once, not after a database was made. */
async function checkPorts(config: Config): Promise<void> {
  for (const door of Object.values(doorsOf(config))) {
    if (!door) continue;
    const server = await listen(door, () => {});
    await new Promise((settle) => server.close(settle));
  }
}

async function openStore(config: Config): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const { startEmbeddedPostgres } = await import('./db/embedded.ts');
  const postgres = await startEmbeddedPostgres({ directory: config.dataDirectory, log });
  closers.push(() => postgres.stop());
  postgres.ended.then((sentence) => {
    log.error(sentence);
    void shutDown(1);
  });
  return postgres.url;
}

async function serve(door: Door, handler: RequestListener): Promise<void> {
  const server = await listen(door, handler);
  closers.push(async () => {
    const limit = setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT);
    await new Promise((settle) => server.close(settle));
    clearTimeout(limit);
  });
}

async function start(): Promise<void> {
  // This build of Node 26 does not name its LTS line, and the provider library would warn of it at every start.
  process.release.lts ??= 'Node 26';
  const settings = readSettings(process.env);
  log = createLog(settings.logLevel);
  // Whatever is imported from here on comes from the cache; what came before is small.
  enableCompileCache(COMPILED);
  await checkPorts(settings);
  const config = await addKeptMasterKey(settings);
  const { openDatabase } = await import('./db/database.ts');
  const { migrate } = await import('./db/migrate.ts');
  const db = openDatabase(await openStore(config));
  closers.push(() => db.destroy());
  const clock = () => new Date();
  const applied = await migrate(db, clock()).catch((cause) => {
    throw new Error(`The database cannot be used: ${cause.message || cause.code}`, { cause });
  });
  if (applied.length > 0) log.info({ applied }, 'migrations applied');

  const keyring = new Keyring(config.masterKeys);
  const deps: Deps = { config, db, keyring, log, clock, random: randomBytes, fetch: globalThis.fetch };
  await startMetrics(deps);
  if (config.environment === 'sandbox') await startSandbox(deps);
  const { createApp } = await import('./app.ts'); // only now: refused settings are told at once, and nothing else
  const app = await createApp(deps);
  closers.push(() => app.close());
  await serve(doorsOf(config).product, app.provider.callback());
  announce(config);
  flushCompileCache();
}

async function startSandbox(deps: Deps): Promise<void> {
  const { createSandbox, seedSandbox } = await import('./sandbox/sandbox.ts');
  await seedSandbox(deps);
  const sandbox = await createSandbox(deps);
  const { sandbox: door } = doorsOf(deps.config);
  if (door) await serve(door, sandbox.callback());
}

async function startMetrics(deps: Deps): Promise<void> {
  const { metrics: door } = doorsOf(deps.config);
  if (!door) return;
  const { Metrics } = await import('./metrics.ts');
  const { serveMetrics } = await import('./http/measure.ts');
  const { zalo, zns, vneid } = deps.config;
  const upstreams = new Map<string, string>();
  if (zns) upstreams.set(zns.url, 'zns');
  if (zalo) upstreams.set(zalo.oauthUrl, 'zalo').set(zalo.graphUrl, 'zalo');
  if (vneid) upstreams.set(vneid.issuer, 'vneid');
  deps.metrics = new Metrics();
  deps.fetch = deps.metrics.measure(deps.fetch, upstreams);
  await serve(door, serveMetrics(deps.metrics));
}

function announce(config: Config): void {
  const discovery = `${config.issuer}/.well-known/openid-configuration`;
  if (config.environment === 'production') {
    log.info({ issuer: config.issuer, host: config.host, port: config.port }, 'Tây Ninh ID is running');
    return;
  }
  console.log(
    [
      '',
      'Tây Ninh ID is running, with its sandbox. Nothing here is real; never enter real data.',
      '',
      `  Demo app                    http://localhost:${config.sandboxPort}/app`,
      `  Test people, sandbox        http://localhost:${config.sandboxPort}/`,
      `  OpenID Connect discovery    ${discovery}`,
      `  Officers' console           ${config.issuer}/console`,
      `  Data                        ${config.databaseUrl ? 'DATABASE_URL' : config.dataDirectory}`,
      '',
      'Ctrl-C stops everything.',
      '',
    ].join('\n'),
  );
}

/** Never an error's other members: PostgreSQL's `detail`, say, holds the values of a key. */
function describe(error: unknown): unknown {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : typeof error;
}

/** Stops listening, lets requests finish, closes the pool, stops PostgreSQL, ends the process. */
async function shutDown(exitCode: number): Promise<void> {
  if (stoppingSince !== undefined) return;
  stoppingSince = performance.now();
  await startup.catch(() => {}); // what is half started is first started, then closed
  for (const close of closers.reverse()) {
    await close().catch((error) => {
      log.error({ error: describe(error) }, 'could not close');
      exitCode = 1;
    });
  }
  process.exit(exitCode);
}

function watchProcess(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stoppingSince === undefined) void shutDown(0);
      else if (performance.now() - stoppingSince > REPEAT_WINDOW) process.exit(1);
    });
  }
  process.on('unhandledRejection', (error) => log.error({ error: describe(error) }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    log.error({ error: describe(error) }, 'uncaught exception');
    void shutDown(1);
  });
  // A terminal that is gone must not turn every line we print into an exception.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (process.env.npm_lifecycle_event === undefined) return;
  // A killed npm leaves its child behind; nobody would know that we still hold the ports and the data folder.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void shutDown(0);
  }, 1_000).unref();
}

watchProcess();
startup = start();
startup.catch(async (error: Error & { code?: string }) => {
  console.error(error.message || error.code || String(error));
  log.debug({ err: error }, 'the start failed');
  await shutDown(1);
});
