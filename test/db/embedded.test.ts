/** The embedded PostgreSQL keeps what it acknowledged, whoever is killed, and has one owner at a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { isServer } from '../../src/db/embedded-server.ts';
import { createLog } from '../../src/log.ts';

type Owner = { child: ChildProcess; url: string; adopted: boolean };

const program = fileURLToPath(new URL('../support/embedded-owner.ts', import.meta.url));
const log = createLog('silent');
let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tnid-embedded-'));
  await chmod(directory, 0o711);
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  // Whatever a test left running is adopted and stopped.
  if (await findEmbeddedPostgres(directory)) await (await startEmbeddedPostgres({ directory, log })).stop();
  await rm(directory, { recursive: true, force: true });
});

/** Starts an owner and waits for its row to be acknowledged. Rejects with what it said when it could not start. */
async function startOwner(text: string): Promise<Owner> {
  const child = spawn(process.execPath, [program, directory, text], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return new Promise((settle, refuse) => {
    createInterface({ input: child.stdout }).once('line', (line) => settle({ child, ...JSON.parse(line) }));
    child.once('close', () => refuse(new Error(errors)));
  });
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function readNotes(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ text: string }>('SELECT text FROM notes ORDER BY text');
  await client.end();
  return rows.map((row) => row.text);
}

async function readPid(): Promise<number> {
  return Number((await readFile(join(directory, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
}

test('a server whose owner was killed is adopted, with its rows, and stopped by the new owner', async () => {
  const first = await startOwner('one');
  const pid = await readPid();
  const data = join(await realpath(directory), 'postgres');
  await killHard(first.child);
  expect(await isServer(pid, data)).toBe(true);

  const second = await startOwner('two');
  expect(second.adopted).toBe(true);
  expect(await readPid()).toBe(pid);
  expect(await readNotes(second.url)).toEqual(['one', 'two']);

  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
  expect(await isServer(pid, data)).toBe(false);
  expect(await findEmbeddedPostgres(directory)).toBeUndefined();
});

test('rows are found again after owner and server were both killed, three times over', async () => {
  const written: string[] = [];
  for (const text of ['one', 'three', 'two']) {
    const owner = await startOwner(text);
    written.push(text);
    expect(owner.adopted).toBe(false);
    process.kill(await readPid(), 'SIGKILL');
    await killHard(owner.child);
  }
  const server = await startEmbeddedPostgres({ directory, log });
  expect(await readNotes(server.url)).toEqual(written);
  await server.stop();
});

test('a start waits for the backends that outlive their killed server', async () => {
  const owner = await startOwner('one');
  const client = new pg.Client({ connectionString: owner.url });
  client.on('error', () => {});
  await client.connect();
  // Pure computing does not notice that the postmaster is gone.
  const busy = client.query('SELECT count(*) FROM generate_series(1, 30000000)').catch(() => {});
  await sleep(300);
  process.kill(await readPid(), 'SIGKILL');
  await killHard(owner.child);

  const server = await startEmbeddedPostgres({ directory, log });
  expect(await readFile(join(directory, 'postgres.log'), 'utf8')).toContain(
    'pre-existing shared memory block',
  );
  expect(await readNotes(server.url)).toEqual(['one']);
  await Promise.all([server.stop(), busy]);
});

test('a pid file that names another program by now does not keep the server from starting', async () => {
  const owner = await startOwner('one');
  const data = join(directory, 'postgres');
  const { uid, gid } = await stat(data);
  const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8');
  owner.child.kill('SIGTERM');
  await once(owner.child, 'exit');

  // A program of the same user: PostgreSQL itself would take it for a server and refuse to start.
  const user = process.geteuid?.() === 0 ? { uid, gid } : {};
  const other = spawn('sleep', ['60'], user);
  children.push(other);
  await writeFile(join(data, 'postmaster.pid'), pidFile.replace(/^\d+/, String(other.pid)));

  const server = await startEmbeddedPostgres({ directory, log });
  expect(server.adopted).toBe(false);
  expect(await readNotes(server.url)).toEqual(['one']);
  await server.stop();
  expect(other.exitCode ?? other.signalCode).toBeNull();
});

test('a second owner is refused and the first goes on undisturbed; a visitor is let in', async () => {
  const owner = await startOwner('one');
  await expect(startEmbeddedPostgres({ directory, log })).rejects.toThrow(
    `The data folder ${directory} is in use by another Tây Ninh ID`,
  );
  expect(await findEmbeddedPostgres(directory)).toBe(owner.url);
  expect(await readNotes(owner.url)).toEqual(['one']);
  expect(owner.child.exitCode).toBeNull();
});

test('of two that start at once on an empty folder, one becomes the owner', async () => {
  const results = await Promise.allSettled([startOwner('a'), startOwner('b')]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = results.find((result) => result.status === 'rejected');
  expect(String(refused?.reason)).toContain('is in use by another Tây Ninh ID');
  const url = await findEmbeddedPostgres(directory);
  expect(await readNotes(url ?? '')).toHaveLength(1);
});

test('a start while the last owner stops waits for it, then starts anew', async () => {
  const first = await startOwner('one');
  first.child.kill('SIGTERM');
  const server = await startEmbeddedPostgres({ directory, log });
  expect(await readNotes(server.url)).toEqual(['one']);
  await server.stop();
});

test('the owner is told when PostgreSQL ends by itself', async () => {
  const server = await startEmbeddedPostgres({ directory, log });
  process.kill(await readPid(), 'SIGKILL');
  expect(await server.ended).toContain(join(await realpath(directory), 'postgres.log'));
  await server.stop();
});
