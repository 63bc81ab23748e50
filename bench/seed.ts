/**
 * What the database holds before the load: the registry, and citizens with sessions, grants and tokens, sealed by the
 * product's own keyring. With `large` another million of accounts, two million grants and five million tokens stand
 * around them, in the product's shapes, with payloads of the usual length that nobody opens.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Config } from '../src/config.ts';
import type { Db } from '../src/db/database.ts';
import { Keyring } from '../src/keyring.ts';
import { CLIENT, JWT_SERVICE, REDIRECT_URI, SERVICE } from './citizen.ts';

const sha = (value: string) => createHash('sha256').update(value).digest();

export async function seedRegistry(db: Db): Promise<void> {
  const created_at = new Date();
  for (const { service, scope, format } of [
    { service: SERVICE, scope: 'hoso.xem', format: 'opaque' },
    { service: JWT_SERVICE, scope: 'school.fees', format: 'jwt' },
  ]) {
    const { id: client_id, secret, resource } = service;
    await db
      .insertInto('resource_servers')
      .values({
        resource,
        client_id,
        secret_hash: sha(secret),
        name: client_id,
        access_token_format: format,
        created_at,
      })
      .execute();
    await db
      .insertInto('scopes')
      .values({
        name: scope,
        resource,
        minimum_level: 'level1',
        description_vi: scope,
        description_en: scope,
      })
      .execute();
  }
  await db
    .insertInto('clients')
    .values({
      client_id: CLIENT.id,
      name: 'Bench',
      secret_hash: sha(CLIENT.secret),
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: [REDIRECT_URI],
      scopes: ['openid', 'profile', 'offline_access', 'hoso.xem', 'school.fees'],
      metadata: JSON.stringify({ id_token_signed_response_alg: 'ES256' }),
      created_at,
    })
    .execute();
}

/** Citizens with one access token each, every third of them verified. Returns the tokens. */
export async function seedTokens(db: Db, config: Config, count: number): Promise<string[]> {
  const keyring = new Keyring(config.masterKeys);
  const tokens: string[] = [];
  const CHUNK = 500;
  for (let from = 0; from < count; from += CHUNK) {
    const made = Array.from({ length: Math.min(CHUNK, count - from) }, (_, n) =>
      makeCitizen(keyring, (from + n) % 3 === 0),
    );
    await db
      .insertInto('accounts')
      .values(made.map(({ account }) => account))
      .execute();
    const verified = made.flatMap(({ verification }) => verification ?? []);
    if (verified.length > 0) {
      await db
        .insertInto('cases')
        .values(verified.map(({ opened }) => opened))
        .execute();
      await db
        .insertInto('verifications')
        .values(verified.map(({ active }) => active))
        .execute();
    }
    await db
      .insertInto('oidc_artefacts')
      .values(made.flatMap(({ rows }) => rows))
      .execute();
    tokens.push(...made.map(({ token }) => token));
  }
  return tokens;
}

