/**
 * The registry: clients, resource servers and scopes, read from the database into the process at start, because
 * every request asks for them.
 *
 * Secrets: 256 random bits, kept as SHA-256. The provider is given the hash in the place of the secret and
 * compares hashes (see compareClientSecret below); so nothing that would use the secret as a key
 * (client_secret_jwt, HS256) may ever be switched on.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AdapterPayload, Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { isLevel, type Level } from '../guard/levels.ts';
import { openidScopes } from './claims.ts';

export type Scope = {
  name: string;
  resource: string;
  minimumLevel: Level;
  description: { vi: string; en: string };
};
export type ResourceServer = { resource: string; name: string; scopes: Scope[] };

/** What our own members of a client's metadata are called. */
export const clientMembers = {
  minimumLevel: 'minimum_level',
  serviceScopes: 'service_scopes',
  anyLoopbackRedirect: 'any_loopback_redirect',
  resource: 'resource_server',
  cardReader: 'card_reader',
  /** Our own pages as a client: nothing is asked, because nothing leaves. */
  ownPages: 'own_pages',
  /** Lives inside Zalo, where there is no redirect: exchanges Zalo's token, and steps out onto our pages. */
  miniApp: 'mini_app',
  origins: 'origins',
  returnUri: 'return_uri',
  /** Whose subjects it shares: see oidc/subjects. */
  sector: 'sector',
} as const;

/** The client behind the account pages: it borrows the sign-in and never redeems a code. */
export const accountClientId = 'tay-ninh-id';
export const accountReturnPath = '/account/signed-in';
/** Where a Mini App's step onto our pages ends. */
export const miniAppReturnPath = '/mini-app/back';

type Snapshot = {
  clients: Map<string, AdapterPayload>;
  resourceServers: Map<string, ResourceServer>;
  scopes: Map<string, Scope>;
};

export class Registry {
  readonly #now: Snapshot;

  private constructor(snapshot: Snapshot) {
    this.#now = snapshot;
  }

  static async load(deps: Pick<Deps, 'db' | 'config'>): Promise<Registry> {
    return new Registry(await readSnapshot(deps));
  }

  clientMetadata(clientId: string): AdapterPayload | undefined {
    return this.#now.clients.get(clientId);
  }

  resourceServer(resource: string): ResourceServer | undefined {
    return this.#now.resourceServers.get(resource);
  }

  scope(name: string): Scope | undefined {
    return this.#now.scopes.get(name);
  }
}

