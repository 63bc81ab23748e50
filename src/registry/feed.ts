/**
 * How a change of the registry or of the signing keys reaches this node within a second, without a restart: the
 * database's notification, sent by a trigger with the commit, and beside it a look at the version row every second,
 * for the notification that was missed (a lost connection, a pooler that passes none on).
 */
import { listen } from '../db/database.ts';
import type { Deps } from '../deps.ts';

const CHANNEL = 'tnid_registry';
const LOOK = 900; // ms

export type Feed = { stop: () => Promise<void> };

/** Calls `reload` whenever the version is another than the one seen last. A reload that fails is tried again. */
export function followRegistry(
  { db, log }: Pick<Deps, 'db' | 'log'>,
  seenVersion: bigint,
  reload: () => Promise<void>,
): Feed {
  let seen = seenVersion;
  let failing = false;
  let stopped = false;
  let asked = false;
  let working: Promise<void> | undefined;

  const look = async () => {
    const row = await db.selectFrom('registry_version').select('version').executeTakeFirstOrThrow();
    if (row.version === seen) return;
    // What is read now is of this version or newer; if newer, the next look finds it.
    await reload();
    seen = row.version;
  };
  const work = async () => {
    while (asked && !stopped) {
      asked = false;
      try {
        await look();
        failing = false;
      } catch (error) {
        // Told once: without a database there is more to hear of than this.
        if (!failing && !stopped)
          log.error({ error: (error as Error).message }, 'the registry cannot be read anew');
        failing = true;
      }
    }
    working = undefined;
  };
  const ask = () => {
    asked = true;
    working ??= work();
  };

  const listener = listen(db, CHANNEL, ask);
  const timer = setInterval(ask, LOOK);
  timer.unref();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await listener.stop();
      await working;
    },
  };
}
