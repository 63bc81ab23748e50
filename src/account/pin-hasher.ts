/**
 * argon2id (RFC 9106) for what people choose, one hash at a time and with a short queue, because it is made to be
 * expensive: a storm of guesses must not take the processor from everybody else. Hashes are made in a thread that steps
 * back behind the others (pin-hash-worker.ts), and after each it rests for as long as the hash took, so it never has more
 * than half of a core. Whoever comes when the queue is full is told so before anything is done for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import argon2 from 'argon2';
import { AppError } from '../errors.ts';
import type { PinHashAnswer, PinHashJob } from './pin-hash-worker.ts';

/** About 45 ms of one core and 19 MiB here; kept in each hash, and brought up to date when it is used. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 3, parallelism: 1 } as const;
const MOST_INSIDE = 20;

type Waiting = { settle: (answer: string | boolean) => void; refuse: (error: Error) => void };

export class PinHasher {
  #inside = 0;
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | undefined;
  #waiting: Waiting | undefined;
  readonly #most: number;
  readonly #program: URL;

  /** `program`: the thread's; tests put one in its place that misbehaves. */
  constructor({ most = MOST_INSIDE, program }: { most?: number; program?: URL } = {}) {
    this.#most = most;
    this.#program = program ?? new URL('pin-hash-worker.ts', import.meta.url);
  }

  /** Requests that hash or wait for it. */
  get inside(): number {
    return this.#inside;
  }

  /** Runs a request that will need a hash. Throws `busy`, before anything is done for it, when too many are inside. */
  async within<T>(request: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) throw new AppError('busy');
    this.#inside += 1;
    try {
      return await request();
    } finally {
      this.#inside -= 1;
    }
  }

  /** The hash in the PHC string format. Rejects when the machine could not make it, for want of memory, say. */
  hash(secret: string): Promise<string> {
    return this.#take({ secret, ...PARAMETERS }) as Promise<string>;
  }

  /** Rejects when it could not be tried. */
  verify(hash: string, secret: string): Promise<boolean> {
    return this.#take({ secret, hash }) as Promise<boolean>;
  }

  /** Whether a hash was made with other parameters than today's. */
  isOutdated(hash: string): boolean {
    return argon2.needsRehash(hash, PARAMETERS);
  }

  /** One after another, in the order in which they came, each after the rest of the one before. */
  #take(job: PinHashJob): Promise<string | boolean> {
    let began = 0;
    const done = this.#last.then(() => {
      began = performance.now();
      return this.#ask(job);
    });
    this.#last = done.catch(() => {}).then(() => sleep(performance.now() - began, undefined, { ref: false }));
    return done;
  }

  #ask(job: PinHashJob): Promise<string | boolean> {
    return new Promise((settle, refuse) => {
      this.#waiting = { settle, refuse };
      this.#worker ??= this.#start();
      // Only while it has something to do does the thread keep the process alive.
      this.#worker.ref();
      this.#worker.postMessage(job);
    });
  }

  /** It starts with the first hash and knows neither the settings nor the database. */
  #start(): Worker {
    const worker = new Worker(this.#program, { env: {}, argv: [], execArgv: [] });
    worker.on('message', (answer: PinHashAnswer) => {
      worker.unref();
      if ('fault' in answer) this.#finish()?.refuse(new Error(answer.fault));
      else this.#finish()?.settle(answer.answer);
    });
    // `exit` always follows; without a listener the error would end the process.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#finish()?.refuse(new Error('the thread that hashes has ended'));
    });
    return worker;
  }

  #finish(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
