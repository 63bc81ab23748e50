/**
 * How often one address, or one account, may knock at a door: against floods and hammering, not against guessing. What
 * can be guessed has locks of its own behind it (account/attempts), counted by account and on all nodes.
 *
 * Thousands of citizens stand behind one IPv4 address of a mobile carrier (carrier NAT), and on the morning when exam
 * results come out they all come at once. So an IPv4 limit is twenty requests a second where people sign in, far above
 * what people behind one address do and far below what a node serves. An IPv6 /64 is one phone or one house: a quarter.
 * Where only failures count, whoever does it right never meets a limit.
 *
 * Counted in the memory of each node: a limit for N nodes is at most N times as wide, and costs no round trip. Only the
 * typing of device codes is counted in PostgreSQL for all nodes together: there are few of them, and a code is short.
 * Memory is bounded: addresses fall into 65,536 buckets for each door, so two of them may share a limit.
 */
import { isIPv6 } from 'node:net';
import { CompiledQuery } from 'kysely';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Context, Handler } from './state.ts';

type Door = {
  name: string;
  /** For an IPv4 address, in `seconds`; a quarter of it for an IPv6 /64. */
  points: number;
  seconds: number;
  /** Answers with these statuses count; left out: every request does. */
  failures?: number[];
  /** A machine stands there: it is answered in JSON. */
  machine?: true;
  shared?: true;
};

const doors = {
  /** Each one leaves a row behind for an hour. */
  sign_in: { name: 'sign_in', points: 1200, seconds: 60 },
  /** argon2 has its own bounds (account/pin-hasher); this keeps one address from filling its queue. */
  pin: { name: 'pin', points: 300, seconds: 60 },
  /** All officers of the province may sit behind one address, and begin at half past seven. */
  officer: { name: 'officer', points: 300, seconds: 60 },
  /** A client that shows a wrong secret, by address and the name it gives: its neighbours are not locked out with it. */
  client: { name: 'client', points: 60, seconds: 60, failures: [401], machine: true },
  /** Refused codes, refresh tokens, Zalo tokens: of Mini Apps they come from citizens' phones. */
  token: { name: 'token', points: 600, seconds: 60, failures: [400, 403], machine: true },
  /** 20^8 codes, ten minutes each: at this pace one address finds one of a hundred open codes in some 80 years. */
  device_code: { name: 'device_code', points: 60, seconds: 600, shared: true },
} satisfies Record<string, Door>;

/** One account, on one node: nobody signs in as often, and every sign-in is written into the chain for ever. */
const ACCOUNT = { points: 30, seconds: 600 };

const clientPaths = new Set(['/token', '/token/introspection', '/token/revocation', '/request']);

function doorsAt(method: string, asked: string): Door[] {
  // Routers take capitals and a slash at the end for the same address.
  const path = asked.toLowerCase().replace(/\/+$/, '');
  if (path === '/auth') return [doors.sign_in];
  if (method !== 'POST') return [];
  if (clientPaths.has(path)) return path === '/token' ? [doors.client, doors.token] : [doors.client];
  if (path === '/device') return [doors.device_code];
  if (path.startsWith('/interaction/') && path.endsWith('/pin')) return [doors.pin];
  // A question is a row for five minutes, a wrong answer a line in the audit chain.
  if (/^\/interaction\/[^/]+\/passkey(\/options)?$/.test(path)) return [doors.sign_in];
  // Megabytes each, and a line in the audit chain.
  if (path.startsWith('/interaction/') && path.endsWith('/card/photo')) return [doors.pin];
  if (path === '/account/factors/pin') return [doors.pin];
  return /^\/console\/(sign-in|invitation)(\/|$)/.test(path) ? [doors.officer] : [];
}

export type RateLimits = {
  handler: Handler;
  /** Counts a sign-in of whoever an upstream vouched for, before it is done; throws when there were too many. */
  takeSignIn: (ctx: Context, subject: string) => Promise<void>;
};

