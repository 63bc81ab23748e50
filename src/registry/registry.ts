/**
 * The registry: clients, resource servers and scopes, held in the process because every request asks for them. Read at
 * start and whenever feed says that they changed; a snapshot is replaced as a whole.
 *
 * Secrets: 256 random bits, kept as SHA-256. The provider is given the hash in the place of the secret and
 * compares hashes (see compareClientSecret below); so nothing that would use the secret as a key
 * (client_secret_jwt, HS256) may ever be switched on.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { AdapterPayload, Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { isLevel, type Level } from '../guard/levels.ts';
import { PROFILE, profileMembers, REQUIRE_PKCE } from './client-metadata.ts';
import { clientMetadataMembers, serviceMetadataMembers } from './members.ts';
import { openidScopes } from './openid-scopes.ts';

export type Scope = {
  name: string;
  resource: string;
  minimumLevel: Level;
  description: { vi: string; en: string };
};
export type ResourceServer = {
  resource: string;
  names: { vi: string; en: string };
  /** As which it authenticates. */
  clientId: string;
  scopes: Scope[];
  accessTokenFormat: 'opaque' | 'jwt';
  /** Where it wants security events pushed (RFC 8935). */
  eventsEndpoint?: string;
};

/** What our own members of a client's metadata are called. */
export const clientMembers = {
  minimumLevel: 'minimum_level',
  /** A client with level1 here never sees level2, whatever the citizen holds. */
  maximumLevel: 'maximum_level',
  /** `fapi2_security` or `fapi2_message_signing`. */
  profile: PROFILE,
  requirePkce: REQUIRE_PKCE,
  nameEn: 'client_name_en',
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
  /** Known by one `sub` that all such clients share. */
  publicSubject: 'public_subject',
} as const;

/** The client behind the account pages: it borrows the sign-in and never redeems a code. */
export const accountClientId = 'tay-ninh-id';
export const accountReturnPath = '/account/signed-in';
/** Where a Mini App's step onto our pages ends. */
export const miniAppReturnPath = '/mini-app/back';

type Snapshot = {
  version: bigint;
  clients: Map<string, AdapterPayload>;
  names: Map<string, { vi: string; en: string }>;
  resourceServers: Map<string, ResourceServer>;
  scopes: Map<string, Scope>;
};

/** Why the provider would refuse this metadata; undefined when it takes it. */
type Judge = (metadata: AdapterPayload) => string | undefined;

export class Registry {
  #now: Snapshot;
  #judge: Judge = () => undefined;

  private constructor(snapshot: Snapshot) {
    this.#now = snapshot;
  }

  static async load(deps: Pick<Deps, 'db' | 'config'>): Promise<Registry> {
    return new Registry(await readSnapshot(deps));
  }

  /** Reads everything anew. */
  async reload(deps: Pick<Deps, 'db' | 'config' | 'log'>): Promise<void> {
    const snapshot = await readSnapshot(deps);
    this.#leaveOut(snapshot, deps.log);
    this.#now = snapshot;
  }

  /** From now on a client that the provider refuses is told in the log and left out: it must not hurt the others. */
  judgeBy(judge: Judge, log: Deps['log']): void {
    this.#judge = judge;
    this.#leaveOut(this.#now, log);
  }

