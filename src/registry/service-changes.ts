/** Changes of services and their scopes, as changes does for clients. */
import type { Act } from '../audit/audit.ts';
import type { Trx } from '../db/database.ts';
import { differences, findServiceEntry, serviceColumns } from './entries.ts';
import type { ScopeEntry, ServiceEntry } from './members.ts';
import { openidScopes } from './openid-scopes.ts';
import { accountClientId } from './registry.ts';
import { checkService, type Fault } from './rules.ts';
import {
  type Change,
  type Changed,
  chooseSecret,
  lockRegistry,
  makeSecret,
  mergeMembers,
  type Registrar,
  refused,
  turnOf,
} from './steps.ts';

/** Names of OpenID Connect Core §5.4 and §11 that no service may take, offered yet or not. */
const reserved = [...openidScopes, 'email', 'phone', 'address', 'offline_access'];

/** Registers a service with its scopes; refused when the resource is taken. */
export async function registerService(act: Act, registrar: Registrar, given: unknown): Promise<Changed> {
  const checked = checkService(given, registrar.config.environment);
  if (!checked.ok) return checked;
  await lockRegistry(act.trx);
  const taken = await findServiceEntry(act.trx, checked.entry.resource);
  return taken ? refused(['resource'], 'is taken') : putService(act, registrar, checked.entry);
}

/** Changes the members named; `null` takes one away. Scopes left out of a new list are removed. */
export async function changeService(
  act: Act,
  registrar: Registrar,
  resource: string,
  members: Record<string, unknown>,
): Promise<Changed> {
  await lockRegistry(act.trx);
  const entry = await findServiceEntry(act.trx, resource);
  if (!entry) return refused([], 'no such service is registered');
  const { secret_hash: _kept, ...before } = entry;
  const checked = checkService(mergeMembers(before, members), registrar.config.environment);
  if (!checked.ok) return checked;
  if (checked.entry.resource !== resource) return refused(['resource'], 'cannot be changed');
  const changed = await putService(act, registrar, checked.entry);
  if (!changed.ok) return changed;
  for (const name of scopesLeftOut(entry, checked.entry)) {
    const removed = await removeScope(act, registrar, name);
    if (!removed.ok) return removed;
  }
  return changed;
}

/** Switches a service off: it may ask nothing, and its scopes are given to nobody; `on` ends that. */
export async function disableService(
  act: Act,
  registrar: Registrar,
  resource: string,
  turn: 'off' | 'on' = 'off',
): Promise<Changed> {
  await lockRegistry(act.trx);
  const row = await act.trx
    .updateTable('resource_servers')
    .set({ disabled_at: turn === 'off' ? act.now : null })
    .where('resource', '=', resource)
    .where('disabled_at', turn === 'off' ? 'is' : 'is not', null)
    .returning('client_id')
    .executeTakeFirst();
  if (!row) return refused([], `no such service is switched ${turn === 'off' ? 'on' : 'off'}`);
  const event = turn === 'off' ? 'service.disabled' : 'service.enabled';
  act.record({ event, client: row.client_id, actor: registrar.actor });
  return {
    ok: true,
    change: { kind: 'service', id: resource, what: 'unchanged', members: [], turned: turn },
  };
}

/** A new secret; the old one is worth nothing from the commit on. */
export async function rotateServiceSecret(
  act: Act,
  registrar: Registrar,
  resource: string,
): Promise<Changed> {
  await lockRegistry(act.trx);
  const { secret, hash } = makeSecret(registrar);
  const row = await act.trx
    .updateTable('resource_servers')
    .set({ secret_hash: hash })
    .where('resource', '=', resource)
    .returning('client_id')
    .executeTakeFirst();
  if (!row) return refused([], 'no such service is registered');
  act.record({ event: 'service.secret_rotated', client: row.client_id, actor: registrar.actor });
  return { ok: true, change: { kind: 'service', id: resource, what: 'unchanged', members: [], secret } };
}

