/**
 * A connection of its own that hears a channel. Whoever listens asks something over it all the while, so that one on which
 * nothing comes any more is noticed and opened anew: a channel that is silent sounds like one on which nothing is said.
 */
import pg from 'pg';
import { type Db, urlOf } from './database.ts';
import { readFailure, within } from './unanswered.ts';

const AGAIN = 1_000; // ms before a lost connection is opened anew
const PATIENCE = 2_000; // ms for an answer

export type Listener = {
  /** Asks over this very connection; undefined when there is none at the moment. */
  ask: (text: string) => Promise<unknown[] | undefined>;
  stop: () => Promise<void>;
};

/** Calls `hear` at every notification, and after every (re)connection. */
export function listen(db: Db, channel: string, hear: () => void): Listener {
  const connectionString = urlOf(db);
  let current: pg.Client | undefined;
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const lose = (client: pg.Client) => {
    if (current !== client) return;
    [current, isOpen] = [undefined, false];
    client.connection.stream.destroy();
    if (!stopped) timer = setTimeout(reopen, AGAIN).unref();
  };

  const open = async () => {
    const client = new pg.Client({
      ...{ connectionString, keepAlive: true, connectionTimeoutMillis: PATIENCE },
      // By this name an operator finds it in pg_stat_activity.
      application_name: channel,
    });
    current = client;
    const lost = () => lose(client);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', hear);
    try {
      await client.connect();
      await within(PATIENCE, client.query(`LISTEN ${pg.escapeIdentifier(channel)}`));
      isOpen = current === client;
      hear();
    } catch {
      lost();
    }
  };
  let opening = open();
  const reopen = () => {
    opening = open();
  };

  return {
    ask: async (text) => {
      const client = isOpen ? current : undefined;
      if (!client) return undefined;
      try {
        return (await within(PATIENCE, client.query(text))).rows;
      } catch (error) {
        lose(client);
        throw readFailure(error);
      }
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await opening;
      await (current && within(PATIENCE, current.end()).catch(() => current?.connection.stream.destroy()));
    },
  };
}
