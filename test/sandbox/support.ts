/** A sandbox on a port of its own, without a provider and without a database. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/deps.ts';
import { Keyring } from '../../src/keyring.ts';
import { createLog } from '../../src/log.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';

export type TestSandbox = { deps: Deps; url: string; moveClock: (seconds: number) => void; stop: () => void };

/** Starts it; `issuer` is where the provider would be. */
export async function startSandbox(issuer = 'http://localhost:3000'): Promise<TestSandbox> {
  const server = createServer();
  const port = await listen(server);
  const read = readConfig({ TNID_SANDBOX_PORT: String(port), TNID_ISSUER: issuer });
  if (!read.ok) throw new Error(read.faults.join());
  let offset = 0;
  const deps: Deps = {
    config: read.config,
    // Nothing of the running sandbox touches the database; only the seed does.
    db: undefined as unknown as Deps['db'],
    keyring: new Keyring([{ id: 1, key: randomBytes(32) }]),
    log: createLog('silent'),
    clock: () => new Date(Date.now() + offset),
    random: randomBytes,
    fetch,
  };
  const app = await createSandbox(deps);
  server.on('request', app.callback());
  return {
    deps,
    url: `http://localhost:${port}`,
    moveClock: (seconds) => {
      offset += seconds * 1000;
    },
    stop: () => stop(server),
  };
}

/** Listens on a free port that both 127.0.0.1 and localhost reach. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function stop(server: Server): void {
  server.closeAllConnections();
  server.close();
}

export type Visit = { status: number; location: string | undefined; text: string; url: string };

/** A browser without script: cookies by name and path, forms by hand, redirects followed only when asked. */
export class Browser {
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>();

  /** The names of all cookies held. */
  get cookieNames(): string[] {
    return [...this.#cookies.values()].map(({ name }) => name);
  }

  async get(url: string): Promise<Visit> {
    return this.#send(url, {});
  }

  async post(url: string, fields: Record<string, string>): Promise<Visit> {
    return this.#send(url, { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** Goes on for as long as it is sent on, and says where it ended. */
  async follow(visit: Visit): Promise<Visit> {
    let at = visit;
    for (let hops = 0; at.location && hops < 20; hops += 1) at = await this.get(at.location);
    return at;
  }

  async #send(url: string, init: RequestInit): Promise<Visit> {
    const { host, pathname } = new URL(url);
    const sent = [...this.#cookies.values()].filter(({ path }) => pathname.startsWith(path));
    const cookie = sent.map(({ name, value }) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location ? new URL(location, `http://${host}`).href : undefined,
      text: await response.text(),
      url,
    };
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(`${path} ${name}`);
    else this.#cookies.set(`${path} ${name}`, { name, value, path });
  }
}
