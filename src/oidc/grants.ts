/**
 * Grants and consents. A consent is the citizen's lasting yes to a client, kept as proof (who, what, by which text,
 * when); a grant is the provider's artefact of one session. A new session that is covered by a consent gets its own
 * grant without asking, so that what is revoked in one session is not revoked in another.
 */
import { randomUUID } from 'node:crypto';
import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type Act, actsStatement, countEvents, lineOf, performAct } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/events.ts';
import { gather } from '../db/batch.ts';
import { type Db, runPrepared } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { openidScopes } from '../registry/openid-scopes.ts';
import { clientMembers, type Registry } from '../registry/registry.ts';
import { isNewcomer } from './request-memory.ts';
import { listSessions, revokeGrant, tellClient } from './sessions.ts';

/** What a citizen is asked to allow: our scopes, single claims, and scopes of services by resource. */
export type Request = { scopes: string[]; claims: string[]; resources: Record<string, string[]> };

/** What is in force for a client: names of scopes, and of claims that were asked for one by one. */
type Consent = { scopes: string[]; claims: string[]; refused: string[] };

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
  if (isNewcomer(account.accountId)) return undefined;
  const given = await findConsent(deps.db, account.accountId, client.clientId);
  if (!given) return undefined;
  const renewed = new provider.Grant(ids);
  const servers = Object.entries(oidc.resourceServers ?? {});
  const services = servers.map(([resource, server]) => [
    resource,
    given.scopes.filter((name) => server.scopes.has(name)),
  ]);
  const own = given.scopes.filter((name) => openidScopes.includes(name));
  addTo(renewed, { scopes: own, claims: given.claims, resources: Object.fromEntries(services) });
  rejectIn(renewed, given.refused, (name) => servers.find(([, { scopes }]) => scopes.has(name))?.[0]);
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
  /** What was allowed, and what was shown and not allowed. */
  given: Request;
  refused: Request;
  textVersion: string;
  language: string;
};

/**
 * Records what a citizen allowed and what they did not, with its audit event, and puts it into the session's grant.
 * Returns the grant's id. Whoever allows less than before takes it back: what was issued under the old yes ends.
 */
export async function giveConsent(
  { deps, provider, registry }: { deps: Deps; provider: Provider; registry: Registry },
  given: ConsentGiven,
): Promise<string> {
  const { accountId, clientId } = given;
  const { refused, narrowed } = (await consentAtOnce(deps, given)) ?? (await consentInAct(deps, given));
  const existing = given.grantId && !narrowed ? await provider.Grant.find(given.grantId) : undefined;
  const grant = existing ?? new provider.Grant({ accountId, clientId });
  delete (grant as { rejected?: unknown }).rejected;
  addTo(grant, given.given);
  rejectIn(grant, refused, (name) => registry.scope(name)?.resource);
  return grant.save();
}

/**
 * The usual case: nothing is taken back, and what was in force still is. Otherwise undefined, and nothing was written.
 * Most who are asked have never allowed this client anything: that is tried first, and the answer says what else.
 */
async function consentAtOnce(
  deps: Deps,
  given: ConsentGiven,
): Promise<{ refused: string[]; narrowed: false } | undefined> {
  const now = deps.clock();
  let before: Found | undefined;
  for (let times = 0; times < 2 && !isNarrowed(before, given); times += 1) {
    const { row, event } = describeConsent(given, mergeConsent(before, given), now);
    const line = lineOf(now, event);
    const added = await addConsent(deps.db, { ...row, before: before?.id ?? null, line });
    if (added.done) {
      countEvents(deps, [event]);
      return { refused: row.refused, narrowed: false };
    }
    before = readFound(added);
  }
  return undefined;
}

async function consentInAct(deps: Deps, given: ConsentGiven) {
  return performAct(deps, async (act) => {
    const before = await findConsent(act.trx, given.accountId, given.clientId);
    const narrowed = isNarrowed(before, given);
    if (narrowed) await revokeGrantsOf(act, given);
    const { row, event } = describeConsent(given, mergeConsent(before, given), act.now);
    await act.trx.insertInto('consents').values(row).execute();
    act.record(event);
    return { refused: row.refused, narrowed };
  });
}

