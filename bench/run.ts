/**
 * Runs the benches, prints a table and keeps it in bench/results/latest.json.
 *
 *   npm run bench -- [--quick] [--large] [--only <part of a scene's name>] [--card] [--profile] [--runs n] [--seconds s]
 *
 *   npm run bench -- console [--scale 0.01] [--opens 200]
 *
 * `--card`: the card and the PIN alone; `--only`: scenes of the protocol alone; else everything.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchGarbage, benchVerification } from './chip.ts';
import type { Row } from './measure.ts';
import { benchPinStorm } from './pin-storm.ts';
import { benchProtocol } from './protocol.ts';
import { canPin } from './subject.ts';

// Takes long and much of the disk, and is not part of the others (console.ts).
if (process.argv[2] === 'console') {
  const { benchConsole } = await import('./console.ts');
  await benchConsole(process.argv.slice(3));
  process.exit();
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    card: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    runs: { type: 'string' },
    seconds: { type: 'string' },
  },
});

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  pinned: canPin,
  node: process.version,
  openssl: process.versions.openssl,
  date: new Date().toISOString(),
};

const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const rows: Row[] = [];
const more: Record<string, unknown> = {};
if (!values.only) {
  rows.push(...benchVerification());
  const garbage = await benchGarbage();
  rows.push(...garbage.rows, ...(await benchPinStorm()).rows);
  more.floods = garbage.floods;
}
if (!values.card) {
  const protocol = await benchProtocol({
    seconds: Number(values.seconds ?? (values.quick ? 2 : 8)),
    runs: Number(values.runs ?? (values.quick ? 3 : 5)),
    large: values.large,
    only: new RegExp(values.only),
    profile: values.profile,
  });
  rows.push(...protocol.rows);
  more.details = protocol.details;
}

console.table(rows);
writeFileSync(
  new URL('latest.json', folder),
  `${JSON.stringify({ machine, rows, ...more }, undefined, 2)}\n`,
);
