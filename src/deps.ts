/** What the product needs from outside, built once by main.ts (or a test) and passed down. Nothing ambient. */
import type { Kysely } from 'kysely';
import type { Config } from './config.ts';
import type { DB } from './db/schema.ts';
import type { Keyring } from './keyring.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type Deps = {
  config: Config;
  db: Kysely<DB>;
  keyring: Keyring;
  log: Log;
  /** The time now. Tests move it. */
  clock: () => Date;
  /** Cryptographically random bytes. */
  random: (bytes: number) => Buffer;
  /** Outgoing HTTP. */
  fetch: typeof globalThis.fetch;
  /** Where there is a port for them. */
  metrics?: Metrics;
};