function makeCitizen(keyring: Keyring, verified: boolean) {
  const account_id = randomUUID();
  const now = new Date();
  const iat = Math.floor(now.getTime() / 1000);
  const [token = '', grantId = '', sessionId = '', sessionUid = '', sid = ''] = Array.from(
    { length: 5 },
    () => randomBytes(32).toString('base64url'),
  );
  const acr = verified ? 'level2' : 'level1';
  const amr = verified ? ['zalo', 'vneid'] : ['zalo'];
  const row = (model: string, id: string, lifetime: number, payload: object, columns: object = {}) => {
    const full = { iat, exp: iat + lifetime, ...payload, kind: model, jti: id };
    const context = `${model}/${sha(id).toString('base64')}`;
    const sealed = keyring.seal('artefact', context, JSON.stringify(full));
    return {
      model,
      id_hash: sha(id),
      account_id,
      client_id: null as string | null,
      grant_hash: null as Buffer | null,
      session_hash: null as Buffer | null,
      uid_hash: null as Buffer | null,
      payload: sealed,
      session_grants: model === 'Session' ? [sealed.subarray(-16), sha(grantId)] : null,
      expires_at: new Date((iat + lifetime) * 1000),
      ...columns,
    };
  };
  const tokenPayload = {
    accountId: account_id,
    clientId: CLIENT.id,
    grantId,
    gty: 'authorization_code',
    aud: SERVICE.resource,
    scope: 'hoso.xem',
    sid,
    sessionUid,
    expiresWithSession: true,
    extra: { acr, amr, auth_time: iat },
  };
  const grant = { accountId: account_id, clientId: CLIENT.id, openid: { scope: 'openid' } };
  const session = {
    uid: sessionUid,
    accountId: account_id,
    loginTs: iat,
    acr,
    amr,
    authorizations: { [CLIENT.id]: { sid, grantId, persistsLogout: false } },
  };
  const case_id = randomUUID();
  const verification = {
    opened: {
      id: case_id,
      kind: 'verification',
      account_id,
      method: 'vneid',
      status: 'approved',
      opened_at: now,
    },
    active: {
      id: randomUUID(),
      account_id,
      case_id,
      method: 'vneid',
      status: 'active',
      number_hash: randomBytes(33),
      person_sealed: randomBytes(120),
      verified_at: new Date(now.getTime() - 60_000),
    },
  };
  return {
    token,
    account: { id: account_id, created_at: now },
    verification: verified ? verification : undefined,
    rows: [
      row('AccessToken', token, 6 * 3600, tokenPayload, {
        client_id: CLIENT.id,
        grant_hash: sha(grantId),
        session_hash: sha(sessionUid),
      }),
      row(
        'Grant',
        grantId,
        30 * 86_400,
        { ...grant, resources: { [SERVICE.resource]: 'hoso.xem' } },
        { client_id: CLIENT.id },
      ),
      row('Session', sessionId, 14 * 86_400, session, { uid_hash: sha(sessionUid) }),
    ],
  };
}

export const LARGE = { accounts: 1_000_000, grants: 2_000_000, tokens: 5_000_000 };

/** Others' accounts, grants and tokens. Takes some minutes and 6 GB. */
export async function seedLarge(db: Db): Promise<void> {
  const account = (n: string) => sql.raw(`md5('account ' || ${n})::uuid`);
  const hash = (kind: string, n: string) => sql.raw(`sha256(('${kind} ' || ${n})::bytea)`);
  const sealed = (length: number) => sql.raw(`decode(repeat(md5(n::text), ${length / 16}), 'hex')`);
  await sql`INSERT INTO accounts (id, created_at)
    SELECT ${account('n')}, now() FROM generate_series(1, ${LARGE.accounts}::int) n`.execute(db);
  await sql`INSERT INTO oidc_artefacts (model, id_hash, account_id, client_id, payload, expires_at)
    SELECT 'Grant', ${hash('grant', 'n')}, ${account(`(n % ${LARGE.accounts} + 1)`)}, ${CLIENT.id},
      ${sealed(400)}, now() + interval '30 days' FROM generate_series(1, ${LARGE.grants}::int) n`.execute(db);
  await sql`INSERT INTO oidc_artefacts
      (model, id_hash, grant_hash, account_id, client_id, payload, expires_at)
    SELECT CASE WHEN n % 2 = 0 THEN 'AccessToken' ELSE 'RefreshToken' END, ${hash('token', 'n')},
      ${hash('grant', `(n % ${LARGE.grants} + 1)`)}, ${account(`(n % ${LARGE.accounts} + 1)`)}, ${CLIENT.id},
      ${sealed(608)}, now() + interval '1 day' FROM generate_series(1, ${LARGE.tokens}::int) n`.execute(db);
}

/** As a database stands that was not filled a moment ago: counted, swept, and on disk. */
export async function comeToRest(db: Db): Promise<void> {
  await sql`VACUUM ANALYZE`.execute(db);
  await sql`CHECKPOINT`.execute(db);
}
