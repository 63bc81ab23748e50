/** Registry entries as rows and back, and what one entry changes of another. */
import { isDeepStrictEqual } from 'node:util';
import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Clients, ResourceServers } from '../db/schema.ts';
import {
  type ClientEntry,
  clientMetadataMembers,
  clientShape,
  type ServiceEntry,
  serviceMetadataMembers,
  serviceShape,
} from './members.ts';

/** The columns of `clients` that an entry decides. */
export function clientColumns(entry: ClientEntry) {
  return {
    name: entry.name.vi,
    name_en: entry.name.en,
    application_type: entry.application_type,
    token_endpoint_auth_method: entry.token_endpoint_auth_method,
    grant_types: entry.grant_types as string[],
    redirect_uris: entry.redirect_uris,
    post_logout_redirect_uris: entry.post_logout_redirect_uris,
    scopes: entry.scopes,
    minimum_level: entry.minimum_level,
    maximum_level: entry.maximum_level,
    profile: entry.profile ?? null,
    subject_type: entry.subject_type,
    sector: entry.sector ?? null,
    owner: entry.owner,
    contacts: entry.contacts,
    card_reader: entry.card_reader,
    mini_app: entry.mini_app,
    origins: entry.origins,
    return_uri: entry.return_uri ?? null,
    backchannel_logout_uri: entry.backchannel_logout_uri ?? null,
    backchannel_logout_session_required: entry.backchannel_logout_session_required,
    metadata: JSON.stringify(pick(entry, clientMetadataMembers)),
  };
}

/** The entry that a row stands for. A row that was written by hand may lack what an entry must have. */
function clientEntryOf(row: Selectable<Clients>): ClientEntry {
  return inOrder(clientShape.shape, {
    ...pick(row.metadata, clientMetadataMembers),
    ...pick(row, Object.keys(clientShape.shape)),
    name: { vi: row.name, en: row.name_en ?? row.name },
    secret_hash: row.secret_hash?.toString('hex'),
    disabled: row.disabled_at !== null,
  }) as ClientEntry;
}

/** The columns of `resource_servers` that an entry decides; its scopes are rows of their own. */
export function serviceColumns(entry: ServiceEntry) {
  return {
    name: entry.name.vi,
    name_en: entry.name.en,
    access_token_format: entry.access_token_format,
    sector: entry.sector ?? null,
    owner: entry.owner,
    contacts: entry.contacts,
    metadata: JSON.stringify(pick(entry, serviceMetadataMembers)),
  };
}

function serviceEntryOf(row: Selectable<ResourceServers>, scopes: ServiceEntry['scopes']): ServiceEntry {
  return inOrder(serviceShape.shape, {
    ...pick(row.metadata, serviceMetadataMembers),
    ...pick(row, Object.keys(serviceShape.shape)),
    name: { vi: row.name, en: row.name_en ?? row.name },
    scopes,
    secret_hash: row.secret_hash.toString('hex'),
    disabled: row.disabled_at !== null,
  }) as ServiceEntry;
}

export type Registered = { services: ServiceEntry[]; clients: ClientEntry[] };

/** Everything registered, in the order of ids. */
export async function listEntries(db: Db): Promise<Registered> {
  const clients = await db.selectFrom('clients').selectAll().orderBy('client_id').execute();
  const services = await db.selectFrom('resource_servers').selectAll().orderBy('resource').execute();
  const scopes = await db.selectFrom('scopes').selectAll().orderBy('name').execute();
  return {
    services: services.map((row) => serviceEntryOf(row, scopeEntriesOf(scopes, row.resource))),
    clients: clients.map(clientEntryOf),
  };
}

export async function findClientEntry(db: Db, clientId: string): Promise<ClientEntry | undefined> {
  const row = await db.selectFrom('clients').selectAll().where('client_id', '=', clientId).executeTakeFirst();
  return row && clientEntryOf(row);
}

export async function findServiceEntry(db: Db, resource: string): Promise<ServiceEntry | undefined> {
  const row = await db
    .selectFrom('resource_servers')
    .selectAll()
    .where('resource', '=', resource)
    .executeTakeFirst();
  if (!row) return undefined;
  const scopes = await db.selectFrom('scopes').selectAll().where('resource', '=', resource).execute();
  return serviceEntryOf(row, scopeEntriesOf(scopes, resource));
}

type ScopeRow = {
  name: string;
  resource: string;
  minimum_level: string;
  description_vi: string;
  description_en: string;
};

function scopeEntriesOf(rows: readonly ScopeRow[], resource: string): ServiceEntry['scopes'] {
  return rows
    .filter((row) => row.resource === resource)
    .map((row) => ({
      name: row.name,
      level: row.minimum_level as ServiceEntry['scopes'][number]['level'],
      description: { vi: row.description_vi, en: row.description_en },
    }));
}

export type Difference = { member: string; before: unknown; after: unknown };

/** Secrets and what is switched off are told apart from other members. */
const apart = ['secret_hash', 'disabled'];

/** Members that differ. */
export function differences(before: object, after: object, except: readonly string[] = []): Difference[] {
  const [old, fresh] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .filter((member) => !apart.includes(member) && !except.includes(member))
    .filter((member) => !isDeepStrictEqual(old[member], fresh[member]))
    .map((member) => ({ member, before: old[member], after: fresh[member] }));
}

function pick(from: unknown, members: readonly string[]): Record<string, unknown> {
  const source = (from ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    members
      .filter((one) => source[one] !== undefined && source[one] !== null)
      .map((one) => [one, source[one]]),
  );
}

/** Members in the order in which the shape lists them, without what is undefined. */
function inOrder(shape: object, entry: Record<string, unknown>): unknown {
  return pick(entry, Object.keys(shape));
}
