/** A browser and the app behind it, as far as the load needs them: cookies, redirects, our forms, Zalo played by us. */
import { createHash, randomBytes } from 'node:crypto';
import type { Connection, Reply } from './load.ts';

export const HOST = 'id.bench.example';
export const ISSUER = `https://${HOST}`;
export const REDIRECT_URI = 'https://app.bench.example/cb';
export const CLIENT = { id: 'bench-app', secret: 'bench-app-secret' };
export const SERVICE = { id: 'bench-service', secret: 'bench-service-secret', resource: 'urn:bench:ho-so' };
export const JWT_SERVICE = {
  id: 'bench-school',
  secret: 'bench-school-secret',
  resource: 'urn:bench:school',
};

export function basic({ id, secret }: { id: string; secret: string }): string {
  return `Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}\r\n`;
}

type Cookie = { name: string; value: string; path: string };
export type Tokens = { access_token: string; refresh_token?: string; id_token?: string };

const PAGE = `Origin: ${ISSUER}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14) Chrome/130\r\n`;

export class Citizen {
  readonly #connection: Connection;
  /** Everybody has an address of their own: what one address may ask is limited. */
  readonly #from = `X-Forwarded-For: 10.${[...randomBytes(3)].join('.')}\r\n`;
  #cookies: Cookie[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Signs in (or is signed in already), agrees, and lets the app redeem the code. */
  async signIn(scope: string, zaloId = randomBytes(6).readUIntBE(0, 6)): Promise<Tokens> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: CLIENT.id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope,
      state: 'state',
      nonce: 'nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      // OpenID Connect Core §11; the product asks by itself.
      ...(scope.includes('offline_access') ? { prompt: 'consent' } : {}),
    });
    let reply = await this.#open('GET', `/auth?${query}`);
    for (let hops = 0; hops < 20; hops += 1) {
      const location = /\r\nlocation: (.*)\r\n/i.exec(reply.head)?.[1];
      if (location?.startsWith(REDIRECT_URI)) return this.#redeem(location, verifier);
      if (location) reply = await this.#open('GET', this.#next(location, zaloId));
      else if (reply.status === 200) {
        const way = wayOn(reply);
        reply = await this.#open('POST', way, way.endsWith('/consent') ? 'all=yes' : '');
      } else break;
    }
    throw new Error(`the sign-in ended at ${reply.status}: ${reply.head}${reply.body.slice(0, 2000)}`);
  }

  async refresh(token: string): Promise<Tokens> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: token });
  }

  #redeem(location: string, verifier: string): Promise<Tokens> {
    const code = new URL(location).searchParams.get('code');
    if (!code) throw new Error(`no code: ${location}`);
    return this.#token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });
  }

  async #token(form: Record<string, string>): Promise<Tokens> {
    const body = new URLSearchParams(form).toString();
    const reply = await this.#connection.send('POST', '/token', `${basic(CLIENT)}${this.#from}`, body);
    if (reply.status !== 200) throw new Error(reply.body);
    return JSON.parse(reply.body) as Tokens;
  }

  /** Zalo's page is ours to play: its code is the citizen's id there. */
  #next(location: string, zaloId: number): string {
    const url = new URL(location, ISSUER);
    const back = url.searchParams.get('redirect_uri');
    if (url.host === HOST || !back) return `${url.pathname}${url.search}`;
    const answer = new URLSearchParams({
      code: String(zaloId),
      state: url.searchParams.get('state') ?? '',
    });
    return `${new URL(back).pathname}?${answer}`;
  }

  async #open(method: string, path: string, body = ''): Promise<Reply> {
    const cookies = this.#cookies
      .filter((cookie) => path.startsWith(cookie.path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const page = `${PAGE}${this.#from}`;
    const lines = cookies ? `${page}Cookie: ${cookies}\r\n` : page;
    const reply = await this.#connection.send(method, path, lines, body);
    for (const [, line = ''] of reply.head.matchAll(/\r\nset-cookie: (.*)(?=\r\n)/gi)) this.#keep(line);
    return reply;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; path=([^;]+)/i.exec(line)?.[1] ?? '/';
    this.#cookies = this.#cookies.filter((kept) => kept.name !== name || kept.path !== path);
    if (value) this.#cookies.push({ name, value, path });
  }
}

/** The way on from a page: Zalo where one signs in, yes where one is asked. */
function wayOn({ body }: Reply): string {
  const action = /action="([^"]*\/(?:zalo|consent))"/.exec(body)?.[1];
  if (!action) throw new Error(`no way on from the page ${body.slice(0, 2000)}`);
  return action;
}