export function createRateLimits(deps: Pick<Deps, 'config' | 'db' | 'keyring'>): RateLimits {
  if (!deps.config.rateLimits) return { handler: (_ctx, next) => next(), takeSignIn: async () => {} };
  const limiters = new Map(Object.values(doors).map((door) => [door.name, createLimiter(deps, door)]));
  const accounts = new RateLimiterMemory({ points: ACCOUNT.points, duration: ACCOUNT.seconds });
  const seed = Number.parseInt(deps.keyring.index('cookie', 'rate-limit').toString('hex', 1, 5), 16);
  const keyOf = (door: Door, ctx: Context, address: string) => {
    if (door.shared) return deps.keyring.index('cookie', `rate/${door.name}/${address}`).toString('hex');
    return bucketOf(seed, door.name === 'client' ? `${address} ${clientHint(ctx)}` : address);
  };
  const knockOf = (door: Door, ctx: Context) => {
    const address = addressOf(ctx.ip);
    return { key: keyOf(door, ctx, address), cost: address.includes(':') ? 4 : 1 };
  };
  /** Until when failures are remembered: where nobody has failed, which is nearly always, nothing is looked up. */
  const remembered = new Map<Door, number>();
  const pass = async (ctx: Context, next: () => Promise<void>, passed: readonly Door[]) => {
    for (const door of passed) {
      const limiter = limiters.get(door.name) as RateLimiterAbstract;
      if (!door.failures) {
        const { key, cost } = knockOf(door, ctx);
        await take(ctx, door, () => limiter.consume(key, cost));
      } else if ((remembered.get(door) ?? 0) > Date.now()) {
        const known = await limiter.get(knockOf(door, ctx).key);
        if (known && known.consumedPoints >= door.points) return refuse(ctx, door, known.msBeforeNext);
      }
    }
    await next();
    for (const door of passed) {
      if (!door.failures?.includes(ctx.status)) continue;
      const { key, cost } = knockOf(door, ctx);
      await limiters.get(door.name)?.penalty(key, cost);
      remembered.set(door, Date.now() + door.seconds * 1000);
    }
  };
  return {
    handler: (ctx, next) => {
      const passed = doorsAt(ctx.method, ctx.path);
      return passed.length === 0 ? next() : pass(ctx, next, passed);
    },
    takeSignIn: (ctx, subject) => take(ctx, doors.sign_in, () => accounts.consume(bucketOf(seed, subject))),
  };
}

function createLimiter(
  { db }: Pick<Deps, 'db'>,
  { name, points, seconds, shared }: Door & { shared?: true },
) {
  if (!shared) return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  const query = async ({ text, values }: { text: string; values: unknown[] }) => {
    const { rows } = await db.executeQuery<{ expire?: unknown }>(CompiledQuery.raw(text, values));
    // Our bigint arrives as one; the library reckons with numbers.
    return { rows: rows.map((row) => ({ ...row, expire: Number(row.expire) })) };
  };
  return new RateLimiterPostgres({
    storeClient: { query },
    storeType: 'client',
    tableName: 'rate_limits',
    tableCreated: true,
    // db/sweep does it.
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points,
    duration: seconds,
  });
}

async function take(ctx: Context, door: Door, consume: () => Promise<unknown>): Promise<void> {
  try {
    await consume();
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    refuse(ctx, door, error.msBeforeNext);
  }
}

function refuse(ctx: Context, door: Door, msBeforeNext: number): void {
  ctx.set('Retry-After', String(Math.max(1, Math.ceil(msBeforeNext / 1000))));
  if (!door.machine) throw new AppError('too_many_requests');
  ctx.status = 429;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = {
    error: 'temporarily_unavailable',
    error_description: 'too many refused requests; wait for as long as Retry-After says',
  };
}

/** The name a client gives in Basic authentication; others are told apart by address alone. */
function clientHint(ctx: Context): string {
  const [, encoded] = /^basic ([\w+/=-]{1,1024})$/i.exec(ctx.get('authorization')) ?? [];
  return encoded ? (Buffer.from(encoded, 'base64').toString().split(':')[0] ?? '') : '';
}

/** An IPv4 address, or the first 64 bits of an IPv6 one: the rest is the subscriber's to choose. */
export function addressOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`;
}

/** FNV-1a from a secret start: quick, and nobody outside knows who shares a bucket with whom. */
function bucketOf(seed: number, text: string): string {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return String((hash ^ (hash >>> 16)) & 0xffff);
}
