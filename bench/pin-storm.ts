/**
 * A storm of PINs: 200 wrong ones a second, each from another citizen's session, while services introspect as always.
 * Quiet and storm take turns in one run, and both are open loops: a request's time counts from when it was due, so
 * that a server which stands still cannot hide it (design §8: p99 within twice the quiet one).
 */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Provider } from 'oidc-provider';
import { recogniseOrCreate } from '../src/account/identities.ts';
import { setPin } from '../src/account/pin.ts';
import { PinHasher } from '../src/account/pin-hasher.ts';
import { performAct } from '../src/audit/audit.ts';
import { readConfig } from '../src/config.ts';
import { openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import type { Deps } from '../src/deps.ts';
import { Keyring } from '../src/keyring.ts';
import { createLog } from '../src/log.ts';
import { createProvider } from '../src/oidc/provider.ts';
import { Registry } from '../src/registry/registry.ts';
import { seedSandbox } from '../src/sandbox/sandbox.ts';
import { submitProof } from '../src/verification/proofs.ts';
import { agree, signInWithZalo } from '../test/support/citizen.ts';
import type { Product } from '../test/support/product.ts';
import { RelyingParty } from '../test/support/relying-party.ts';
import { startThrowawayPostgres } from '../test/support/throwaway-postgres.ts';
import { makeRow, median, percentile, type Row } from './measure.ts';

const CITIZENS = 500;
const ATTEMPTS_A_SECOND = 200;
const QUESTIONS_A_SECOND = 50;
const SECONDS = 6;
const ROUNDS = 5;

export async function benchPinStorm(): Promise<{ rows: Row[]; answers: Record<string, number> }> {
  const postgres = await startThrowawayPostgres('tnid_bench');
  const directory = await mkdtemp(join(tmpdir(), 'tnid-pin-storm-'));
  const env = {
    TNID_PORT: String(await freePort()),
    TNID_SANDBOX_PORT: String(await freePort()),
    TNID_MASTER_KEYS: `1:${randomBytes(32).toString('base64url')}`,
    TNID_LOG_LEVEL: 'error',
    TNID_DATA_DIR: directory,
    DATABASE_URL: postgres.url,
  };
  try {
    const seeded = await seed(env, postgres.url);
    return await withServer(env, (product) => measure(product, seeded));
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

type Seat = { path: string; cookie: string };
type Saved = { uid: string; jti: string; save: (seconds: number) => Promise<unknown> };
/** The provider's own models; its types leave their constructors out. */
type Models = {
  Session: new (payload: object) => Saved;
  Interaction: new (uid: string, payload: object) => Saved;
};

/** Verified citizens with a PIN, each signed in and at the step-up page. */
async function seed(env: Record<string, string>, url: string): Promise<Seat[]> {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  const db = openDatabase(url, 5);
  await migrate(db, new Date());
  const deps: Deps = {
    config: result.config,
    db,
    keyring: new Keyring(result.config.masterKeys),
    log: createLog('error'),
    clock: () => new Date(),
    random: randomBytes,
    fetch: globalThis.fetch,
  };
  await seedSandbox(deps);
  // Only its models are used: it shows no page.
  const provider = await createProvider(deps, await Registry.load(deps), {} as never);
  // One hash for all: making it is not what is measured.
  const hash = await new PinHasher().hash('482915');
  const seats: Seat[] = [];
  for (let number = 0; number < CITIZENS; number += 1) seats.push(await seat(provider, deps, number, hash));
  // What the acts would have told the citizens is not the storm's either.
  await sql`DELETE FROM graphile_worker._private_jobs`.execute(db);
  await db.destroy();
  return seats;
}

async function seat(provider: Provider, deps: Deps, number: number, hash: string): Promise<Seat> {
  const personalNumber = `0720900${String(number).padStart(5, '0')}`;
  const accountId = await performAct(deps, async (act) => {
    const profile = { subject: `bench-${number}` };
    const { accountId } = await recogniseOrCreate(act, deps.keyring, 'zalo', profile);
    const person = { personalNumber, fullName: 'Nguyễn Văn Thử' };
    const checks = { citizen_account: 'pass', number_valid: 'pass', holder_present: 'vneid' } as const;
    const evidence = { kind: 'vneid_claims', content: '{}' } as const;
    const proof = { accountId, method: 'vneid', person, checks, evidence } as const;
    const { outcome } = await submitProof(act, deps.keyring, proof);
    if (outcome !== 'approved') throw new Error(`the proof was ${outcome}`);
    await setPin(act, deps.keyring, accountId, hash);
    return accountId;
  });
  const { Session, Interaction } = provider as unknown as Models;
  const session = new Session({ accountId, acr: 'level1', amr: ['zalo'], loginTs: epoch() });
  await session.save(3600);
  const uid = randomBytes(16).toString('base64url');
  const interaction = new Interaction(uid, {
    returnTo: `${deps.config.issuer}/auth/${uid}`,
    prompt: { name: 'level', reasons: ['level_required'], details: {} },
    params: { client_id: 'sandbox-web', redirect_uri: 'http://127.0.0.1:65000/cb' },
    session: { accountId, uid: session.uid, cookie: session.jti, acr: 'level1', amr: ['zalo'] },
  });
  await interaction.save(3600);
  return { path: `/interaction/${uid}/pin`, cookie: signCookie(deps, `tnid_interaction=${uid}`) };
}

/** As the provider's own cookie jar signs (keygrip: HMAC-SHA-1 with the first key). */
function signCookie({ keyring }: Deps, pair: string): string {
  const [key] = keyring.secrets('cookie');
  const signature = createHmac('sha1', key?.toString('base64url') ?? '')
    .update(pair)
    .digest('base64url');
  return `${pair}; tnid_interaction.sig=${signature}`;
}

/** The whole product as `npm start` runs it, in a process of its own. */
async function withServer<T>(
  env: Record<string, string>,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], {
    // As npm starts it: it stops by itself when this process is killed.
    env: { ...process.env, ...env, npm_lifecycle_event: 'bench' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((settle) => child.once('exit', settle));
  const issuer = `http://localhost:${env.TNID_PORT}`;
  try {
    for (let tries = 0; ; tries += 1) {
      const ready = await fetch(`${issuer}/readyz`).catch(() => undefined);
      if (ready?.ok) break;
      if (tries > 300 || child.exitCode !== null) throw new Error('the server did not start');
      await sleep(100);
    }
    return await work({ issuer } as Product);
  } finally {
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(limit);
  }
}

async function measure(product: Product, seats: Seat[]) {
  const token = await fetchToken(product);
  const { host } = new URL(product.issuer);
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true, maxSockets: 256 })];
  const answers: Record<string, number> = {};
  const authorization = `Basic ${Buffer.from('sandbox-api:sandbox-api-secret').toString('base64')}`;
  const ask = async () => {
    const headers = { authorization };
    const { status, body } = await post(agents[0], host, '/token/introspection', `token=${token}`, headers);
    if (status !== 200 || !body.includes('"active":true')) throw new Error(`introspection said ${status}`);
  };
  let turn = 0;
  const guess = async () => {
    const { path, cookie } = seats[turn % seats.length] ?? { path: '', cookie: '' };
    turn += 1;
    const answer = await post(agents[1], host, path, `pin=${String(100_000 + turn).slice(-6)}`, { cookie });
    const name = `${answer.status} ${/[?&]pin=(\w+)/.exec(answer.location)?.[1] ?? ''}`.trim();
    answers[name] = (answers[name] ?? 0) + 1;
  };
  await repeat(ask, QUESTIONS_A_SECOND, 3);
  const quiet: number[] = [];
  const stormy: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(percentile(await repeat(ask, QUESTIONS_A_SECOND, SECONDS), 0.99));
    const storm = repeat(guess, ATTEMPTS_A_SECOND, SECONDS + 1);
    await sleep(500);
    stormy.push(percentile(await repeat(ask, QUESTIONS_A_SECOND, SECONDS), 0.99));
    await storm;
  }
  for (const agent of agents) agent.destroy();
  const name = `introspection p99 while ${ATTEMPTS_A_SECOND} PINs a second arrive`;
  return { rows: [makeRow(name, 'ms', median(stormy), median(quiet))], answers };
}

