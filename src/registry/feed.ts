/**
 * How a change of the registry or of the signing keys reaches this node within a second, without a restart: the
 * database's notification, sent by a trigger with the commit, and beside it a look at the version row every second,
 * for the notification that was missed (a lost connection, a pooler that passes none on). The look goes over the very
 * connection that hears, which nobody else keeps busy; one that does not answer is opened anew.
 */
import { type Db, runPrepared } from '../db/database.ts';
import { type Listener, listen } from '../db/listen.ts';
import { Unanswered, within } from '../db/unanswered.ts';
import type { Deps } from '../deps.ts';

const CHANNEL = 'tnid_registry';
const LOOK = 900; // ms
const PATIENCE = 2_000; // ms
const versionOf = { name: 'registry_version', text: 'SELECT version FROM registry_version' };

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
    const version = await readVersion(db, listener);
    if (version === seen) return;
    // What is read now is of this version or newer; if newer, the next look finds it.
    await reload();
    seen = version;
  };
  const work = async () => {
    while (asked && !stopped) {
      asked = false;
      try {
        await look();
        failing = false;
      } catch (error) {
        // Told once: without a database there is more to hear of than this.
        const { message } = (error instanceof Unanswered ? error.cause : error) as Error;
        if (!failing && !stopped) log.error({ error: message }, 'the registry cannot be read anew');
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

/** Over another connection where the one that hears is not open. */
async function readVersion(db: Db, listener: Listener): Promise<bigint> {
  const rows =
    (await listener.ask(versionOf.text)) ?? (await within(PATIENCE, runPrepared(db, versionOf, [])));
  const [row] = rows as { version: bigint | string }[];
  if (!row) throw new Error('the registry has no version');
  return BigInt(row.version);
}