async function readSnapshot({ db, config }: Pick<Deps, 'db' | 'config'>): Promise<Snapshot> {
  const [clients, servers, scopes] = await Promise.all([
    db.selectFrom('clients').selectAll().where('disabled_at', 'is', null).execute(),
    db.selectFrom('resource_servers').selectAll().where('disabled_at', 'is', null).execute(),
    db.selectFrom('scopes').selectAll().execute(),
  ]);
  const snapshot: Snapshot = { clients: new Map(), resourceServers: new Map(), scopes: new Map() };
  snapshot.clients.set(accountClientId, ownClient(config));
  for (const row of servers) {
    snapshot.resourceServers.set(row.resource, { resource: row.resource, name: row.name, scopes: [] });
    snapshot.clients.set(row.client_id, {
      client_id: row.client_id,
      client_secret: row.secret_hash.toString('base64url'),
      client_name: row.name,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: [],
      response_types: [],
      redirect_uris: [],
      [clientMembers.resource]: row.resource,
      [clientMembers.sector]: row.sector ?? hostOf(row.resource),
    });
  }
  for (const row of scopes) {
    const server = snapshot.resourceServers.get(row.resource);
    if (!server || !isLevel(row.minimum_level)) continue;
    const description = { vi: row.description_vi, en: row.description_en };
    const scope = { name: row.name, resource: row.resource, minimumLevel: row.minimum_level, description };
    server.scopes.push(scope);
    snapshot.scopes.set(row.name, scope);
  }
  for (const row of clients) {
    const own = row.scopes.filter((name) => openidScopes.includes(name));
    snapshot.clients.set(row.client_id, {
      client_id: row.client_id,
      client_name: row.name,
      ...(row.secret_hash ? { client_secret: row.secret_hash.toString('base64url') } : {}),
      token_endpoint_auth_method: row.token_endpoint_auth_method as 'none',
      grant_types: row.grant_types,
      response_types: row.grant_types.includes('authorization_code') ? ['code'] : [],
      redirect_uris: [
        ...row.redirect_uris,
        ...(row.mini_app ? [`${config.issuer}${miniAppReturnPath}`] : []),
      ],
      post_logout_redirect_uris: row.post_logout_redirect_uris,
      scope: own.join(' '),
      [clientMembers.minimumLevel]: row.minimum_level,
      [clientMembers.serviceScopes]: row.scopes.filter((name) => snapshot.scopes.has(name)),
      [clientMembers.anyLoopbackRedirect]: row.any_loopback_redirect,
      [clientMembers.cardReader]: row.card_reader,
      [clientMembers.miniApp]: row.mini_app,
      [clientMembers.sector]: row.sector ?? hostOf(row.redirect_uris[0] ?? row.client_id),
      [clientMembers.origins]: row.origins,
      ...(row.return_uri ? { [clientMembers.returnUri]: row.return_uri } : {}),
      ...(row.backchannel_logout_uri
        ? {
            backchannel_logout_uri: row.backchannel_logout_uri,
            backchannel_logout_session_required: row.backchannel_logout_session_required,
          }
        : {}),
    });
  }
  return snapshot;
}

/** The host of an address; a name that is none stands for itself. */
function hostOf(address: string): string {
  return URL.parse(address)?.host || address;
}

function ownClient({ issuer, environment }: Config): AdapterPayload {
  return {
    client_id: accountClientId,
    client_name: 'Tây Ninh ID',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [`${issuer}${accountReturnPath}`],
    scope: 'openid',
    [clientMembers.ownPages]: true,
    // The sandbox has several names of one machine (http/host).
    [clientMembers.anyLoopbackRedirect]: environment === 'sandbox',
  };
}

/** Teaches the provider's client model our rules for secrets and for the sandbox's loopback redirects. */
export function extendClientModel(provider: Provider): void {
  const model = provider.Client.prototype;
  const { redirectUriAllowed, postLogoutRedirectUriAllowed } = model;

  model.compareClientSecret = function compareClientSecret(actual: string): boolean {
    const given = createHash('sha256').update(actual).digest();
    const kept = Buffer.from(this.clientSecret ?? '', 'base64url');
    return given.length === kept.length && timingSafeEqual(given, kept);
  };
  model.redirectUriAllowed = function allowed(uri: string): boolean {
    return (
      redirectUriAllowed.call(this, uri) ||
      (this[clientMembers.anyLoopbackRedirect] === true && isLoopback(uri))
    );
  };
  model.postLogoutRedirectUriAllowed = function allowed(uri: string): boolean {
    return (
      postLogoutRedirectUriAllowed.call(this, uri) ||
      (this[clientMembers.anyLoopbackRedirect] === true && isLoopback(uri))
    );
  };
}

/** Whether a page of this origin is the client's own: the origin of one of its redirect addresses. */
export function isOriginOf(
  client: { redirectUris?: readonly string[] | undefined; [member: string]: unknown },
  origin: string,
): boolean {
  if (client[clientMembers.anyLoopbackRedirect] === true && isLoopback(origin)) return true;
  if ((client[clientMembers.origins] as string[] | undefined)?.includes(origin)) return true;
  return client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false;
}

/** `http://127.0.0.1:*` and `http://localhost:*`, whatever the path; the database allows this to sandbox clients only. */
function isLoopback(uri: string): boolean {
  // The text itself, not what a parser makes of it: no fragment (RFC 6749 §3.1.2), no user, no stray character.
  return /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:[/?][\x21-\x22\x24-\x7e]*)?$/.test(uri);
}