async function fetchToken(product: Product): Promise<string> {
  const app = await RelyingParty.register(product);
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, { scope: 'openid hoso.xem' });
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  return (await app.redeem(visitor, attempt)).access_token;
}

/** So many a second, whatever comes of those before; the times from when each was due, in milliseconds. */
async function repeat(work: () => Promise<void>, aSecond: number, seconds: number): Promise<number[]> {
  const began = performance.now();
  const times: Promise<number>[] = [];
  for (let count = 0; count < aSecond * seconds; count += 1) {
    const due = began + (count * 1000) / aSecond;
    const wait = due - performance.now();
    if (wait > 1) await sleep(wait);
    times.push(work().then(() => performance.now() - due));
  }
  return Promise.all(times);
}

type Answer = { status: number; location: string; body: string };

function post(
  agent: Agent | undefined,
  host: string,
  path: string,
  form: string,
  headers: Record<string, string>,
) {
  return new Promise<Answer>((settle, refuse) => {
    const type = 'application/x-www-form-urlencoded';
    const sent = request(
      { agent, host: '127.0.0.1', port: host.split(':')[1], method: 'POST', path },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          settle({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? '',
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', refuse);
    for (const [name, value] of Object.entries({
      ...headers,
      host,
      'content-type': type,
    }))
      sent.setHeader(name, value);
    sent.end(form);
  });
}

/** A port that nobody holds now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  await new Promise((settle) => server.close(settle));
  return port;
}

function epoch(): number {
  return Math.floor(Date.now() / 1000);
}
