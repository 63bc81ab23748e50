/**
 * Chips are verified in threads of their own, behind a bounded queue: whatever is thrown at it, sign-in goes on.
 *
 * Files come from strangers. Too much is refused before it is copied, a full queue answers `busy` at once, and a
 * thread that dies or takes too long costs its own job only: that chip counts as unreadable and the next job gets a
 * new thread. Threads start at the first job and know neither the settings nor the database.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { TrustBytes } from '../verification/trust-store.ts';
import type { ChipJob } from './chip-worker.ts';
import type { ChipFiles, ChipVerdict } from './judge-chip.ts';

export type ChipVerifierOptions = {
  /** Threads at most; without it one fewer than processors, from one to four. */
  threads?: number;
  /** Jobs that may wait for a thread. */
  maxQueue?: number;
  /** How long one job may take once it is handed to a thread that has answered before. */
  timeoutMillis?: number;
  /** Told when a thread died or was ended for taking too long: for the log, no data in it. */
  onFault?: (fault: 'died' | 'too_slow') => void;
  /** The thread's program; tests put one in its place that misbehaves. */
  program?: URL;
};

type Answer = ChipVerdict | { busy: true };
type Job = { files: ChipFiles; trust: TrustBytes; at: Date; settle: (answer: Answer) => void };
type Thread = {
  worker: Worker;
  trustVersion?: string;
  job?: Job;
  timer?: NodeJS.Timeout;
  started: boolean;
  ending: boolean;
};

/** A CCCD's files have 25 to 40 KB together, most of it the portrait. */
const maximumOctets = 512 * 1024;
/** What icao/ would refuse by its length alone is not worth a copy (sod.ts). */
const maximumSodOctets = 64 * 1024;
const maximumGroups = 16;
/** Loading the program, on a machine that is busy with other things. */
const startMillis = 10_000;
const unreadable: ChipVerdict = { verified: false, reason: 'input_unreadable' };

export class ChipVerifier {
  readonly #threads: Thread[] = [];
  readonly #queue: Job[] = [];
  readonly #maxThreads: number;
  readonly #maxQueue: number;
  readonly #timeoutMillis: number;
  readonly #program: URL;
  readonly #onFault: (fault: 'died' | 'too_slow') => void;
  #closed = false;

  /** Chips that wait for a thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  constructor(options: ChipVerifierOptions = {}) {
    this.#maxThreads = options.threads ?? Math.min(4, Math.max(1, availableParallelism() - 1));
    this.#maxQueue = options.maxQueue ?? 32;
    this.#timeoutMillis = options.timeoutMillis ?? 2_000;
    this.#program = options.program ?? new URL('chip-worker.ts', import.meta.url);
    this.#onFault = options.onFault ?? (() => {});
  }

  /**
   * Judges a chip as of `at`.
   *
   * @returns the verdict (`cms_too_large` or `dg_too_large` for more than 512 KiB or 16 data groups; `input_unreadable` if the thread
   *   died or took too long), or `busy` when the queue is full or closed. Never rejects.
   */
  verify(files: ChipFiles, trust: TrustBytes, at: Date): Promise<Answer> {
    if (files.sod.length > maximumSodOctets) {
      return Promise.resolve({ verified: false, reason: 'cms_too_large' });
    }
    if (measure(files) > maximumOctets || files.dataGroups.length > maximumGroups) {
      return Promise.resolve({ verified: false, reason: 'dg_too_large' });
    }
    const thread = this.#closed ? undefined : this.#findThread();
    if (!thread && (this.#closed || this.#queue.length >= this.#maxQueue)) {
      return Promise.resolve({ busy: true });
    }
    return new Promise((settle) => {
      const job = { files: copyFiles(files), trust, at, settle };
      if (thread) this.#give(thread, job);
      else this.#queue.push(job);
    });
  }

  /** Ends the threads; jobs that wait or run are answered `busy`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.settle({ busy: true });
    const threads = this.#threads.splice(0);
    for (const thread of threads) finish(thread, { busy: true });
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** A thread with nothing to do, started now if there may be one more. */
  #findThread(): Thread | undefined {
    const idle = this.#threads.find(({ job }) => !job);
    if (idle || this.#threads.length >= this.#maxThreads) return idle;
    return this.#startThread();
  }

  #startThread(): Thread {
    const worker = new Worker(this.#program, {
      // The thread reads strangers' bytes: it gets no settings, and less memory than would hurt the process.
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
    });
    const thread: Thread = { worker, started: false, ending: false };
    this.#threads.push(thread);
    worker.on('message', (verdict: ChipVerdict) => {
      if (thread.ending) return;
      thread.started = true;
      finish(thread, verdict);
      this.#continue(thread);
    });
    // `exit` always follows; without a listener the error would end the process.
    worker.on('error', () => {});
    worker.on('exit', () => this.#replace(thread));
    return thread;
  }

  #give(thread: Thread, job: Job): void {
    const { files, trust, at } = job;
    thread.job = job;
    thread.worker.ref();
    const limit = thread.started ? this.#timeoutMillis : startMillis + this.#timeoutMillis;
    thread.timer = setTimeout(() => {
      // The `exit` that follows settles the job.
      thread.ending = true;
      void thread.worker.terminate();
    }, limit);
    const message: ChipJob = thread.trustVersion === trust.version ? { files, at } : { files, at, trust };
    thread.trustVersion = trust.version;
    thread.worker.postMessage(message, listBuffers(files));
  }

  /** The next job, or nothing: an idle thread does not keep the process alive. */
  #continue(thread: Thread): void {
    const next = this.#queue.shift();
    if (next) this.#give(thread, next);
    else thread.worker.unref();
  }

  #replace(thread: Thread): void {
    const index = this.#threads.indexOf(thread);
    if (index >= 0) this.#threads.splice(index, 1);
    finish(thread, unreadable);
    if (!this.#closed) this.#onFault(thread.ending ? 'too_slow' : 'died');
    if (!this.#closed && this.#queue.length > 0) this.#continue(this.#startThread());
  }
}

function finish(thread: Thread, answer: Answer): void {
  clearTimeout(thread.timer);
  const { job } = thread;
  delete thread.job;
  job?.settle(answer);
}

function measure({ sod, dataGroups, activeAuthentication: active }: ChipFiles): number {
  const groups = dataGroups.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return sod.length + groups + (active ? active.challenge.length + active.response.length : 0);
}

/**
 * Files cut out of a request's body would keep, and send, all of the body; and the caller may change them while they
 * wait. So they are copied once, and the copies handed over.
 */
function copyFiles({ sod, dataGroups, activeAuthentication: active }: ChipFiles): ChipFiles {
  return {
    sod: new Uint8Array(sod),
    dataGroups: dataGroups.map(({ number, bytes }) => ({ number, bytes: new Uint8Array(bytes) })),
    ...(active && {
      activeAuthentication: {
        challenge: new Uint8Array(active.challenge),
        response: new Uint8Array(active.response),
      },
    }),
  };
}

function listBuffers({ sod, dataGroups, activeAuthentication: active }: ChipFiles): ArrayBuffer[] {
  const views = [sod, ...dataGroups.map(({ bytes }) => bytes)];
  if (active) views.push(active.challenge, active.response);
  return views.map(({ buffer }) => buffer as ArrayBuffer);
}
