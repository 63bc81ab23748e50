/**
 * The access token of the province's Zalo OA (facts A1: 25 hours, its refresh token 3 months). Each refresh token
 * serves once, and what comes back must be kept: so it is exchanged under a row lock that all nodes share, and whoever
 * waited for the lock finds the new one. The lock is held over one call of ten seconds at most, about once a day.
 *
 * A node that dies between Zalo's answer and the commit loses the new pair; nothing can mend that but a new token
 * (`cli zalo-oa token`), and the log says so.
 */
import { sql } from 'kysely';
import { z } from 'zod';
import type { ZaloConfig } from '../config-upstreams.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';
import { callZalo } from './zalo-call.ts';

export type OaToken = { ok: true; accessToken: string } | { ok: false; code: string };

type Pair = { refreshToken: string; accessToken?: string };
type Scope = Pick<Deps, 'db' | 'keyring' | 'clock' | 'fetch' | 'log'>;

const CONTEXT = 'zalo_oa';
/** A token that runs out on its way is no use. */
const MARGIN_MS = 5 * 60_000;

/** Keeps the refresh token an operator got from Zalo; the first message exchanges it. */
export async function keepFirstToken(
  { trx, now }: { trx: Db; now: Date },
  keyring: Keyring,
  refreshToken: string,
): Promise<void> {
  await keep(trx, keyring, { refreshToken }, { expiresAt: new Date(0), now });
}

/** A token to send with. `refused` is one that Zalo did not take: another is got in its place. */
export async function getOaToken(scope: Scope, zalo: ZaloConfig, refused?: string): Promise<OaToken> {
  const usable = async (db: Db, lock: boolean) => {
    const row = await readRow(db, scope.keyring, lock);
    if (!row) return { ok: false, code: 'no_oa_token' } as const;
    const { accessToken } = row.pair;
    const good = accessToken && accessToken !== refused;
    if (good && row.expiresAt.getTime() - MARGIN_MS > scope.clock().getTime())
      return { ok: true, accessToken } as const;
    return row.pair;
  };
  const kept = await usable(scope.db, false);
  if ('ok' in kept) return kept;
  let fresh: Fresh | undefined;
  try {
    return await scope.db.transaction().execute(async (trx) => {
      const pair = await usable(trx, true);
      if ('ok' in pair) return pair;
      const given = await exchange(scope, zalo, pair.refreshToken);
      if ('ok' in given) return given;
      fresh = given;
      await keep(trx, scope.keyring, fresh.pair, fresh);
      return { ok: true, accessToken: fresh.pair.accessToken } as const;
    });
  } catch (error) {
    // The connection broke while Zalo answered, say: the one before is spent, so this one must not be lost with it.
    if (fresh) await keep(scope.db, scope.keyring, fresh.pair, fresh);
    throw error;
  }
}

type Fresh = { pair: Pair & { accessToken: string }; expiresAt: Date; now: Date };

// Every value may be text or a number (facts A1).
const answer = z.object({
  access_token: z.string().min(1).max(4096),
  refresh_token: z.string().min(1).max(4096),
  expires_in: z.coerce.number().int().positive(),
});

async function exchange(
  { clock, fetch, log }: Scope,
  zalo: ZaloConfig,
  refreshToken: string,
): Promise<Fresh | { ok: false; code: string }> {
  const given = await callZalo(fetch, `${zalo.oauthUrl}/v4/oa/access_token`, {
    headers: { secret_key: zalo.appSecret, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      refresh_token: refreshToken,
      app_id: zalo.appId,
      grant_type: 'refresh_token',
    }).toString(),
  });
  const parsed = given.outcome === 'done' ? answer.safeParse(given.body) : undefined;
  if (!parsed?.success) {
    const code = given.outcome === 'done' ? 'malformed_oa_token' : given.code;
    log.error({ code }, 'Zalo gave no token for the OA; if this goes on, set one with "cli zalo-oa token"');
    return { ok: false, code: `oa_token_${code}` };
  }
  const { access_token, refresh_token, expires_in } = parsed.data;
  const now = clock();
  return {
    pair: { accessToken: access_token, refreshToken: refresh_token },
    expiresAt: new Date(now.getTime() + expires_in * 1000),
    now,
  };
}

async function readRow(db: Db, keyring: Keyring, lock: boolean) {
  const query = db.selectFrom('zalo_oa_tokens').select(['sealed', 'expires_at']);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) return undefined;
  const pair = JSON.parse(keyring.open('upstream-token', CONTEXT, row.sealed).toString()) as Pair;
  return { pair, expiresAt: row.expires_at };
}

async function keep(
  db: Db,
  keyring: Keyring,
  pair: Pair,
  { expiresAt, now }: { expiresAt: Date; now: Date },
): Promise<void> {
  const sealed = keyring.seal('upstream-token', CONTEXT, JSON.stringify(pair));
  await sql`INSERT INTO zalo_oa_tokens (sealed, expires_at, rotated_at) VALUES (${sealed}, ${expiresAt}, ${now})
    ON CONFLICT (singleton) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at,
    rotated_at = excluded.rotated_at`.execute(db);
}
