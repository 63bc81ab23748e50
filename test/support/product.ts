/** The whole product on loopback for one test file: provider and sandbox over real HTTP, on a database of their own. */
import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { Provider } from 'oidc-provider';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Deps } from '../../src/deps.ts';
import { Keyring } from '../../src/keyring.ts';
import { createLog } from '../../src/log.ts';
import { createSandbox, seedSandbox } from '../../src/sandbox/sandbox.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export type Product = {
  issuer: string;
  sandbox: string;
  deps: Deps;
  provider: Provider;
  database: TestDatabase;
  /** Everything logged so far. */
  logged: () => string;
  /** Moves the clock of the product, in seconds from the real time. */
  travel: (seconds: number) => void;
  close: () => Promise<void>;
};

export type ProductOptions = {
  /** Further environment variables. */
  env?: Record<string, string>;
  /** Runs after the sandbox was seeded and before the application starts: to register clients of the test's own. */
  prepare?: (deps: Deps) => Promise<void>;
  /** How many nodes answer in turn on the one database, as behind a load balancer. */
  nodes?: number;
};

export async function startProduct({ env = {}, prepare, nodes = 1 }: ProductOptions = {}): Promise<Product> {
  const [server, sandboxServer] = [await reserve(), await reserve()];
  const database = await createTestDatabase();
  const result = readConfig({
    TNID_PORT: String(portOf(server)),
    TNID_SANDBOX_PORT: String(portOf(sandboxServer)),
    ...env,
  });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  const { config } = result;

  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const realNow = Date.now;
  let offset = 0;
  // The provider library reads the global clock, our own code deps.clock: one hand moves both.
  Date.now = () => realNow() + offset;
  const deps: Deps = {
    config,
    db: database.db,
    keyring: new Keyring([{ id: 1, key: randomBytes(32) }]),
    log: createLog('info', sink),
    clock: () => new Date(realNow() + offset),
    random: randomBytes,
    fetch: globalThis.fetch,
  };
  await seedSandbox(deps);
  await prepare?.(deps);
  const sandbox = await createSandbox(deps);
  const app = await createApp(deps);
  const others = await startOthers(deps, database.url, nodes - 1);
  const listeners = [app, ...others].map(({ provider }) => provider.callback());
  let turn = 0;
  server.serve((request, response) => {
    turn += 1;
    void listeners[turn % listeners.length]?.(request, response);
  });
  sandboxServer.serve(sandbox.callback());

  return {
    issuer: config.issuer,
    sandbox: `http://localhost:${config.sandboxPort}`,
    deps,
    provider: app.provider,
    database,
    logged: () => lines.join(''),
    travel: (seconds) => {
      offset += seconds * 1000;
    },
    close: async () => {
      Date.now = realNow;
      for (const node of [app, ...others]) await node.close();
      await Promise.all([server.close(), sandboxServer.close()]);
      await database.close();
    },
  };
}

/** Further nodes: each with its own connections, and everything else that a process keeps to itself. */
async function startOthers(deps: Deps, url: string, count: number): Promise<App[]> {
  const nodes: App[] = [];
  for (let number = 0; number < count; number += 1) {
    const db = openDatabase(url, 5);
    const app = await createApp({ ...deps, db });
    nodes.push({ provider: app.provider, close: () => app.close().then(() => db.destroy()) });
  }
  return nodes;
}

type Reserved = { server: Server; serve: (listener: RequestListener) => void; close: () => Promise<void> };

/** A port that is ours before the configuration that names it can be made. */
async function reserve(): Promise<Reserved> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return {
    server,
    serve: (next) => {
      listener = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

function portOf({ server }: Reserved): number {
  return (server.address() as AddressInfo).port;
}
