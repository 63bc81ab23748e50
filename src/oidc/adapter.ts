/**
 * Where the provider keeps its codes, tokens, grants, sessions and interactions: one table, ids as SHA-256 only and
 * payloads sealed, so that a leaked table opens nothing (design §4).
 *
 * Invariants: an artefact is consumed once, by a conditional update, together with what is got for it; whoever comes
 * second gets `invalid_grant` and the whole grant is revoked (RFC 6749 §4.1.2, RFC 9700 §4.14.2). An artefact past its
 * time is not found.
 */
import { sql } from 'kysely';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { stateOf } from '../account/accounts.ts';
import { performAct } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { browserHashOf } from '../http/browser.ts';
import type { Registry } from '../registry/registry.ts';
import { contextOf, hash, makeRow, makeTombstone, openText } from './artefact-rows.ts';
import { Artefacts, type FoundRow } from './artefacts.ts';
import { NO_TOKEN } from './callers.ts';
import {
  type Memory,
  type Row,
  requestContext,
  requestMemory,
  type Waiting,
  waitingPayload,
  writeWaiting,
} from './request-memory.ts';
import { isInGrace, isSentTwice } from './rotation.ts';
import { StepOver, sealAnswer } from './step-answers.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Written again by every request that carries them, so that a request may outlive their end. */
const lasting: ReadonlySet<string> = new Set(['Session', 'Interaction']);
/** Nobody but the request that writes them knows of them before it has answered, or they are the browser's own. */
const patient: ReadonlySet<string> = new Set([
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'Grant',
  'Interaction',
  'RefreshToken',
  'Session',
]);

/** Consumed at the token endpoint, by the statement that writes what is got for them. */
const buying: ReadonlySet<string> = new Set(['AuthorizationCode', 'RefreshToken']);

/** The adapter factory that the provider is configured with. */
export function createAdapterFactory(deps: Deps, registry: Registry): (model: string) => Adapter {
  const artefacts = new Artefacts(deps.db);
  return (model) =>
    model === 'Client' ? new ClientAdapter(registry) : new ArtefactAdapter(model, deps, artefacts);
}

class ArtefactAdapter implements Adapter {
  readonly #model: string;
  readonly #deps: Deps;
  readonly #artefacts: Artefacts;

