/** In place of chip-worker.ts: does what the first byte of the EF.SOD says, as a bug in a parser might. */
import { parentPort } from 'node:worker_threads';
import type { ChipJob } from '../../src/cccd/chip-worker.ts';

let trusts = 0;

parentPort?.on('message', ({ files, trust }: ChipJob) => {
  if (trust) trusts += 1;
  const [order = 0] = files.sod;
  if (order === 1) throw new Error('a bug');
  if (order === 2) for (;;);
  if (order === 3) {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 10_000 }, () => ({ trusts })));
  }
  // How often this thread was sent a trust, in the place of an answer.
  parentPort?.postMessage({ verified: false, reason: `trusts ${trusts}` });
});
