/**
 * Where the provider keeps its codes, tokens, grants, sessions and interactions: one table, ids as SHA-256 only and
 * payloads sealed, so that a leaked table opens nothing (design §4).
 *
 * Invariants: an artefact is consumed once, by a conditional update; whoever comes second gets `invalid_grant` and
 * the whole grant is revoked (RFC 6749 §4.1.2, RFC 9700 §4.14.2). An artefact past its time is not found.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { performAct } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { browserHashOf } from '../http/browser.ts';
import type { Context } from '../http/state.ts';
import type { Keyring } from '../keyring.ts';
import type { Registry } from './registry.ts';
import { isInGrace, isSentTwice } from './rotation.ts';

type Row = { id_hash: Buffer; payload: Buffer; consumed_at: Date | null };
const DAY_MS = 24 * 3600 * 1000;
/** Written again by every request that carries them, so that a request may outlive their end. */
const lasting: ReadonlySet<string> = new Set(['Session', 'Interaction']);
/** Grants that came along with a token, for the request that asked. The key is the request's context. */
const alongside = new WeakMap<object, Map<string, Row>>();

/** The adapter factory that the provider is configured with. */
export function createAdapterFactory(deps: Deps, registry: Registry): (model: string) => Adapter {
  return (model) => (model === 'Client' ? new ClientAdapter(registry) : new ArtefactAdapter(model, deps));
}

class ArtefactAdapter implements Adapter {
  readonly #model: string;
  readonly #deps: Deps;

