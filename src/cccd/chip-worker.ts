/** The other thread of chip-verifier.ts: takes the trust when it changes, judges one chip at a time. */

import { parentPort } from 'node:worker_threads';
import { readTrust, type Trust } from '../icao/trust.ts';
import type { TrustBytes } from '../verification/trust-store.ts';
import { type ChipFiles, type ChipVerdict, judgeChip } from './judge-chip.ts';

export type ChipJob = {
  /** Only when it is not the one sent last. */
  trust?: TrustBytes;
  files: ChipFiles;
  at: Date;
};

let trust: { verified: true; trust: Trust } | Extract<ChipVerdict, { verified: false }> = {
  verified: false,
  reason: 'trust_empty',
};

parentPort?.on('message', (job: ChipJob) => {
  if (job.trust) trust = readTrust(job.trust);
  const verdict = trust.verified ? judgeChip(job.files, trust.trust, job.at) : trust;
  parentPort?.postMessage(verdict);
});
