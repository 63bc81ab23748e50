/** In place of pin-hash-worker.ts: dies with one secret, has no memory for another, and finds every other one right. */
import { parentPort } from 'node:worker_threads';
import type { PinHashJob } from '../../src/account/pin-hash-worker.ts';

parentPort?.on('message', ({ secret }: PinHashJob) => {
  if (secret === 'die') throw new Error('a bug');
  parentPort?.postMessage(secret === 'starve' ? { fault: 'no memory' } : { answer: true });
});