  constructor(model: string, deps: Deps) {
    this.#model = model;
    this.#deps = deps;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { db, keyring, clock } = this.#deps;
    const idHash = hash(id);
    // A session that only grew older is not rewritten: two requests at once would lose what a third one changed.
    if (this.#model === 'Session' && isAsLoaded(this.#context(idHash), payload)) return;
    const row = {
      payload: keyring.seal('artefact', this.#context(idHash), JSON.stringify(payload)),
      grant_hash: payload.grantId ? hash(payload.grantId) : null,
      uid_hash: payload.uid ? hash(payload.uid) : null,
      user_code_hash: payload.userCode ? hash(payload.userCode) : null,
      account_id: payload.accountId ?? null,
      client_id: payload.clientId ?? null,
      expires_at: expiresIn ? new Date(clock().getTime() + expiresIn * 1000) : null,
      ...(this.#model === 'Session' ? { device_hash: this.#device() } : {}),
    };
    await db
      .insertInto('oidc_artefacts')
      .values({ model: this.#model, id_hash: idHash, ...row })
      // What was ended stays ended: a request that was under way must not bring a signed-out session back.
      .onConflict((conflict) =>
        conflict.columns(['id_hash', 'model']).doUpdateSet(row).where('oidc_artefacts.ended_at', 'is', null),
      )
      .execute();
    requestRows()?.delete(this.#context(idHash));
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const brought = requestRows()?.get(this.#context(hash(id)));
    return brought ? this.#open(brought) : this.#select('id_hash', hash(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#select('uid_hash', hash(uid));
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#select('user_code_hash', hash(userCode));
  }

  async consume(id: string): Promise<void> {
    const { db, clock } = this.#deps;
    const now = clock();
    const taken = await db
      .updateTable('oidc_artefacts')
      .set({ consumed_at: now })
      .where('id_hash', '=', hash(id))
      .where('model', '=', this.#model)
      .where('consumed_at', 'is', null)
      .returning('model')
      .executeTakeFirst();
    if (taken) return;
    if (this.#model === 'RefreshToken' && (await isSentTwice(this.#deps, id))) return;
    await this.#revokeReplayed(id);
    throw this.#model === 'PushedAuthorizationRequest'
      ? new errors.InvalidRequest('request_uri is invalid, expired, or was already used')
      : new errors.InvalidGrant('already used');
  }

  async destroy(id: string): Promise<void> {
    requestRows()?.delete(this.#context(hash(id)));
    if (lasting.has(this.#model)) return this.#end(id);
    const remove = (db: Db) =>
      db
        .deleteFrom('oidc_artefacts')
        .where('id_hash', '=', hash(id))
        .where('model', '=', this.#model)
        .returning(['account_id', 'client_id'])
        .executeTakeFirst();
    if (this.#model !== 'Grant') {
      await remove(this.#deps.db);
      return;
    }
    await performAct(this.#deps, async ({ trx, record }) => {
      const grant = await remove(trx);
      if (grant) record(revocationOf(grant, revocationReason()));
    });
  }

  /** The browser a session lives in, for the citizen's list of devices. */
  #device(): Buffer | null {
    const ctx = requestContext();
    return (ctx && browserHashOf(this.#deps, ctx)) ?? null;
  }

  /** Leaves the bare id behind for a day; find and upsert pass it by. */
  async #end(id: string): Promise<void> {
    const now = this.#deps.clock();
    await this.#deps.db
      .updateTable('oidc_artefacts')
      .set(tombstone(now))
      .where('id_hash', '=', hash(id))
      .where('model', '=', this.#model)
      .execute();
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const grant = hash(grantId);
    await this.#deps.db
      .deleteFrom('oidc_artefacts')
      .where('grant_hash', '=', grant)
      .where('model', '=', this.#model)
      .where(sql<boolean>`(SELECT true FROM ${lockOf(grant)})`)
      .execute();
  }

  /** Two redemptions in one instant: the provider saw neither as consumed, so the revocation is ours. */
  async #revokeReplayed(id: string): Promise<void> {
    await performAct(this.#deps, async ({ trx, record }) => {
      const replayed = await trx
        .selectFrom('oidc_artefacts')
        .select('grant_hash')
        .where('id_hash', '=', hash(id))
        .where('model', '=', this.#model)
        .executeTakeFirst();
      const grant = replayed?.grant_hash;
      if (!grant) return;
      await sql`SELECT FROM ${lockOf(grant)}`.execute(trx);
      // Of several losers the one that finds the grant revokes; the others waited for the lock and find it gone.
      const revoked = await trx
        .deleteFrom('oidc_artefacts')
        .where('id_hash', '=', grant)
        .where('model', '=', 'Grant')
        .returning(['account_id', 'client_id'])
        .executeTakeFirst();
      if (!revoked) return;
      await trx
        .deleteFrom('oidc_artefacts')
        .where('grant_hash', '=', grant)
        .where('model', '!=', 'Interaction')
        .execute();
      record(revocationOf(revoked, 'replayed'));
    });
  }

  /** One artefact and, in the same query, the grant it hangs from: the provider asks for that next. */
  async #select(
    column: 'id_hash' | 'uid_hash' | 'user_code_hash',
    value: Buffer,
  ): Promise<AdapterPayload | undefined> {
    const row = await this.#deps.db
      .selectFrom('oidc_artefacts as a')
      .leftJoin('oidc_artefacts as g', (join) =>
        join.onRef('g.id_hash', '=', 'a.grant_hash').on('g.model', '=', 'Grant'),
      )
      .select(['a.id_hash', 'a.payload', 'a.consumed_at', 'a.grant_hash', 'g.payload as grant_payload'])
      .where(`a.${column}`, '=', value)
      .where('a.model', '=', this.#model)
      .where('a.ended_at', 'is', null)
      .executeTakeFirst();
    if (row?.grant_payload && row.grant_hash) {
      const grant = { id_hash: row.grant_hash, payload: row.grant_payload, consumed_at: null };
      requestRows()?.set(contextOf('Grant', row.grant_hash), grant);
    }
    const opened = row && this.#open(row);
    if (opened && this.#model === 'Session') {
      // As text: the provider goes on to change what it is given.
      loadedSessions()?.set(this.#context(row.id_hash), { content: contentOf(opened), exp: opened.exp ?? 0 });
    }
    return opened;
  }

  #open({ id_hash, payload, consumed_at }: Row): AdapterPayload {
    const opened = openArtefact(this.#deps.keyring, this.#model, { id_hash, payload });
    const again = this.#model === 'RefreshToken' && consumed_at && isInGrace(consumed_at, this.#deps.clock());
    if (consumed_at && !again) opened.consumed = Math.floor(consumed_at.getTime() / 1000);
    return opened;
  }

  #context(idHash: Buffer): string {
    return contextOf(this.#model, idHash);
  }
}

/** Clients come from the registry in memory; the provider never writes them. */
class ClientAdapter implements Adapter {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#registry.clientMetadata(id);
  }

  async upsert(): Promise<void> {
    throw new Error('clients are registered through the registry');
  }
  async destroy(): Promise<void> {
    throw new Error('clients are registered through the registry');
  }
  async consume(): Promise<void> {}
  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async revokeByGrantId(): Promise<void> {}
}

/** What is left of a session that has ended: the bare id, for a day, so that nobody writes it again. */
export function tombstone(now: Date) {
  return {
    payload: Buffer.alloc(0),
    grant_hash: null,
    uid_hash: null,
    account_id: null,
    client_id: null,
    device_hash: null,
    ended_at: now,
    expires_at: new Date(now.getTime() + DAY_MS),
  };
}

/** What is sealed in a row, for those who list sessions and grants (oidc/sessions). */
export function openArtefact(
  keyring: Keyring,
  model: string,
  { id_hash, payload }: Pick<Row, 'id_hash' | 'payload'>,
): AdapterPayload {
  return JSON.parse(keyring.open('artefact', contextOf(model, id_hash), payload).toString());
}

/** Revocations of one grant go one after another: each deletes many rows, and two at once could block each other. */
export function lockOf(grant: Buffer) {
  return sql`pg_advisory_xact_lock(${grant.readInt32BE(0)}::int, ${grant.readInt32BE(4)}::int)`;
}

type RevocationReason = Extract<AuditEvent, { event: 'grant.revoked' }>['reason'];

function revocationOf(
  { account_id, client_id }: { account_id: string | null; client_id: string | null },
  reason: RevocationReason,
): AuditEvent {
  return { event: 'grant.revoked', account: account_id, client: client_id, reason };
}

/** Why the provider revokes a grant is told by where it does: the token endpoint does it for replays only. */
function revocationReason(): RevocationReason {
  const route = requestContext()?.oidc?.route;
  if (route === 'token') return 'replayed';
  return route === 'revocation' ? 'given_up' : 'signed_out';
}

function contextOf(model: string, idHash: Buffer): string {
  return `${model}/${idHash.toString('base64')}`;
}

/** The request the provider is answering; its types leave the getter out. */
function requestContext(): (Pick<Context, 'cookies'> & { oidc?: { route?: string } }) | undefined {
  return (Provider as unknown as { ctx?: Context }).ctx;
}

function requestRows(): Map<string, Row> | undefined {
  const ctx = requestContext();
  if (!ctx) return undefined;
  let rows = alongside.get(ctx);
  if (!rows) {
    rows = new Map();
    alongside.set(ctx, rows);
  }
  return rows;
}

/** Sessions as the request found them. */
type Loaded = { content: string; exp: number };
const loaded = new WeakMap<object, Map<string, Loaded>>();

function loadedSessions(): Map<string, Loaded> | undefined {
  const ctx = requestContext();
  if (!ctx) return undefined;
  const sessions = loaded.get(ctx) ?? new Map<string, Loaded>();
  loaded.set(ctx, sessions);
  return sessions;
}

/** Whether nothing changed but the time, and that by less than a day. */
function isAsLoaded(context: string, payload: AdapterPayload): boolean {
  const before = loadedSessions()?.get(context);
  if (!before || (payload.exp ?? 0) - before.exp > DAY_MS / 1000) return false;
  return before.content === contentOf(payload);
}

function contentOf({ exp: _exp, iat: _iat, ...content }: AdapterPayload): string {
  return JSON.stringify(Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function hash(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