/** Brings a service and the scopes named to what the entry says. Scopes not named are left for `removeScope`. */
export async function putService(act: Act, registrar: Registrar, entry: ServiceEntry): Promise<Changed> {
  const { trx, now, record } = act;
  const { actor } = registrar;
  await lockRegistry(trx);
  const before = await findServiceEntry(trx, entry.resource);
  const faults = [...(await idFaults(trx, entry, before)), ...(await nameFaults(trx, entry))];
  if (faults.length > 0) return { ok: false, faults };

  const { resource, client_id: client } = entry;
  const { secret, hash } = chooseSecret(registrar, entry, true, before?.secret_hash);
  const columns = { ...serviceColumns(entry), secret_hash: hash as Buffer };
  // What is left out of the list goes by removeScope, which tells it.
  const members = before
    ? differences(withScopesOf(before, entry), entry)
    : differences({}, entry, ['resource']);
  const rotated = before !== undefined && hash?.toString('hex') !== before.secret_hash;
  if (!before) {
    const row = { ...columns, resource, client_id: client, created_at: now };
    await trx
      .insertInto('resource_servers')
      .values({ ...row, disabled_at: entry.disabled ? now : null })
      .execute();
    record({ event: 'service.registered', client, actor });
  } else if (members.length > 0 || rotated) {
    await trx.updateTable('resource_servers').set(columns).where('resource', '=', resource).execute();
    if (members.length > 0) {
      record({ event: 'service.changed', client, actor, members: members.map(({ member }) => member) });
    }
    if (rotated) {
      record({ event: 'service.secret_rotated', client, actor });
      members.push({ member: 'secret_hash', before: 'another', after: 'this' });
    }
  }
  for (const scope of entry.scopes) await putScope(act, { scope, resource }, before);
  const turned = before && turnOf(before.disabled, entry.disabled);
  if (turned) await disableService(act, registrar, resource, turned);
  const what = before ? (members.length > 0 ? 'changed' : 'unchanged') : 'added';
  const change: Change = { kind: 'service', id: resource, what, members };
  return { ok: true, change: { ...change, ...(turned ? { turned } : {}), ...(secret ? { secret } : {}) } };
}

async function putScope(
  { trx }: Act,
  { scope, resource }: { scope: ScopeEntry; resource: string },
  before: ServiceEntry | undefined,
): Promise<void> {
  const known = before?.scopes.find(({ name }) => name === scope.name);
  if (known && differences(known, scope).length === 0) return;
  const columns = {
    minimum_level: scope.level,
    description_vi: scope.description.vi,
    description_en: scope.description.en,
  };
  await trx
    .insertInto('scopes')
    .values({ ...columns, name: scope.name, resource })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
    .execute();
}

/** Takes a scope away; refused while a client may ask for it. */
export async function removeScope(act: Act, registrar: Registrar, name: string): Promise<Changed> {
  const { trx, record } = act;
  await lockRegistry(trx);
  const users = await trx
    .selectFrom('clients')
    .select('client_id')
    .where('disabled_at', 'is', null)
    .where((eb) => eb(eb.val(name), '=', eb.fn.any('scopes')))
    .orderBy('client_id')
    .execute();
  if (users.length > 0) {
    return refused([], `the scope ${name} is in use: ${users.map(({ client_id }) => client_id).join(', ')}`);
  }
  const row = await trx
    .deleteFrom('scopes')
    .where('name', '=', name)
    .returning('resource')
    .executeTakeFirst();
  if (!row) return refused([], 'no such scope is registered');
  record({ event: 'scope.removed', scope: name, actor: registrar.actor });
  return { ok: true, change: { kind: 'scope', id: name, what: 'removed', members: [] } };
}

/** Scopes that the registry has and the new entry does not name. */
export function scopesLeftOut(before: ServiceEntry, after: ServiceEntry): string[] {
  const named = new Set(after.scopes.map(({ name }) => name));
  return before.scopes.map(({ name }) => name).filter((name) => !named.has(name));
}

/** Both lists in one order, without what is left out. */
function withScopesOf(before: ServiceEntry, { scopes }: ServiceEntry): ServiceEntry {
  const known = new Map(before.scopes.map((scope) => [scope.name, scope]));
  return { ...before, scopes: scopes.flatMap(({ name }) => known.get(name) ?? []) };
}

async function idFaults(trx: Trx, entry: ServiceEntry, before: ServiceEntry | undefined): Promise<Fault[]> {
  const id = entry.client_id;
  const path = ['client_id'];
  if (before) return before.client_id === id ? [] : [{ path, reason: 'cannot be changed' }];
  const [client, service] = [
    await trx.selectFrom('clients').select('client_id').where('client_id', '=', id).executeTakeFirst(),
    await trx
      .selectFrom('resource_servers')
      .select('client_id')
      .where('client_id', '=', id)
      .executeTakeFirst(),
  ];
  return client || service || id === accountClientId ? [{ path, reason: 'is taken' }] : [];
}

async function nameFaults(trx: Trx, { resource, scopes }: ServiceEntry): Promise<Fault[]> {
  const others = await trx.selectFrom('scopes').select('name').where('resource', '!=', resource).execute();
  const taken = new Set(others.map(({ name }) => name));
  return scopes.flatMap(({ name }, index): Fault[] => {
    const path = ['scopes', index, 'name'];
    if (reserved.includes(name)) return [{ path, reason: "is one of the provider's own" }];
    return taken.has(name) ? [{ path, reason: 'belongs to another service' }] : [];
  });
}
