/**
 * Changes of the registry: register, change, switch off and on, new secret; for the command line, the file and the
 * console. Each works in its caller's act, so that the change and its audit event are one transaction, and every node
 * hears of it at the commit (feed).
 *
 * Invariant: nothing is written that rules refuse. A secret is returned once and kept as SHA-256 only.
 */
import type { Act } from '../audit/audit.ts';
import type { Trx } from '../db/database.ts';
import { reaches } from '../guard/levels.ts';
import { clientColumns, differences, findClientEntry } from './entries.ts';
import type { ClientEntry } from './members.ts';
import { openidScopeMinimum, openidScopes } from './openid-scopes.ts';
import { accountClientId } from './registry.ts';
import { checkClient, type Fault, needsSecret } from './rules.ts';
import {
  type Changed,
  chooseSecret,
  lockRegistry,
  makeSecret,
  mergeMembers,
  type Registrar,
  refused,
  turnOf,
} from './steps.ts';

/** Registers a client; refused when the id is taken. */
export async function registerClient(act: Act, registrar: Registrar, given: unknown): Promise<Changed> {
  const checked = checkClient(given, registrar.config.environment);
  if (!checked.ok) return checked;
  await lockRegistry(act.trx);
  const taken = await findClientEntry(act.trx, checked.entry.client_id);
  return taken ? refused(['client_id'], 'is taken') : putClient(act, registrar, checked.entry);
}

/** Changes the members named; `null` takes one away. */
export async function changeClient(
  act: Act,
  registrar: Registrar,
  clientId: string,
  members: Record<string, unknown>,
): Promise<Changed> {
  await lockRegistry(act.trx);
  const entry = await findClientEntry(act.trx, clientId);
  if (!entry) return refused([], 'no such client is registered');
  const { secret_hash: _kept, ...before } = entry;
  const checked = checkClient(mergeMembers(before, members), registrar.config.environment);
  if (!checked.ok) return checked;
  if (checked.entry.client_id !== clientId) return refused(['client_id'], 'cannot be changed');
  return putClient(act, registrar, checked.entry);
}

/** Switches a client off: nobody signs in through it, and its tokens are inactive from now on; `on` ends that. */
export async function disableClient(
  act: Act,
  registrar: Registrar,
  clientId: string,
  turn: 'off' | 'on' = 'off',
): Promise<Changed> {
  await lockRegistry(act.trx);
  const { numUpdatedRows } = await act.trx
    .updateTable('clients')
    .set({ disabled_at: turn === 'off' ? act.now : null })
    .where('client_id', '=', clientId)
    .where('disabled_at', turn === 'off' ? 'is' : 'is not', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n)
    return refused([], `no such client is switched ${turn === 'off' ? 'on' : 'off'}`);
  const event = turn === 'off' ? 'client.disabled' : 'client.enabled';
  act.record({ event, client: clientId, actor: registrar.actor });
  return { ok: true, change: { kind: 'client', id: clientId, what: 'unchanged', members: [], turned: turn } };
}

/** A new secret; the old one is worth nothing from the commit on. */
export async function rotateSecret(act: Act, registrar: Registrar, clientId: string): Promise<Changed> {
  await lockRegistry(act.trx);
  const { secret, hash } = makeSecret(registrar);
  const { numUpdatedRows } = await act.trx
    .updateTable('clients')
    .set({ secret_hash: hash })
    .where('client_id', '=', clientId)
    .where('secret_hash', 'is not', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return refused([], 'no such client has a secret');
  act.record({ event: 'client.secret_rotated', client: clientId, actor: registrar.actor });
  return { ok: true, change: { kind: 'client', id: clientId, what: 'unchanged', members: [], secret } };
}

/** Brings a client to what the entry says, whether it was registered before or not. The entry has been checked. */
export async function putClient(act: Act, registrar: Registrar, entry: ClientEntry): Promise<Changed> {
  const { trx, now, record } = act;
  const { actor } = registrar;
  await lockRegistry(trx);
  const faults = [...(await scopeFaults(trx, entry)), ...(await idFaults(trx, entry))];
  if (faults.length > 0) return { ok: false, faults };

  const id = entry.client_id;
  const before = await findClientEntry(trx, id);
  const { secret, hash } = chooseSecret(registrar, entry, needsSecret(entry), before?.secret_hash);
  const columns = { ...clientColumns(entry), secret_hash: hash };
  if (!before) {
    const row = { ...columns, client_id: id, created_at: now, disabled_at: entry.disabled ? now : null };
    await trx.insertInto('clients').values(row).execute();
    record({ event: 'client.registered', client: id, actor });
    const members = differences({}, entry, ['client_id']);
    return {
      ok: true,
      change: { kind: 'client', id, what: 'added', members, ...(secret ? { secret } : {}) },
    };
  }
  const members = differences(before, entry);
  const rotated = hash?.toString('hex') !== before.secret_hash;
  if (members.length > 0 || rotated) {
    await trx.updateTable('clients').set(columns).where('client_id', '=', id).execute();
  }
  if (members.length > 0) {
    record({ event: 'client.changed', client: id, actor, members: members.map(({ member }) => member) });
  }
  if (rotated) record({ event: 'client.secret_rotated', client: id, actor });
  const turned = turnOf(before.disabled, entry.disabled);
  if (turned) await disableClient(act, registrar, id, turned);
  const what = members.length > 0 || (rotated && !secret) ? 'changed' : 'unchanged';
  if (rotated && !secret) members.push({ member: 'secret_hash', before: 'another', after: 'this' });
  return {
    ok: true,
    change: {
      kind: 'client',
      id,
      what,
      members,
      ...(turned ? { turned } : {}),
      ...(secret ? { secret } : {}),
    },
  };
}

/** The scopes a client may ask for exist, and none needs a level that the client never sees. */
async function scopeFaults(trx: Trx, { scopes, maximum_level: maximum }: ClientEntry): Promise<Fault[]> {
  const rows = await trx.selectFrom('scopes').select(['name', 'minimum_level']).execute();
  const minimums = new Map(rows.map((row) => [row.name, row.minimum_level]));
  return scopes.flatMap((name, index): Fault[] => {
    const path = ['scopes', index];
    const minimum = openidScopes.includes(name) ? openidScopeMinimum(name) : minimums.get(name);
    if (minimum === undefined) return [{ path, reason: 'is neither ours nor of a registered service' }];
    return minimum === 'level2' && !reaches(maximum, 'level2')
      ? [{ path, reason: 'needs level2, and maximum_level is level1' }]
      : [];
  });
}

/** One name space: clients and services sign in at the same endpoints. */
async function idFaults(trx: Trx, { client_id: id }: ClientEntry): Promise<Fault[]> {
  const service = await trx
    .selectFrom('resource_servers')
    .select('client_id')
    .where('client_id', '=', id)
    .executeTakeFirst();
  return service || id === accountClientId ? [{ path: ['client_id'], reason: 'is taken' }] : [];
}