function isNarrowed(before: Consent | undefined, { refused }: ConsentGiven): boolean {
  const taken = namesOf(refused);
  return [...(before?.scopes ?? []), ...(before?.claims ?? [])].some((name) => taken.includes(name));
}

/** What was allowed before stays, but for what was taken back now; a yes ends an earlier no. */
function mergeConsent(before: Consent | undefined, { given, refused }: ConsentGiven): Consent {
  const [yes, no] = [namesOf(given), namesOf(refused)];
  const join = (old: readonly string[] = [], added: readonly string[], without: readonly string[]) =>
    [...new Set([...old, ...added])].filter((name) => !without.includes(name));
  return {
    scopes: join(before?.scopes, [...given.scopes, ...Object.values(given.resources).flat()], no),
    claims: join(before?.claims, given.claims, no),
    refused: join(before?.refused, no, yes),
  };
}

type ConsentRow = Consent & {
  id: string;
  account_id: string;
  client_id: string;
  text_version: string;
  language: string;
  granted_at: Date;
};

/** The proof of a consent, and its line. */
function describeConsent(
  { accountId: account, clientId: client, textVersion, language }: ConsentGiven,
  { scopes, claims, refused }: Consent,
  now: Date,
): { row: ConsentRow; event: AuditEvent } {
  const consent = randomUUID();
  const ids = { id: consent, account_id: account, client_id: client };
  return {
    row: { ...ids, scopes, claims, refused, text_version: textVersion, language, granted_at: now },
    event: { event: 'consent.granted', account, client, scopes, claims, consent, refused },
  };
}

/** As JSON, since PostgreSQL's arrays of arrays are tables. `before`: the consent that this one follows. */
const adding = actsStatement({
  name: 'consents_add',
  // The account is held for what refers to it: that is looked at when the head is locked already. The order of accounts
  // is the same everywhere, so that nobody waits in a circle.
  acts: `
  q AS (
    SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (id uuid, account_id uuid, client_id text, scopes text[],
      claims text[], refused text[], text_version text, language text, granted_at timestamptz, before uuid, line text))
    WITH ORDINALITY AS q (id, account_id, client_id, scopes, claims, refused, text_version, language, granted_at, before,
      line, n)
  ),
  ready AS (
    SELECT q.* FROM q JOIN accounts a ON a.id = q.account_id
    WHERE q.before IS NOT DISTINCT FROM (${inForce('id', 'q.account_id', 'q.client_id')})
    ORDER BY q.account_id
    FOR KEY SHARE OF a
  ),
  added AS (
    INSERT INTO consents (id, account_id, client_id, scopes, claims, refused, text_version, language, granted_at)
    SELECT id, account_id, client_id, scopes, claims, refused, text_version, language, granted_at FROM ready
  ),
  lines (act, n, body) AS (SELECT n, 1, line FROM ready)`,
  // One that is there already: the answer to the statement was lost, and it was sent again.
  answer: `
  SELECT q.n::int, (r.n IS NOT NULL OR c.id IS NOT NULL) AS done, f.*
  FROM q LEFT JOIN ready r ON r.n = q.n LEFT JOIN consents c ON c.id = q.id
    LEFT JOIN LATERAL (${inForce('id, scopes, claims, refused', 'q.account_id', 'q.client_id')}) f ON true
  ORDER BY q.n`,
});

const addConsent = gather<
  ConsentRow & { before: string | null; line: string },
  { done: boolean } & (Found | NotFound)
>((db, rows) => runPrepared(db, adding, [JSON.stringify(rows)]), {
  keysOf: ({ account_id, client_id }) => [`${account_id}/${client_id}`],
  again: true,
});

function namesOf({ scopes, claims, resources }: Request): string[] {
  return [...scopes, ...claims, ...Object.values(resources).flat()];
}