  constructor(model: string, deps: Deps, artefacts: Artefacts) {
    this.#model = model;
    this.#deps = deps;
    this.#artefacts = artefacts;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const idHash = hash(id);
    const context = this.#context(idHash);
    const memory = requestMemory();
    const text = JSON.stringify(this.#model === 'Session' ? inOrder(payload) : payload);
    // A session that only grew older is not rewritten: two requests at once would lose what a third one changed.
    if (this.#model === 'Session' && isAsLoaded(memory?.loaded.get(context), payload, text)) return;
    const uidHash = payload.uid ? hash(payload.uid) : null;
    forget(memory, context, uidHash);
    // Asked now: what waits is written when the provider's context is gone.
    const device = this.#device();
    const row = () =>
      makeRow(this.#deps, { model: this.#model, idHash, uidHash, payload, text, expiresIn, device });
    if (memory?.waiting && patient.has(this.#model))
      this.#wait(memory, context, { payload: text, uidHash: uidHash?.toString('base64'), row });
    else await this.#artefacts.commit({ rows: [row()] });
  }

  #wait(memory: Memory, context: string, waiting: Waiting): void {
    memory.commit ??= (work) => this.#artefacts.commit(work);
    memory.waiting?.set(context, waiting);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (id === NO_TOKEN) return undefined;
    const key = hash(id);
    const context = this.#context(key);
    const memory = requestMemory();
    const waiting = waitingPayload(memory, (one) => one === context);
    if (waiting) return waiting === 'ended' ? undefined : waiting;
    const brought = memory?.rows.get(context);
    if (brought) return this.#open(brought, memory);
    return this.#take(await this.#artefacts.findById(this.#question(key)), memory);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const key = hash(uid);
    const name = key.toString('base64');
    const memory = requestMemory();
    const prefix = `${this.#model}/`;
    const waiting = waitingPayload(
      memory,
      (context, { uidHash }) => uidHash === name && context.startsWith(prefix),
    );
    if (waiting) return waiting === 'ended' ? undefined : waiting;
    const brought = memory?.rows.get(`${this.#model}/uid/${name}`);
    if (brought) return this.#open(brought, memory);
    return this.#take(await this.#artefacts.findByUid(this.#question(key)), memory);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const row = await this.#deps.db
      .selectFrom('oidc_artefacts')
      .select(['id_hash', 'payload', 'consumed_at'])
      .where('user_code_hash', '=', hash(userCode))
      .where('model', '=', this.#model)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return row && this.#open(row, undefined);
  }

  async consume(id: string): Promise<void> {
    const memory = requestMemory();
    const artefact = { model: this.#model, idHash: hash(id), now: this.#deps.clock() };
    const lost = () => this.#lose(id);
    if (memory?.waiting && buying.has(this.#model) && requestContext()?.oidc?.route === 'token') {
      await writeWaiting(memory);
      memory.commit ??= (work) => this.#artefacts.commit(work);
      memory.taking = { artefact, lost };
      return;
    }
    await writeWaiting(memory);
    if (!(await this.#artefacts.commit({ rows: [], take: artefact }))) await lost();
  }

  /** Somebody else consumed it first. */
  async #lose(id: string): Promise<void> {
    if (this.#model === 'RefreshToken' && (await isSentTwice(this.#deps, id))) return;
    await this.#revokeReplayed(id);
    throw this.#model === 'PushedAuthorizationRequest'
      ? new errors.InvalidRequest('request_uri is invalid, expired, or was already used')
      : new errors.InvalidGrant('already used');
  }

  async destroy(id: string): Promise<void> {
    const idHash = hash(id);
    const context = this.#context(idHash);
    const memory = requestMemory();
    forget(memory, context, null);
    const ctx = requestContext();
    if (memory?.waiting && this.#model === 'Interaction' && ctx?.state?.goesOn) {
      memory.taking = {
        artefact: { model: this.#model, idHash, now: this.#deps.clock() },
        left: () => sealAnswer(this.#deps.keyring, idHash, ctx),
        lost: () => Promise.reject(new StepOver(id, new AppError('interaction_expired'))),
      };
      this.#wait(memory, context, { payload: undefined, uidHash: undefined });
      return;
    }
    if (lasting.has(this.#model)) {
      const now = this.#deps.clock();
      const row = () => makeTombstone(this.#model, idHash, now);
      if (memory?.waiting) this.#wait(memory, context, { payload: undefined, uidHash: undefined, row });
      else await this.#artefacts.commit({ rows: [row()] });
      return;
    }
    await writeWaiting(memory);
    if (this.#model !== 'Grant')
      return this.#artefacts.remove({ model: this.#model, idHash, now: this.#deps.clock() });
    await performAct(this.#deps, async ({ trx, record }) => {
      const grant = await trx
        .deleteFrom('oidc_artefacts')
        .where('id_hash', '=', idHash)
        .where('model', '=', 'Grant')
        .returning(['account_id', 'client_id'])
        .executeTakeFirst();
      if (grant) record(revocationOf(grant, revocationReason()));
    });
  }

  /** The browser a session lives in, for the citizen's list of devices. */
  #device(): Buffer | null {
    if (this.#model !== 'Session') return null;
    const ctx = requestContext();
    return (ctx && browserHashOf(this.#deps, ctx)) ?? null;
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const grant = hash(grantId);
    await writeWaiting(requestMemory());
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

  #question(key: Buffer) {
    const ctx = requestContext();
    const asked = ctx?.oidc?.client?.clientId ?? ctx?.query?.client_id;
    return { model: this.#model, key, clientId: typeof asked === 'string' ? asked : undefined };
  }

  #take(row: FoundRow | undefined, memory: Memory | undefined): AdapterPayload | undefined {
    if (!row) return undefined;
    if (memory) this.#remember(row, memory);
    return this.#open(row, memory);
  }

  /** Keeps what came along with a row: the provider asks for that next. */
  #remember(row: FoundRow, { rows, accounts, profiles }: Memory): void {
    const { grant_hash, grant_payload, session_hash, session_payload, session_uid_hash } = row;
    if (grant_hash && grant_payload)
      rows.set(contextOf('Grant', grant_hash), {
        id_hash: grant_hash,
        payload: grant_payload,
        consumed_at: null,
      });
    if (session_hash && session_payload && session_uid_hash) {
      const session = { id_hash: session_hash, payload: session_payload, consumed_at: null };
      rows.set(contextOf('Session', session_hash), session);
      rows.set(`Session/uid/${session_uid_hash.toString('base64')}`, session);
    }
    if (row.id) accounts.set(row.id, stateOf(row, this.#deps.clock()));
    if (row.id && row.profile_sealed) profiles.set(row.id, row.profile_sealed);
  }

  #open({ id_hash, payload, consumed_at }: Row, memory: Memory | undefined): AdapterPayload {
    const text = openText(this.#deps.keyring, this.#model, { id_hash, payload });
    const opened: AdapterPayload = JSON.parse(text);
    const again = this.#model === 'RefreshToken' && consumed_at && isInGrace(consumed_at, this.#deps.clock());
    if (consumed_at && !again) opened.consumed = Math.floor(consumed_at.getTime() / 1000);
    if (this.#model === 'Session')
      memory?.loaded.set(this.#context(id_hash), { content: withoutTimes(text), exp: opened.exp ?? 0 });
    return opened;
  }

  #context(idHash: Buffer): string {
    return contextOf(this.#model, idHash);
  }
}

/** What is written or ended is not what was brought along. */
function forget(memory: Memory | undefined, context: string, uidHash: Buffer | null): void {
  memory?.rows.delete(context);
  if (uidHash) memory?.rows.delete(`${context.split('/', 1)[0]}/uid/${uidHash.toString('base64')}`);
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

/** Whether nothing changed but the time, and that by less than a day. */
function isAsLoaded(
  before: { content: string; exp: number } | undefined,
  { exp = 0 }: AdapterPayload,
  text: string,
): boolean {
  if (!before || exp - before.exp > DAY_MS / 1000) return false;
  return before.content === withoutTimes(text);
}

/** The provider adds members now here, now there: kept in one order, they can be compared as text. */
function inOrder(payload: AdapterPayload): AdapterPayload {
  return Object.fromEntries(Object.entries(payload).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function withoutTimes(text: string): string {
  return text.replace(/"(?:iat|exp)":\d+,/g, '');
}
