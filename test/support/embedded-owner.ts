/**
 * A process that owns an embedded PostgreSQL, for tests that kill it. Arguments: data directory, text of a row.
 * Prints one line of JSON once the row is acknowledged, then waits; SIGTERM stops the server and ends.
 */
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { createLog } from '../../src/log.ts';

const [directory = '', text = ''] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ directory, log: createLog('silent') });
const client = new pg.Client({ connectionString: server.url });
client.on('error', () => {});
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS notes (text text)');
await client.query('INSERT INTO notes VALUES ($1)', [text]);
server.ended.then(() => process.exit(3));
process.on('SIGTERM', async () => {
  await client.end();
  await server.stop();
  process.exit(0);
});

// Last: whoever reads this may send the signal at once.
process.stdout.write(`${JSON.stringify({ url: server.url, adopted: server.adopted })}\n`);
