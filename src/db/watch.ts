/**
 * Connections on which nothing comes back any more, because packets are dropped on the way and nobody says so: TCP notices
 * that in a quarter of an hour. One that owes an answer for too long is closed, and its pool opens another. Those of the
 * pool that are idle at that moment have most likely gone the same way, and are closed with it.
 */
import type pg from 'pg';
import { Silence } from './unanswered.ts';

type Watched = {
  client: pg.PoolClient;
  /** When it was asked what it has not answered; 0: nothing. */
  since: number;
  /** Whether somebody has it. */
  held: boolean;
  /** Overdue at the last look. The answer may be there and not read yet: after a long turn, timers come first. */
  overdue: boolean;
};

const GOODBYE = 3_000; // ms

/** @param limit in milliseconds. @param whole: who takes a connection asks at once, and gives it back with the answer. */
export function watchPool(pool: pg.Pool, limit: number, { whole = false } = {}): void {
  if (limit === 0) return;
  const all = new Map<pg.PoolClient, Watched>();
  const close = ({ client }: Watched) => client.connection.stream.destroy(new Silence());
  const look = () => {
    const late = performance.now() - limit;
    let silent = false;
    for (const one of all.values()) {
      const isLate = one.since > 0 && one.since < late;
      if (isLate && one.overdue) {
        close(one);
        silent = true;
      }
      one.overdue = isLate;
    }
    if (silent) for (const one of all.values()) if (!one.held) close(one);
  };
  const timer = setInterval(look, Math.min(limit / 10, 500));
  timer.unref();
  const end = pool.end.bind(pool) as () => Promise<void>;
  pool.end = (async () => {
    clearInterval(timer);
    // Nor does a silent one answer a goodbye.
    const limit = setTimeout(() => [...all.values()].forEach(close), GOODBYE);
    await end();
    clearTimeout(limit);
  }) as typeof pool.end;

  pool.on('connect', (client) => {
    const watched: Watched = { client, since: 0, held: true, overdue: false };
    all.set(client, watched);
    if (!whole) watchQueries(watched);
  });
  pool.on('acquire', (client) => {
    const watched = all.get(client);
    if (!watched) return;
    watched.held = true;
    if (whole) watched.since = performance.now();
  });
  pool.on('release', (_error, client) => {
    const watched = all.get(client);
    if (!watched) return;
    watched.held = false;
    watched.since = 0;
  });
  pool.on('remove', (client) => all.delete(client));
}

function watchQueries(watched: Watched): void {
  const { client } = watched;
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    watched.since = performance.now();
    return query(...given);
  }) as typeof client.query;
  client.on('drain', () => {
    watched.since = 0;
  });
}
