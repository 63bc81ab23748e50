/**
 * Grants and consents. A consent is the citizen's lasting yes to a client, kept as proof (who, what, by which text,
 * when); a grant is the provider's artefact of one session. A new session that is covered by a consent gets its own
 * grant without asking, so that what is revoked in one session is not revoked in another.
 */
import { randomUUID } from 'node:crypto';
import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type Act, performAct } from '../audit/audit.ts';
import type { Db } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { openidScopes } from './claims.ts';
import { clientMembers, type Registry } from './registry.ts';
import { listSessions, revokeGrant, tellClient } from './sessions.ts';

/** What a citizen is asked to allow: our scopes, single claims, and scopes of services by resource. */
export type Request = { scopes: string[]; claims: string[]; resources: Record<string, string[]> };

/** The grant of this session, or a new one when an earlier consent covers the client. */
export async function loadExistingGrant(deps: Deps, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { client, session, provider, account } = oidc;
  if (!client || !session || !account) return undefined;
  const consent = oidc.result?.consent as { grantId?: string } | undefined;
  const grantId = consent?.grantId ?? session.grantIdFor(client.clientId);
  const grant = grantId ? await provider.Grant.find(grantId) : undefined;
  if (grant?.accountId === account.accountId) return grant;
  const ids = { accountId: account.accountId, clientId: client.clientId };

  if (client[clientMembers.ownPages] === true) return grantOwnPages(provider, ids);
  const given = await findConsent(deps.db, account.accountId, client.clientId);
  if (!given) return undefined;
  const renewed = new provider.Grant(ids);
  const services = Object.entries(oidc.resourceServers ?? {}).map(([resource, server]) => [
    resource,
    given.scopes.filter((name) => server.scopes.has(name)),
  ]);
  const own = given.scopes.filter((name) => openidScopes.includes(name));
  addTo(renewed, { scopes: own, claims: given.claims, resources: Object.fromEntries(services) });
  await renewed.save();
  return renewed;
}

/** Our own pages are not asked for: the citizen sees what they would allow. */
async function grantOwnPages(
  provider: Provider,
  ids: { accountId: string; clientId: string },
): Promise<Grant> {
  const grant = new provider.Grant(ids);
  grant.addOIDCScope('openid');
  await grant.save();
  return grant;
}

export type ConsentGiven = {
  accountId: string;
  clientId: string;
  grantId: string | undefined;
  request: Request;
  textVersion: string;
  language: string;
};

/** Records a citizen's yes, with its audit event, and puts it into the session's grant. Returns the grant's id. */
export async function giveConsent(deps: Deps, provider: Provider, given: ConsentGiven): Promise<string> {
  const { accountId, clientId, request } = given;
  await performAct(deps, async ({ trx, now, record }) => {
    const before = await findConsent(trx, accountId, clientId);
    const asked = [...request.scopes, ...Object.values(request.resources).flat()];
    const scopes = [...new Set([...(before?.scopes ?? []), ...asked])];
    const claims = [...new Set([...(before?.claims ?? []), ...request.claims])];
    const consent = randomUUID();
    await trx
      .insertInto('consents')
      .values({
        id: consent,
        account_id: accountId,
        client_id: clientId,
        scopes,
        claims,
        text_version: given.textVersion,
        language: given.language,
        granted_at: now,
      })
      .execute();
    record({
      event: 'consent.granted',
      account: accountId,
      client: clientId,
      scopes,
      claims,
      consent,
    });
  });
  const existing = given.grantId ? await provider.Grant.find(given.grantId) : undefined;
  const grant = existing ?? new provider.Grant({ accountId, clientId });
  addTo(grant, request);
  return grant.save();
}

function addTo(grant: Grant, { scopes, claims, resources }: Request): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes);
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, names] of Object.entries(resources)) {
    if (names.length > 0) grant.addResourceScope(resource, names);
  }
}

function findConsent(db: Db, accountId: string, clientId: string) {
  return db
    .selectFrom('consents')
    .select(['scopes', 'claims'])
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('withdrawn_at', 'is', null)
    .orderBy('granted_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** What a citizen allows a client now. */
export type ConsentEntry = {
  clientId: string;
  scopes: string[];
  claims: string[];
  grantedAt: Date;
  textVersion: string;
};

/** The consents in force, newest first, one for each client. */
export async function listConsents(db: Db, accountId: string): Promise<ConsentEntry[]> {
  const rows = await db
    .selectFrom('consents')
    .distinctOn('client_id')
    .select(['client_id', 'scopes', 'claims', 'granted_at', 'text_version'])
    .where('account_id', '=', accountId)
    .where('withdrawn_at', 'is', null)
    .orderBy('client_id')
    .orderBy('granted_at', 'desc')
    .execute();
  return rows
    .map((row) => ({
      clientId: row.client_id,
      scopes: row.scopes,
      claims: row.claims,
      grantedAt: row.granted_at,
      textVersion: row.text_version,
    }))
    .sort((a, b) => b.grantedAt.getTime() - a.grantedAt.getTime());
}

/** Takes back what a client was allowed: its grants and tokens end, and it is told. False when nothing was in force. */
export async function withdrawConsent(
  act: Act,
  scope: { deps: Deps; registry: Registry },
  { accountId, clientId }: { accountId: string; clientId: string },
): Promise<boolean> {
  const { trx, now, record } = act;
  const withdrawn = await trx
    .updateTable('consents')
    .set({ withdrawn_at: now })
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('withdrawn_at', 'is', null)
    .returning('id')
    .execute();
  const grants = await trx
    .selectFrom('oidc_artefacts')
    .select('id_hash')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('model', '=', 'Grant')
    .execute();
  if (withdrawn.length === 0 && grants.length === 0) return false;
  for (const { id_hash } of grants) await revokeGrant(act, id_hash, { accountId, grantReason: 'withdrawn' });
  const sessions = await listSessions({ ...scope.deps, db: trx }, accountId);
  const sids = sessions.flatMap(({ clients }) => clients.filter((one) => one.clientId === clientId));
  for (const { sid } of sids.length > 0 ? sids : [{ sid: undefined }])
    await tellClient(act, scope, { clientId, accountId, sid });
  record({ event: 'consent.withdrawn', account: accountId, client: clientId });
  return true;
}
