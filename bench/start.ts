/** From the start of the process, as the image starts it, to its first answer, on a database that is migrated. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeRow, median, type Row } from './measure.ts';
import { environmentOf } from './settings.ts';

const PORT = 43_900;
const GOAL = 1_500; // ms
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const compiled = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

export async function benchStart(databaseUrl: string, runs: number): Promise<Row[]> {
  await startOnce(databaseUrl); // fills the cache, as the build of the image does
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await startOnce(databaseUrl));
  return [makeRow('start/first answer', 'ms', median(times), GOAL)];
}

async function startOnce(databaseUrl: string): Promise<number> {
  const { npm_lifecycle_event: _npm, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...environmentOf(databaseUrl),
    TNID_PORT: String(PORT),
    TNID_HOST: '127.0.0.1',
    NODE_COMPILE_CACHE: compiled,
    MALLOC_ARENA_MAX: '2',
  };
  const began = performance.now();
  const child = spawn(process.execPath, ['--max-old-space-size=512', main], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((settle) => child.once('exit', settle));
  try {
    while (child.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${PORT}/readyz`).catch(() => undefined);
      if (answer?.ok) return performance.now() - began;
      await new Promise((settle) => setTimeout(settle, 5));
    }
    throw new Error('the process did not start');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
