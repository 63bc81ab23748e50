/**
 * Portraits from a chip, for an officer's screen. Browsers show JPEG as it is; JPEG 2000 they do not show, so it is
 * decoded by OpenJPEG (WebAssembly) and encoded again as PNG. Nothing is written to disk.
 *
 * The image comes from a stranger: each is decoded in a thread of its own with bounded memory and time, two at once at
 * the most, and only after its header said that it is no bomb. What cannot be decoded is no portrait, and no error.
 */
import { Worker } from 'node:worker_threads';
import type { PortraitAnswer, PortraitJob } from './portrait-worker.ts';

/** As icao/dg2 finds it in a chip. */
export type ChipPortrait = { format: 'jpeg' | 'jpeg2000'; image: Uint8Array };
export type ShownPortrait = { type: 'image/png' | 'image/jpeg'; bytes: Buffer };

const TIMEOUT_MS = 8_000;
const MOST_OCTETS = 512 * 1024;
const MOST_AT_ONCE = 2;
const MOST_WAITING = 20;

export class PortraitDecoder {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #timeout: number;

  constructor(timeout = TIMEOUT_MS) {
    this.#timeout = timeout;
  }

  /** What a browser can show of a portrait; undefined when it cannot be decoded, or when too many wait. */
  async show({ format, image }: ChipPortrait): Promise<ShownPortrait | undefined> {
    if (image.length > MOST_OCTETS) return undefined;
    if (format === 'jpeg') return { type: 'image/jpeg', bytes: Buffer.from(image) };
    if (this.#waiting.length >= MOST_WAITING) return undefined;
    if (this.#running >= MOST_AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
    try {
      const png = await decode(image, this.#timeout);
      return png && { type: 'image/png', bytes: png };
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

/** One thread for one image: what it leaves behind in memory goes with it. */
async function decode(image: Uint8Array, timeout: number): Promise<Buffer | undefined> {
  const job: PortraitJob = { image: Uint8Array.from(image) };
  const worker = new Worker(new URL('portrait-worker.ts', import.meta.url), {
    workerData: job,
    env: {},
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 },
  });
  try {
    return await new Promise((settle) => {
      const timer = setTimeout(() => settle(undefined), timeout);
      const end = (png?: Buffer) => {
        clearTimeout(timer);
        settle(png);
      };
      worker.on('message', ({ png }: PortraitAnswer) => end(png && Buffer.from(png)));
      worker.on('error', () => end());
      worker.on('exit', () => end());
    });
  } finally {
    await worker.terminate();
  }
}
