/**
 * A citizen's sessions: what they can see of them, and how they end. Ending is one transaction: the session, the
 * grants in it with every token under them, and a job for each service that wants to hear of it (Back-Channel Logout).
 * It holds from the commit on: introspection answers inactive, a refresh token is no grant.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AdapterPayload } from 'oidc-provider';
import type { Act } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import { addJob } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import type { Registry } from '../registry/registry.ts';
import { lockOf } from './adapter.ts';
import { openArtefact, tombstone } from './artefact-rows.ts';

export const BACK_CHANNEL_LOGOUT = 'back_channel_logout';

export type SessionEntry = {
  /** SHA-256 of the session's id, in hex: names it on a form and opens nothing. */
  id: string;
  uid: string;
  acr: string;
  amr: string[];
  signedInAt: Date;
  deviceHash: Buffer | undefined;
  /** The clients signed in to through it. */
  clients: { clientId: string; grantId: string | undefined; sid: string | undefined }[];
};

type Scope = { deps: Deps; registry: Registry };
type GrantEnd = Extract<AuditEvent, { event: 'grant.revoked' }>['reason'];

/** The sessions of an account that are alive, newest sign-in first. */
export async function listSessions(
  { db, keyring, clock }: Pick<Deps, 'db' | 'keyring' | 'clock'>,
  accountId: string,
): Promise<SessionEntry[]> {
  const rows = await db
    .selectFrom('oidc_artefacts')
    .select(['id_hash', 'payload', 'device_hash'])
    .where('account_id', '=', accountId)
    .where('model', '=', 'Session')
    .where('ended_at', 'is', null)
    .where('expires_at', '>', clock())
    .execute();
  return rows
    .map((row) => toEntry(row, openArtefact(keyring, 'Session', row)))
    .sort((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime());
}

/** The name by which a session is listed. */
export function nameOfSession(sessionId: string): string {
  return hash(sessionId).toString('hex');
}

export type EndOfSessions = { accountId: string; reason: string; grantReason: GrantEnd };

/** Ends one session of this account; false when it is not there, or somebody else's. */
export async function endSession(act: Act, scope: Scope, end: EndOfSessions & { id: string }) {
  const ended = await endEach(act, scope, end, ({ id }) => id === end.id);
  return ended > 0;
}

/**
 * Ends every session of an account, but perhaps this one. With `tokens` also what lives without a session (offline
 * access, a Mini App's tokens): that is what people mean by "everywhere".
 */
export async function endAllSessions(
  act: Act,
  scope: Scope,
  end: EndOfSessions & { except?: string; tokens: boolean },
): Promise<number> {
  const { accountId, except, tokens } = end;
  const kept = except
    ? (await listSessions({ ...scope.deps, db: act.trx }, accountId)).find(({ id }) => id === except)
    : undefined;
  const ended = await endEach(act, scope, end, ({ id }) => id !== except);
  if (!tokens) return ended;
  const inUse = new Set(
    kept?.clients.flatMap(({ grantId }) => (grantId ? [hash(grantId).toString('hex')] : [])),
  );
  const grants = await act.trx
    .selectFrom('oidc_artefacts')
    .select(['id_hash', 'client_id'])
    .where('account_id', '=', accountId)
    .where('model', '=', 'Grant')
    .execute();
  for (const { id_hash, client_id } of grants) {
    if (inUse.has(id_hash.toString('hex'))) continue;
    await revokeGrant(act, id_hash, end);
    if (client_id) await tellClient(act, scope, { clientId: client_id, accountId, sid: undefined });
  }
  return ended;
}

async function endEach(
  act: Act,
  scope: Scope,
  end: EndOfSessions,
  which: (session: SessionEntry) => boolean,
): Promise<number> {
  const { accountId, reason } = end;
  const sessions = (await listSessions({ ...scope.deps, db: act.trx }, accountId)).filter(which);
  for (const session of sessions) {
    for (const { clientId, grantId, sid } of session.clients) {
      if (grantId) await revokeGrant(act, hash(grantId), end);
      await tellClient(act, scope, { clientId, accountId, sid });
    }
    await act.trx
      .updateTable('oidc_artefacts')
      .set(tombstone(act.now))
      .where('id_hash', '=', Buffer.from(session.id, 'hex'))
      .where('model', '=', 'Session')
      .execute();
  }
  if (sessions.length > 0)
    act.record({ event: 'session.ended', account: accountId, count: sessions.length, reason });
  return sessions.length;
}

/** Takes back a grant and every token under it. */
export async function revokeGrant(
  { trx, record }: Act,
  grant: Buffer,
  { accountId, grantReason }: Pick<EndOfSessions, 'accountId' | 'grantReason'>,
): Promise<void> {
  await sql`SELECT FROM ${lockOf(grant)}`.execute(trx);
  const revoked = await trx
    .deleteFrom('oidc_artefacts')
    .where('id_hash', '=', grant)
    .where('model', '=', 'Grant')
    .where('account_id', '=', accountId)
    .returning('client_id')
    .executeTakeFirst();
  if (!revoked) return;
  await trx
    .deleteFrom('oidc_artefacts')
    .where('grant_hash', '=', grant)
    .where('model', '!=', 'Interaction')
    .execute();
  record({ event: 'grant.revoked', account: accountId, client: revoked.client_id, reason: grantReason });
}

/** A job for a client that registered where it wants to hear that a session ended. */
export async function tellClient(
  { trx }: Pick<Act, 'trx'>,
  { registry }: Pick<Scope, 'registry'>,
  { clientId, accountId, sid }: { clientId: string; accountId: string; sid: string | undefined },
): Promise<void> {
  const client = registry.clientMetadata(clientId);
  if (!client?.backchannel_logout_uri) return;
  // Without a session there is no sid to name; a client that insists on one cannot be told.
  if (!sid && client.backchannel_logout_session_required) return;
  await addJob(trx, BACK_CHANNEL_LOGOUT, { client: clientId, account: accountId, ...(sid ? { sid } : {}) });
}

function toEntry(
  { id_hash, device_hash }: { id_hash: Buffer; device_hash: Buffer | null },
  payload: AdapterPayload,
): SessionEntry {
  const {
    acr,
    amr,
    uid = '',
    loginTs = 0,
    authorizations = {},
  } = payload as AdapterPayload & {
    acr?: string;
    amr?: string[];
    loginTs?: number;
    authorizations?: Record<string, { sid?: string; grantId?: string }>;
  };
  return {
    id: id_hash.toString('hex'),
    uid,
    acr: acr ?? 'level1',
    amr: amr ?? [],
    signedInAt: new Date(loginTs * 1000),
    deviceHash: device_hash ?? undefined,
    clients: Object.entries(authorizations).map(([clientId, { sid, grantId }]) => ({
      clientId,
      grantId,
      sid,
    })),
  };
}

function hash(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