  #leaveOut(snapshot: Snapshot, log: Deps['log']): void {
    for (const [client, metadata] of snapshot.clients) {
      const fault = this.#judge(metadata);
      if (fault === undefined) continue;
      snapshot.clients.delete(client);
      log.error({ client, fault }, 'the registration cannot be used: the client is left out');
    }
  }

  /** Goes up with every change. */
  get version(): bigint {
    return this.#now.version;
  }

  /** Undefined: there is no such client, or it is switched off, and no token of its is worth anything. */
  clientMetadata(clientId: string): AdapterPayload | undefined {
    return this.#now.clients.get(clientId);
  }

  /** What a client is called, though it be switched off; undefined: there is none. */
  clientName(clientId: string, lang: 'vi' | 'en'): string | undefined {
    return this.#now.names.get(clientId)?.[lang];
  }

  /** The highest level that the client may see. */
  maximumLevel(clientId: string | undefined): Level {
    return maximumOf(clientId === undefined ? undefined : this.#now.clients.get(clientId));
  }

  resourceServer(resource: string): ResourceServer | undefined {
    return this.#now.resourceServers.get(resource);
  }

  /** Whether a page of this origin is a registered Mini App's. */
  isMiniAppOrigin(origin: string): boolean {
    const clients = [...this.#now.clients.values()];
    return clients.some((one) => one[clientMembers.miniApp] === true && originsOf(one).includes(origin));
  }

  /** Whether a page of this origin is some client's. */
  isClientOrigin(origin: string): boolean {
    return [...this.#now.clients.values()].some((one) =>
      isOriginOf({ ...one, redirectUris: one.redirect_uris }, origin),
    );
  }

  scope(name: string): Scope | undefined {
    return this.#now.scopes.get(name);
  }
}

/** The highest level that a client, as the provider's model or as metadata, may see. */
export function maximumOf(client: { [member: string]: unknown } | undefined): Level {
  return client?.[clientMembers.maximumLevel] === 'level1' ? 'level1' : 'level2';
}

/** What the provider says of metadata that it does not take. */
export function judgeByProvider(provider: Provider): Judge {
  const Client = provider.Client as unknown as new (metadata: AdapterPayload) => unknown;
  return (metadata) => {
    try {
      new Client(structuredClone(metadata));
      return undefined;
    } catch (error) {
      const { error_description: description, message } = error as {
        error_description?: string;
        message: string;
      };
      return description ?? message;
    }
  };
}

async function readSnapshot({ db, config }: Pick<Deps, 'db' | 'config'>): Promise<Snapshot> {
  const { version, clients, servers, scopes } = await readRows(db);
  const snapshot: Snapshot = {
    version,
    clients: new Map(),
    names: new Map(),
    resourceServers: new Map(),
    scopes: new Map(),
  };
  snapshot.clients.set(accountClientId, ownClient(config));
  for (const row of servers) {
    const { events_endpoint: eventsEndpoint, ...metadata } = standardOf(row.metadata, serviceMetadataMembers);
    snapshot.resourceServers.set(row.resource, {
      resource: row.resource,
      names: { vi: row.name, en: row.name_en ?? row.name },
      clientId: row.client_id,
      scopes: [],
      accessTokenFormat: row.access_token_format === 'jwt' ? 'jwt' : 'opaque',
      ...(typeof eventsEndpoint === 'string' ? { eventsEndpoint } : {}),
    });
    snapshot.clients.set(row.client_id, {
      ...metadata,
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
    snapshot.names.set(row.client_id, { vi: row.name, en: row.name_en ?? row.name });
    if (row.disabled_at) continue;
    const own = row.scopes.filter((name) => openidScopes.includes(name));
    snapshot.clients.set(row.client_id, {
      ...profileMembers(row.profile, standardOf(row.metadata, clientMetadataMembers)),
      client_id: row.client_id,
      client_name: row.name,
      application_type: row.application_type as 'web',
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
      [clientMembers.maximumLevel]: row.maximum_level,
      [clientMembers.nameEn]: row.name_en ?? row.name,
      [clientMembers.serviceScopes]: row.scopes.filter((name) => snapshot.scopes.has(name)),
      [clientMembers.anyLoopbackRedirect]: row.any_loopback_redirect,
      [clientMembers.cardReader]: row.card_reader,
      [clientMembers.miniApp]: row.mini_app,
      [clientMembers.sector]: row.sector ?? hostOf(row.redirect_uris[0] ?? row.client_id),
      [clientMembers.publicSubject]: row.subject_type === 'public',
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

/** One moment of all tables: a client must not be seen without the scopes that came with it. */
function readRows(db: Deps['db']) {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      version: (await trx.selectFrom('registry_version').select('version').executeTakeFirstOrThrow()).version,
      clients: await trx.selectFrom('clients').selectAll().execute(),
      servers: await trx
        .selectFrom('resource_servers')
        .selectAll()
        .where('disabled_at', 'is', null)
        .execute(),
      scopes: await trx.selectFrom('scopes').selectAll().execute(),
    }));
}

/** Only members that may be there: `metadata` must not bring what a column decides, or what only our own pages are. */
function standardOf(metadata: unknown, members: readonly string[]): Record<string, unknown> {
  const entries = Object.entries((metadata ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([member]) => members.includes(member)));
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
    [clientMembers.sector]: hostOf(issuer),
    // The sandbox has several names of one machine (http/host).
    [clientMembers.anyLoopbackRedirect]: environment === 'sandbox',
  };
}

/** Teaches the provider's client model our rules for secrets and for the sandbox's loopback redirects. */
export function extendClientModel(provider: Provider): void {
  const model = provider.Client.prototype;
  const { redirectUriAllowed, postLogoutRedirectUriAllowed } = model;

  model.compareClientSecret = function compareClientSecret(actual: string): boolean {
    const given = hash('sha256', actual, 'buffer');
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

/**
 * A client is made once of its registration and kept as long as that stands; the library keeps a hundred, and reckons
 * a hash of the registration at every look.
 */
export function keepClients(provider: Provider, registry: Registry): void {
  type Model = { find: (id: string) => Promise<unknown> };
  const model = provider.Client as unknown as Model;
  const find = model.find.bind(model);
  const kept = new WeakMap<AdapterPayload, unknown>();
  model.find = async (id) => {
    const metadata = registry.clientMetadata(id);
    if (!metadata) return undefined;
    const client = kept.get(metadata) ?? (await find(id));
    kept.set(metadata, client);
    return client;
  };
}

/** Whether a page of this origin is the client's own: the origin of one of its redirect addresses. */
export function isOriginOf(
  client: { redirectUris?: readonly string[] | undefined; [member: string]: unknown },
  origin: string,
): boolean {
  if (client[clientMembers.anyLoopbackRedirect] === true && isLoopback(origin)) return true;
  if (originsOf(client).includes(origin)) return true;
  return client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false;
}

function originsOf(client: { [member: string]: unknown }): readonly string[] {
  return (client[clientMembers.origins] as string[] | undefined) ?? [];
}

/** `http://127.0.0.1:*` and `http://localhost:*`, whatever the path; the database allows this to sandbox clients only. */
function isLoopback(uri: string): boolean {
  // The text itself, not what a parser makes of it: no fragment (RFC 6749 §3.1.2), no user, no stray character.
  return /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:[/?][\x21-\x22\x24-\x7e]*)?$/.test(uri);
}
