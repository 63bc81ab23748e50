/** The product as in production: the whole application, but for the Zalo it asks, which is the load's. */
import { randomBytes } from 'node:crypto';
import { createApp } from '../src/app.ts';
import { openDatabase } from '../src/db/database.ts';
import { Keyring } from '../src/keyring.ts';
import { createLog } from '../src/log.ts';
import { readSettings } from './settings.ts';
import { serveSubject } from './subject.ts';

process.release.lts ??= 'Node 26'; // as main.ts does
const config = readSettings(process.env);
const app = await createApp({
  config,
  db: openDatabase(config.databaseUrl ?? ''),
  keyring: new Keyring(config.masterKeys),
  log: createLog(config.logLevel),
  clock: () => new Date(),
  random: randomBytes,
  fetch: globalThis.fetch,
});
await serveSubject(app.provider.callback());
