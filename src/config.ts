/**
 * Configuration: environment variables in, one checked value out. `readConfig` never stops at the first fault:
 * it returns every missing or unsafe setting, so that an operator mends them all at once.
 *
 * Two environments. `sandbox` (the default) fills in everything a developer needs; `production`
 * (TNID_ENV=production) fills in nothing that matters and refuses whatever belongs to the sandbox.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { type MtlsConfig, readMtls } from './config-mtls.ts';
import {
  isLoopback,
  readVneid,
  readZalo,
  readZns,
  type VneidConfig,
  type ZaloConfig,
  type ZnsConfig,
} from './config-upstreams.ts';
import type { MasterKey } from './keyring.ts';

export type Config = {
  environment: 'sandbox' | 'production';
  issuer: string;
  host: string;
  port: number;
  sandboxPort: number;
  /** Where browsers reach the sandbox; on this machine it is `http://localhost:` and the port. */
  sandboxUrl: string;
  dataDirectory: string;
  /** Undefined: the embedded PostgreSQL in the data directory. */
  databaseUrl: string | undefined;
  /** Newest first. Empty in the sandbox, where main.ts keeps one in the data directory. */
  masterKeys: MasterKey[];
  /** Whether X-Forwarded-* of the proxy in front are believed. */
  trustProxy: boolean;
  /** How many proxies stand in front: the citizen's address is the one that the outermost of them saw. */
  proxies: number;
  /** Limits by address and account (http/rate-limit). Off in the sandbox, where everybody is one address. */
  rateLimits: boolean;
  logLevel: string;
  /** Where Prometheus reads; undefined: nowhere. */
  metrics: { host: string; port: number } | undefined;
  mtls: MtlsConfig | undefined;
  zalo: ZaloConfig | undefined;
  /** Notices by Zalo message; undefined: they stand on the account page only. */
  zns: ZnsConfig | undefined;
  vneid: VneidConfig | undefined;
  /** Approve a genuine chip under our own challenge without an officer (design §2 point 7). Off by default. */
  chipPilot: boolean;
  /** At a desk one officer may approve a chip under our challenge and a face (verification/rules). Off by default. */
  deskOneOfficer: boolean;
  /** The reader at the officers' desks, with a reading's code in the place of `{code}`; undefined: the code is typed. */
  deskReaderUrl: string | undefined;
  /** How many of a hundred approvals another officer looks at anew. */
  reAuditPercent: number;
  /** Opens the reader app with a reading's code in the place of `{code}`; undefined: the code is typed by hand. */
  readerAppUrl: string | undefined;
  /** How long after the last level2 factor single sign-on still counts as level2, in seconds. */
  level2MaxAge: number;
};

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

type Environment = Record<string, string | undefined>;

/** Reads and checks the whole environment. `env` is process.env, handed in by main.ts or cli.ts. */
export function readConfig(env: Environment): ConfigResult {
  const faults: string[] = [];
  const production = env.TNID_ENV === 'production';
  if (env.TNID_ENV !== undefined && env.TNID_ENV !== 'production' && env.TNID_ENV !== 'sandbox') {
    faults.push(`TNID_ENV must be "production" or "sandbox", not "${env.TNID_ENV}"`);
  }

  const port = readPort(env, 'TNID_PORT', 3000, faults);
  const sandboxPort = readPort(env, 'TNID_SANDBOX_PORT', 3001, faults);
  if (!production && port === sandboxPort && port !== 0) {
    faults.push('TNID_PORT and TNID_SANDBOX_PORT must differ');
  }
  const host = env.TNID_HOST ?? (production ? '0.0.0.0' : '127.0.0.1');
  const sandboxUrl = readSandboxUrl(env, sandboxPort, faults);

  const config: Config = {
    environment: production ? 'production' : 'sandbox',
    issuer: readIssuer(env, port, production, faults),
    host,
    port,
    sandboxPort,
    sandboxUrl,
    dataDirectory: resolve(env.TNID_DATA_DIR ?? 'data'),
    databaseUrl: readDatabaseUrl(env, production, faults),
    masterKeys: readMasterKeys(env, production, faults),
    trustProxy: /^[1-9]$/.test(env.TNID_TRUST_PROXY ?? ''),
    proxies: Number(env.TNID_TRUST_PROXY ?? 0) || 0,
    rateLimits: production || env.TNID_RATE_LIMITS === '1',
    logLevel: env.TNID_LOG_LEVEL ?? (production ? 'info' : 'warn'),
    metrics: readMetrics(env, production, faults),
    mtls: readMtls(env, production, faults),
    zalo: readZalo(env, production, sandboxUrl, faults),
    zns: readZns(env, production, `http://localhost:${sandboxPort}`, faults),
    vneid: readVneid(env, production, sandboxUrl, faults),
    chipPilot: env.TNID_CHIP_PILOT === '1',
    deskOneOfficer: env.TNID_DESK_ONE_OFFICER === '1',
    deskReaderUrl:
      readCodeUrl(env, 'TNID_DESK_READER_URL', faults) ??
      (production ? undefined : `${sandboxUrl}/card-reader?code={code}`),
    reAuditPercent: readPercent(env, 'TNID_RE_AUDIT_PERCENT', 2, faults),
    readerAppUrl: readCodeUrl(env, 'TNID_READER_APP_URL', faults),
    level2MaxAge: readSeconds(env, 'TNID_LEVEL2_MAX_AGE', 30 * 60, faults),
  };
  if (production && !config.trustProxy) {
    faults.push(
      'TNID_TRUST_PROXY must be 1, or the number of proxies: TLS ends there, and only they may reach this port',
    );
  }
  for (const name of ['TNID_SANDBOX_PORT', 'TNID_SANDBOX_URL']) {
    if (production && env[name] !== undefined) faults.push(`${name} has no place in production`);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

/** Behind a proxy with TLS browsers reach the sandbox by another name. */
function readSandboxUrl(env: Environment, port: number, faults: string[]): string {
  const text = env.TNID_SANDBOX_URL;
  if (text === undefined) return `http://localhost:${port}`;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text)
    faults.push(
      'TNID_SANDBOX_URL must be an origin such as https://sandbox.example, without a slash at the end',
    );
  return text;
}

function readPort(env: Environment, name: string, fallback: number, faults: string[]): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  faults.push(`${name} must be a port number from 0 to 65535, not "${text}"`);
  return fallback;
}

