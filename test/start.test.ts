/** The process: what it says when it cannot start, and that a start, a stop and a kill leave nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../src/db/embedded.ts';
import { createLog } from '../src/log.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const children: ChildProcess[] = [];
let directory: string;
let port: number;
let sandboxPort: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tnid-start-'));
  await chmod(directory, 0o711);
  [port, sandboxPort] = [await findFreePort(), await findFreePort()];
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  if (await findEmbeddedPostgres(directory)) {
    await (await startEmbeddedPostgres({ directory, log: createLog('silent') })).stop();
  }
  // A server that was told to stop may still be writing its last files.
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

type Run = { child: ChildProcess; said: () => string };

/** Runs main.ts with these settings and nothing else of our environment. */
function run(env: Record<string, string>, command = [process.execPath, program]): Run {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, said: () => text };
}

function sandboxSettings(): Record<string, string> {
  return { TNID_DATA_DIR: directory, TNID_PORT: String(port), TNID_SANDBOX_PORT: String(sandboxPort) };
}

async function holdPort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

async function findFreePort(): Promise<number> {
  const held = await holdPort();
  await new Promise((settle) => held.server.close(settle));
  return held.port;
}

async function waitForDiscovery({ child, said }: Run): Promise<Record<string, unknown>> {
  for (let turn = 0; turn < 250; turn++) {
    if (child.exitCode !== null) throw new Error(said());
    const answer = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`).catch(
      () => undefined,
    );
    if (answer?.ok) return (await answer.json()) as Record<string, unknown>;
    await sleep(100);
  }
  throw new Error(`did not start: ${said()}`);
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 150; turn++) {
    if (await condition()) return;
    await sleep(100);
  }
  throw new Error('did not happen within 15 seconds');
}

async function isRunning(): Promise<boolean> {
  return (await findEmbeddedPostgres(directory)) !== undefined;
}

test('production with nothing set names every missing setting at once', async () => {
  const { child, said } = run({ TNID_ENV: 'production' });
  expect(await once(child, 'close')).toEqual([1, null]);
  for (const name of [
    'TNID_ISSUER',
    'DATABASE_URL',
    'TNID_MASTER_KEYS',
    'TNID_ZALO_APP_ID',
    'TNID_ZALO_APP_SECRET',
  ]) {
    expect(said()).toContain(`- ${name} is missing`);
  }
});

test.each([
  ['TNID_PORT', 'TNID_SANDBOX_PORT'],
  ['TNID_SANDBOX_PORT', 'TNID_PORT'],
])('a taken %s is named before anything is made', async (taken, free) => {
  const held = await holdPort();
  const folder = join(directory, 'untouched');
  const settings = {
    TNID_DATA_DIR: folder,
    [taken]: String(held.port),
    [free]: String(await findFreePort()),
  };
  const { child, said } = run(settings);
  expect(await once(child, 'close')).toEqual([1, null]);
  held.server.close();
  expect(said().trim()).toBe(
    `Port ${held.port} is taken by another program. Stop that program, or set ${taken} to a free port.`,
  );
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

test('starts from nothing; SIGTERM ends everything; a killed one is taken over with its keys', async () => {
  const metrics = await findFreePort();
  const first = run({ ...sandboxSettings(), TNID_METRICS_PORT: String(metrics) });
  const discovery = await waitForDiscovery(first);
  const numbers = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  expect(numbers).toMatch(/tnid_http_request_duration_seconds_count\{route="discovery"/);
  expect(discovery.issuer).toBe(`http://localhost:${port}`);
  const readKeys = async () => (await fetch(String(discovery.jwks_uri))).json();
  const key = await readFile(join(directory, 'master-key'), 'utf8');
  expect((await stat(join(directory, 'master-key'))).mode & 0o777).toBe(0o600);
  const keysBefore = await readKeys();
  first.child.kill('SIGTERM');
  expect(await once(first.child, 'close')).toEqual([0, null]);
  expect(await isRunning()).toBe(false);

  const second = run(sandboxSettings());
  await waitForDiscovery(second);
  second.child.kill('SIGKILL');
  await once(second.child, 'close');
  expect(await isRunning()).toBe(true);

  const third = run(sandboxSettings());
  await waitForDiscovery(third);
  expect(await readFile(join(directory, 'master-key'), 'utf8')).toBe(key);
  expect(await readKeys()).toEqual(keysBefore);
  third.child.kill('SIGINT');
  third.child.kill('SIGTERM'); // npm sends the terminal's Ctrl-C on a second time: still a clean end
  expect(await once(third.child, 'close')).toEqual([0, null]);
  expect(await isRunning()).toBe(false);
}, 60_000);

test('when npm above it is killed, it ends by itself', async () => {
  const parent = `require('node:child_process').spawn(process.execPath, [${JSON.stringify(program)}], { stdio: 'ignore' })`;
  const settings = { ...sandboxSettings(), npm_lifecycle_event: 'start' };
  const npm = run(settings, [process.execPath, '-e', parent]);
  await waitForDiscovery(npm);
  npm.child.kill('SIGKILL');
  await waitUntil(async () => !(await isRunning()));
}, 60_000);
