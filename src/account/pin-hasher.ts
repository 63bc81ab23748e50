/**
 * argon2id (RFC 9106) for what people choose, one hash at a time and with a short queue, because it is made to be
 * expensive: a storm of guesses must not take the processor from everybody else. After each hash the hasher rests for as
 * long as the hash took, so it never has more than half of a core, and less where the machine is busy. Whoever comes
 * when the queue is full is told so before anything is done for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import argon2 from 'argon2';
import { AppError } from '../errors.ts';

/** About 45 ms of one core and 19 MiB here; kept in each hash, and brought up to date when it is used. */
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 3, parallelism: 1 } as const;
const MOST_INSIDE = 20;

export class PinHasher {
  #inside = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #most: number;

  constructor(most = MOST_INSIDE) {
    this.#most = most;
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

  hash(secret: string): Promise<string> {
    return this.#take(() => argon2.hash(secret, PARAMETERS));
  }

  verify(hash: string, secret: string): Promise<boolean> {
    return this.#take(() => argon2.verify(hash, secret));
  }

  /** Whether a hash was made with other parameters than today's. */
  isOutdated(hash: string): boolean {
    return argon2.needsRehash(hash, PARAMETERS);
  }

  /** One after another, in the order in which they came, each after the rest of the one before. */
  #take<T>(work: () => Promise<T>): Promise<T> {
    let began = 0;
    const done = this.#last.then(() => {
      began = performance.now();
      return work();
    });
    this.#last = done.catch(() => {}).then(() => sleep(performance.now() - began, undefined, { ref: false }));
    return done;
  }
}
