/** Runs the benches, prints a table and keeps it in bench/results/latest.json. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { benchGarbage, benchVerification } from './chip.ts';
import { benchPinStorm } from './pin-storm.ts';

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
  openssl: process.versions.openssl,
  date: new Date().toISOString(),
};

const verification = benchVerification();
const { rows: garbageRows, floods } = await benchGarbage();
const rows = [...verification, ...garbageRows, ...(await benchPinStorm()).rows];

console.table(rows);
console.table(floods);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('latest.json', folder), `${JSON.stringify({ machine, rows, floods }, undefined, 2)}\n`);
