/**
 * The other thread of pin-hasher.ts: argon2id (RFC 9106), one secret at a time, in the PHC string format, as the package
 * `argon2` writes it. The thread steps back behind everybody else: where all processors are busy, sign-in and
 * introspection go first.
 */
import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

export type PinHashJob = { secret: string } & (
  | { hash: string }
  /** Memory in KiB (RFC 9106 §3.1). */
  | { memoryCost: number; timeCost: number; parallelism: number }
);
/** The hash that was made, or whether the secret is the one of the hash that was given. */
export type PinHashAnswer = { answer: string | boolean } | { fault: string };

const TAG_OCTETS = 32;
/** The package writes the parameters in the order of the alphabet, others as RFC 9106 names them. */
const PHC = /^\$argon2id\$v=19\$([mtp=,\d]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** Of `nice`: about a tenth of a processor that is fought over, all of one that is free. */
const STEP_BACK = 10;

// Linux gives each thread a priority of its own; elsewhere this would slow the whole process.
if (platform() === 'linux') setPriority(0, STEP_BACK);

parentPort?.on('message', (job: PinHashJob) => {
  parentPort?.postMessage(answer(job));
});

function answer(job: PinHashJob): PinHashAnswer {
  try {
    return { answer: 'hash' in job ? verify(job.hash, job.secret) : hash(job) };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

function hash(job: Exclude<PinHashJob, { hash: string }>): string {
  const { secret, memoryCost: memory, timeCost: passes, parallelism } = job;
  const nonce = randomBytes(16);
  const tag = argon2Sync('argon2id', {
    ...{ message: secret, nonce, memory, passes, parallelism },
    tagLength: TAG_OCTETS,
  });
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(nonce)}$${encode(tag)}`;
}

function verify(phc: string, secret: string): boolean {
  const [, parameters = '', nonce = '', tag = ''] = PHC.exec(phc) ?? [];
  const {
    m: memory,
    t: passes,
    p: parallelism,
  } = Object.fromEntries(new URLSearchParams(parameters.replaceAll(',', '&')));
  if (!memory || !passes || !parallelism) throw new Error('not an argon2id hash');
  const kept = Buffer.from(tag, 'base64');
  const made = argon2Sync('argon2id', {
    message: secret,
    nonce: Buffer.from(nonce, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: kept.length,
  });
  return timingSafeEqual(made, kept);
}

/** Base64 without padding, as the format has it. */
function encode(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '');
}
