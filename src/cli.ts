/**
 * The operator's commands. Each works with DATABASE_URL, or with the embedded PostgreSQL of the data folder:
 * as a visitor while `npm start` runs, else by starting and stopping it. Results go to standard output, faults to
 * standard error; the exit code is 1 when a check fails, 2 when the command, an option or a file is not right.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { accountCommands } from './account/commands.ts';
import {
  type Args,
  importCertificates,
  inspectList,
  type Outcome,
  printTrust,
  removeCertificate,
  verifyChip,
} from './cccd/commands.ts';
import { type Config, readConfig } from './config.ts';
import { type Db, openDatabase, UNLIMITED } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import type { Deps } from './deps.ts';
import { UsageError } from './errors.ts';
import { Keyring } from './keyring.ts';
import { createLog } from './log.ts';
import { addByOperator, findUsageFault, importCommunes } from './officer/commands.ts';
import { auditCheckExport, auditVerify } from './oidc/audit-commands.ts';
import { keysRotate } from './oidc/key-commands.ts';
import { registryCommands } from './registry/commands.ts';
import { setOaToken } from './zalo/commands.ts';

/** Without `options` a command takes no further words. */
type Command = {
  help: string;
  usage?: string;
  options?: ParseArgsOptionsConfig;
  run(args: Args): Promise<number>;
};

/** What a command about the registry or an account works with. */
type Store = Pick<Deps, 'db' | 'clock' | 'config' | 'random' | 'keyring'> & {
  confirm: (question: string) => Promise<boolean>;
};
type StoreCommand = Omit<Command, 'run'> & { run(args: Args, store: Store): Promise<Outcome> };

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const commands: Record<string, Command> = {
  migrate: { help: 'apply the migrations that are missing', run: () => withDatabase(runMigrations, 1) },
  'config check': { help: 'check the settings; print every fault', run: checkConfig },
  'keys master': { help: 'print a new master key, to put first in TNID_MASTER_KEYS', run: printMasterKey },
  'audit verify': {
    ...auditVerify,
    run: async (args) => print(await withStore((store) => auditVerify.run(args, store))),
  },
  'chip verify': {
    help: 'verify the files of a chip by hand',
    usage: '--sod FILE [--dg FILE …] [--sod-only] --trust DIR [--at ISO-TIME] [--json]',
    options: { sod: text, dg: texts, 'sod-only': flag, trust: text, at: text, json: flag },
    run: async (args) => print(await verifyChip(args)),
  },
  'trust inspect': {
    help: 'verify a master list and count what it holds',
    usage: '--master-list FILE --anchor FILE [--at ISO-TIME] [--json]',
    options: { 'master-list': text, anchor: text, at: text, json: flag },
    run: async (args) => print(await inspectList(args)),
  },
  'trust import': {
    help: 'pin certificates whose fingerprints you have compared',
    usage: '--document-type TYPE FILE… [--fingerprint SHA256…]',
    options: { 'document-type': texts, fingerprint: texts },
    run: async (args) => print(await importCertificates(args, withStore)),
  },
  'trust list': {
    help: 'print the pinned certificates',
    run: async () => print(await withStore(printTrust)),
  },
  'officer add': {
    help: 'make an officer’s account; prints the one-time link that opens it',
    usage: 'LOGIN --name NAME --role ROLE [--commune CODE…]',
    options: { name: text, role: text, commune: texts },
    run: addOfficer,
  },
  'communes import': {
    help: 'fill the list of communes from lines "code,name"',
    usage: 'FILE',
    options: {},
    run: async ({ rest: [path, ...more] }) => {
      if (!path || more.length > 0) throw new UsageError('one file is expected');
      return print(await withStore(({ db }) => importCommunes({ db }, path)));
    },
  },
  'trust remove': {
    help: 'take a pinned certificate out',
    usage: 'FINGERPRINT',
    options: {},
    run: async (args) => print(await removeCertificate(args, withStore)),
  },
  'zalo-oa token': {
    help: 'take the refresh token of the Zalo OA from standard input',
    run: () => withDatabase(takeOaToken, 1),
  },
  ...withDeps({ 'audit check-export': auditCheckExport }),
  ...withDeps(registryCommands),
  ...withDeps({ 'keys rotate': keysRotate }),
  ...withDeps(accountCommands),
};

