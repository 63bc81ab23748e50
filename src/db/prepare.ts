/**
 * Prepared statements without being asked: a text that comes again and again is given a name, and PostgreSQL parses and
 * plans it once a connection. Texts that come seldom (a list of another length each time) stay without one.
 */
import type pg from 'pg';

const OFTEN = 3;
const MOST = 500;

/** Names for the texts of one pool, the same on all of its connections. */
export function createNames(): (text: string) => string | undefined {
  const seen = new Map<string, number>();
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text);
    // A star means other columns after a migration, and PostgreSQL refuses a plan that no longer fits.
    if (name || names.size >= MOST || text.includes('*')) return name;
    const times = (seen.get(text) ?? 0) + 1;
    if (times < OFTEN) {
      if (seen.size >= 4 * MOST) seen.clear();
      seen.set(text, times);
      return undefined;
    }
    seen.delete(text);
    names.set(text, `q${names.size}`);
    return names.get(text);
  };
}

/** Makes a new connection use the names. */
export function nameStatements(client: pg.Client, nameOf: (text: string) => string | undefined): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const named = (...given: unknown[]) => {
    const [text, values] = given;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query(...given);
    const name = nameOf(text);
    return name ? query({ name, text, values }, ...given.slice(2)) : query(...given);
  };
  client.query = named as typeof client.query;
}
