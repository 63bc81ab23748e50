/**
 * The one gate, `npm test`: lint, types, dead code, schema, tests, in this order; stops at the first that fails.
 * Arguments after `npm test --` go to vitest. The last line counts the tests: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Step = { name: string; command: string; args: string[]; live?: boolean };
type Counts = { passed: number; failed: number };

const root = fileURLToPath(new URL('..', import.meta.url));
// The project's own Node first, also for the tools that begin with `#!/usr/bin/env node`.
const env = { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter) };

/** Runs one step. Quiet steps show their output only when they fail. */
async function runStep({ name, command, args, live }: Step): Promise<boolean> {
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(chunk));
  const ok = await new Promise<boolean>((settle) => {
    child.on('error', (error) => {
      output.push(Buffer.from(error.message));
      settle(false);
    });
    child.on('close', (code) => settle(code === 0));
  });
  if (!ok) process.stdout.write(Buffer.concat(output));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? '✓' : '✗'} ${name} (${seconds} s)`);
  return ok;
}

/** Counts from vitest's report. A file that could not be loaded has no tests, but has failed. */
async function readCounts(path: string): Promise<Counts> {
  try {
    const report = JSON.parse(await readFile(path, 'utf8'));
    const broken = report.testResults.filter(
      (file: { status: string; assertionResults: unknown[] }) =>
        file.status === 'failed' && file.assertionResults.length === 0,
    );
    return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

async function runGate(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'tnid-gate-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const steps: Step[] = [
    { name: 'lint', command: 'biome', args: ['ci', '--colors=off'] },
    { name: 'types', command: 'tsc', args: [] },
    { name: 'dead code', command: 'knip', args: [] },
    { name: 'schema', command: 'node', args: ['scripts/schema.ts'] },
    { name: 'tests', command: 'vitest', args: ['run', ...reporters, ...process.argv.slice(2)], live: true },
  ];
  let ok = true;
  for (const step of steps) {
    ok = await runStep(step);
    if (!ok) break;
  }
  const { passed, failed } = await readCounts(report);
  await rm(folder, { recursive: true, force: true });
  // Something failed that is no test (a step before them, or an error between tests): it counts as one.
  console.log(`${passed} passed, ${ok ? failed : Math.max(failed, 1)} failed`);
  return ok;
}

process.exitCode = (await runGate()) ? 0 : 1;