/** Off in the sandbox unless asked for; `0` is off. Loopback, because whoever reads it knows how much goes on. */
function readMetrics(env: Environment, production: boolean, faults: string[]): Config['metrics'] {
  const port = readPort(env, 'TNID_METRICS_PORT', production ? 9464 : 0, faults);
  return port === 0 ? undefined : { host: env.TNID_METRICS_HOST ?? '127.0.0.1', port };
}

function readSeconds(env: Environment, name: string, fallback: number, faults: string[]): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= 24 * 3600) return seconds;
  faults.push(`${name} must be a number of seconds from 1 to 86400, not "${text}"`);
  return fallback;
}

function readIssuer(env: Environment, port: number, production: boolean, faults: string[]): string {
  const text = env.TNID_ISSUER;
  if (text === undefined) {
    if (production) faults.push('TNID_ISSUER is missing: the public https address of this provider');
    return `http://localhost:${port}`;
  }
  const url = URL.parse(text);
  const issuer = text.replace(/\/$/, '');
  if (!url || url.search || url.hash || !/^https?:$/.test(url.protocol)) {
    faults.push('TNID_ISSUER must be an http(s) address without query or fragment');
  } else if (url.pathname !== '/' && url.pathname !== '') {
    faults.push('TNID_ISSUER must be an address without a path');
  } else if (production && url.protocol !== 'https:') {
    faults.push('TNID_ISSUER must begin with https:// in production');
  } else if (production && isLoopback(url.hostname)) {
    faults.push('TNID_ISSUER must not be a loopback address in production');
  }
  return issuer;
}

function readDatabaseUrl(env: Environment, production: boolean, faults: string[]): string | undefined {
  if (!env.DATABASE_URL) {
    if (production) faults.push('DATABASE_URL is missing: a PostgreSQL 15 or later');
    return undefined;
  }
  const url = URL.parse(env.DATABASE_URL);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    faults.push('DATABASE_URL must begin with postgres:// or postgresql://');
  }
  return env.DATABASE_URL;
}

/** `TNID_MASTER_KEYS`: `id:base64url` pairs, newest first, separated by commas; each key 32 bytes. */
function readMasterKeys(env: Environment, production: boolean, faults: string[]): MasterKey[] {
  const text = env.TNID_MASTER_KEYS;
  if (!text) {
    if (production) {
      faults.push('TNID_MASTER_KEYS is missing: make one with "npm run cli -- keys master"');
    }
    return [];
  }
  const keys = text.split(',').map((pair) => {
    const [id, encoded] = pair.trim().split(':');
    return { id: Number(id), key: Buffer.from(encoded ?? '', 'base64url') };
  });
  const ids = new Set(keys.map(({ id }) => id));
  if (keys.some(({ id, key }) => !Number.isInteger(id) || id < 1 || id > 255 || key.length !== 32)) {
    faults.push('TNID_MASTER_KEYS must be pairs "id:key", id from 1 to 255, key 32 bytes in base64url');
    return [];
  }
  if (ids.size !== keys.length) faults.push('TNID_MASTER_KEYS names the same id twice');
  if (production && keys.some(({ key }) => new Set(key).size < 8)) {
    faults.push('TNID_MASTER_KEYS holds a key that is not random');
  }
  return keys;
}

function readCodeUrl(env: Environment, name: string, faults: string[]): string | undefined {
  const text = env[name];
  if (text !== undefined && (!text.includes('{code}') || !URL.canParse(text))) {
    faults.push(`${name} must be an address with {code} in it`);
  }
  return text;
}

function readPercent(env: Environment, name: string, fallback: number, faults: string[]): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const percent = Number(text);
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && percent <= 100) return percent;
  faults.push(`${name} must be a number from 0 to 100, not "${text}"`);
  return fallback;
}

/** A short name for a data directory, the same at every start: for socket paths, which must be short. */
export function directoryTag(directory: string): string {
  return createHash('sha256').update(directory).digest('hex').slice(0, 12);
}