function withDeps(table: Record<string, StoreCommand>): Record<string, Command> {
  const entries = Object.entries(table).map(([name, command]): [string, Command] => [
    name,
    {
      ...command,
      run: async (args) =>
        print(await withDatabase((db, config) => runOn(command, args, db, config), failed)),
    },
  ]);
  return Object.fromEntries(entries);
}

const failed: Outcome = { said: [], code: 1 };

async function runOn(command: StoreCommand, args: Args, db: Db, config: Config): Promise<Outcome> {
  const keyring = new Keyring(await masterKeysOf(config));
  return command.run(args, { db, config, keyring, clock: () => new Date(), random: randomBytes, confirm });
}

/** In the sandbox without TNID_MASTER_KEYS: the key that the first start made (main.ts). */
async function masterKeysOf(config: Config): Promise<Config['masterKeys']> {
  if (config.masterKeys.length > 0) return config.masterKeys;
  const kept = (await readFile(join(config.dataDirectory, 'master-key'), 'utf8')).trim();
  const result = readConfig({ ...process.env, TNID_MASTER_KEYS: kept });
  if (!result.ok) throw new Error(result.faults.join('; '));
  return result.config.masterKeys;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function printHelp(): void {
  const lines = Object.entries(commands).flatMap(([name, { help, usage }]) => [
    `  ${name.padEnd(20)} ${help}`,
    ...(usage ? [`  ${''.padEnd(20)} ${usage}`] : []),
  ]);
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

/** From standard input: what stands on a command line is seen by everybody on the machine, and kept in its history. */
async function takeOaToken(db: Db): Promise<number> {
  const masterKeys = readSettings()?.masterKeys ?? [];
  if (masterKeys.length === 0) {
    console.error('TNID_MASTER_KEYS is missing');
    return 1;
  }
  const chunks = await process.stdin.setEncoding('utf8').toArray();
  const deps = { db, keyring: new Keyring(masterKeys), clock: () => new Date() };
  const taken = await setOaToken(deps, chunks.join(''));
  if (taken) console.log('the token is kept; the next message exchanges it');
  else console.error('standard input holds no token');
  return taken ? 0 : 1;
}

async function addOfficer({ values, rest }: Args): Promise<number> {
  const words = {
    login: rest[0],
    name: values.name as string | undefined,
    role: values.role as string | undefined,
    communes: (values.commune as string[] | undefined) ?? [],
  };
  const fault = rest.length > 1 ? 'one login is expected' : findUsageFault(words);
  if (fault) throw new UsageError(fault);
  const issuer = readSettings()?.issuer;
  if (!issuer) return 1;
  return print(await withStore((store) => addByOperator({ ...store, issuer, random: randomBytes }, words)));
}

function readSettings(): Config | undefined {
  const result = readConfig(process.env);
  if (result.ok) return result.config;
  console.error(result.faults.map((fault) => `- ${fault}`).join('\n'));
  return undefined;
}

function print({ said, complained = [], code }: Outcome): number {
  for (const line of said) console.log(line);
  for (const line of complained) console.error(line);
  return code;
}

function withStore(work: (store: { db: Db; clock: () => Date }) => Promise<Outcome>): Promise<Outcome> {
  return withDatabase((db) => work({ db, clock: () => new Date() }), failed);
}

/** Runs against the database of the settings, and leaves a server that was running as it was. */
async function withDatabase<T>(work: (db: Db, config: Config) => Promise<T>, otherwise: T): Promise<T> {
  const config = readSettings();
  if (!config) return otherwise;
  const store = await openStore(config);
  const db = openDatabase(store.url, 1, UNLIMITED);
  try {
    return await work(db, config);
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

/** Does what was asked for; returns the exit code. */
async function runCommand(words: string[]): Promise<number> {
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => Object.hasOwn(commands, one));
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || !command) {
    printHelp();
    return words[0] === undefined || words[0] === 'help' ? 0 : 2;
  }
  try {
    const { values, positionals } = parseArgs({
      args: words.slice(name.split(' ').length),
      options: command.options ?? {},
      allowPositionals: command.options !== undefined,
    });
    return await command.run({ values, rest: positionals });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const misused = error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS');
    console.error(misused ? `${name}: ${message}` : message || String(error));
    return misused ? 2 : 1;
  }
}

process.exitCode = await runCommand(process.argv.slice(2));