function addTo(grant: Grant, { scopes, claims, resources }: Request): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes);
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, names] of Object.entries(resources)) {
    if (names.length > 0) grant.addResourceScope(resource, names);
  }
}

/** What was not allowed is kept in the grant, too: the provider asks only about what was never answered. */
function rejectIn(
  grant: Grant,
  names: readonly string[],
  resourceOf: (name: string) => string | undefined,
): void {
  for (const name of names) {
    const resource = resourceOf(name);
    if (resource) grant.rejectResourceScope(resource, name);
    else if (openidScopes.includes(name)) grant.rejectOIDCScope(name);
    else grant.rejectOIDCClaims([name]);
  }
}

/** Whether a token is for the services that were asked: not when the citizen allowed none of what they offer. */
export function mayUse(grant: Grant | undefined, resource: string | string[] | undefined): boolean {
  return [resource ?? []]
    .flat()
    .some((one) => grant?.getResourceScope(one) !== '' || grant.getRejectedResourceScope(one) === '');
}

/** The newest consent that was not withdrawn. */
function inForce(columns: string, account: string, client: string): string {
  return `SELECT ${columns} FROM consents
    WHERE account_id = ${account} AND client_id = ${client} AND withdrawn_at IS NULL
    ORDER BY granted_at DESC LIMIT 1`;
}

const asking = {
  name: 'consents_in_force',
  text: `
  SELECT c.id, c.scopes, c.claims, c.refused
  FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS q (account_id, client_id, n)
  LEFT JOIN LATERAL (${inForce('id, scopes, claims, refused', 'q.account_id', 'q.client_id')}) c ON true
  ORDER BY q.n`,
};
type Found = Consent & { id: string };
type NotFound = { id: null };

const askConsent = gather<{ accountId: string; clientId: string }, Found | NotFound>(
  (db, asked) =>
    runPrepared(db, asking, [asked.map(({ accountId }) => accountId), asked.map(({ clientId }) => clientId)]),
  { again: true },
);

async function findConsent(db: Db, accountId: string, clientId: string): Promise<Found | undefined> {
  return readFound(await askConsent(db, { accountId, clientId }));
}

function readFound(row: Found | NotFound): Found | undefined {
  return row.id === null ? undefined : row;
}

/** What a citizen allows a client now. */
export type ConsentEntry = {
  clientId: string;
  scopes: string[];
  claims: string[];
  /** What the citizen was shown and did not allow. */
  refused: string[];
  grantedAt: Date;
};

/** The consents in force, newest first, one for each client. */
export async function listConsents(db: Db, accountId: string): Promise<ConsentEntry[]> {
  const rows = await db
    .selectFrom('consents')
    .distinctOn('client_id')
    .select(['client_id', 'scopes', 'claims', 'refused', 'granted_at'])
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
      refused: row.refused,
      grantedAt: row.granted_at,
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
  const revoked = await revokeGrantsOf(act, { accountId, clientId });
  if (withdrawn.length === 0 && revoked === 0) return false;
  const sessions = await listSessions({ ...scope.deps, db: trx }, accountId);
  const sids = sessions.flatMap(({ clients }) => clients.filter((one) => one.clientId === clientId));
  for (const { sid } of sids.length > 0 ? sids : [{ sid: undefined }])
    await tellClient(act, scope, { clientId, accountId, sid });
  record({ event: 'consent.withdrawn', account: accountId, client: clientId });
  return true;
}

/** Ends everything a client holds from this citizen, in every session. Returns how many grants there were. */
async function revokeGrantsOf(
  act: Act,
  { accountId, clientId }: { accountId: string; clientId: string },
): Promise<number> {
  const grants = await act.trx
    .selectFrom('oidc_artefacts')
    .select('id_hash')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('model', '=', 'Grant')
    .execute();
  for (const { id_hash } of grants) await revokeGrant(act, id_hash, { accountId, grantReason: 'withdrawn' });
  return grants.length;
}
