/**
 * The operator's commands. Each works with DATABASE_URL, or with the embedded PostgreSQL of the data folder:
 * as a visitor while `npm start` runs, else by starting and stopping it. Results go to standard output, faults to
 * standard error; the exit code is 1 when a check fails, 2 when the command is not known.
 */
import { randomBytes } from 'node:crypto';
import { verifyAudit } from './audit/audit.ts';
import { type Config, readConfig } from './config.ts';
import { type Db, openDatabase } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { createLog } from './log.ts';

type Command = { help: string; run(): Promise<number> };

const commands: Record<string, Command> = {
  migrate: { help: 'apply the migrations that are missing', run: () => withDatabase(runMigrations) },
  'config check': { help: 'check the settings; print every fault', run: checkConfig },
  'keys master': { help: 'print a new master key, to put first in TNID_MASTER_KEYS', run: printMasterKey },
  'audit verify': { help: 'check the hash chain of the audit log', run: () => withDatabase(checkAudit) },
};

function printHelp(): void {
  const lines = Object.entries(commands).map(([name, { help }]) => `  ${name.padEnd(14)} ${help}`);
  console.error(['Usage: npm run cli -- <command>', '', ...lines].join('\n'));
}

async function runMigrations(db: Db): Promise<number> {
  const applied = await migrate(db, new Date());
  console.log(applied.length > 0 ? applied.map((name) => `applied ${name}`).join('\n') : 'nothing to apply');
  return 0;
}

async function checkConfig(): Promise<number> {
  const config = readSettings();
  if (!config) return 1;
  console.log(`the settings are complete (${config.environment}, ${config.issuer})`);
  return 0;
}

async function printMasterKey(): Promise<number> {
  const ids = (process.env.TNID_MASTER_KEYS ?? '').split(',').map((pair) => Number.parseInt(pair, 10));
  const id = Math.max(0, ...ids.filter(Number.isInteger)) + 1;
  if (id > 255) {
    console.error('no id is left: a master key has an id from 1 to 255');
    return 1;
  }
  console.log(`${id}:${randomBytes(32).toString('base64url')}`);
  return 0;
}

async function checkAudit(db: Db): Promise<number> {
  const result = await verifyAudit(db);
  if (result.ok) console.log(`the chain is whole: ${result.events} events, head ${result.head}`);
  else console.error(`the chain is broken at event ${result.seq}: ${result.fault}`);
  return result.ok ? 0 : 1;
}

function readSettings(): Config | undefined {
  const result = readConfig(process.env);
  if (result.ok) return result.config;
  console.error(result.faults.map((fault) => `- ${fault}`).join('\n'));
  return undefined;
}

/** Runs against the database of the settings, and leaves a server that was running as it was. */
async function withDatabase(work: (db: Db) => Promise<number>): Promise<number> {
  const config = readSettings();
  if (!config) return 1;
  const store = await openStore(config);
  const db = openDatabase(store.url, 1);
  try {
    return await work(db);
  } finally {
    await db.destroy();
    await store.stop();
  }
}

async function openStore(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.databaseUrl) return { url: config.databaseUrl, stop: async () => {} };
  const { findEmbeddedPostgres, startEmbeddedPostgres } = await import('./db/embedded.ts');
  const running = await findEmbeddedPostgres(config.dataDirectory);
  if (running) return { url: running, stop: async () => {} };
  return startEmbeddedPostgres({ directory: config.dataDirectory, log: createLog('error') });
}

const command = commands[process.argv.slice(2).join(' ')];
if (command) {
  try {
    process.exitCode = await command.run();
  } catch (error) {
    console.error((error as Error).message || String(error));
    process.exitCode = 1;
  }
} else {
  printHelp();
  process.exitCode = process.argv[2] === undefined || process.argv[2] === 'help' ? 0 : 2;
}
