/**
 * The registry as a file: YAML in, every fault with its line and column, or the changes that it makes.
 *
 * What the file names is brought to what it says; what it does not name is left as it is (and told). Trying it out is
 * doing it in a transaction that is rolled back, so what is shown is what would be done.
 */
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  stringify,
} from 'yaml';
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { putClient } from './changes.ts';
import { findServiceEntry, listEntries, type Registered } from './entries.ts';
import type { ClientEntry, ServiceEntry } from './members.ts';
import { type Checked, checkClient, checkService, type Fault } from './rules.ts';
import { putService, removeScope, scopesLeftOut } from './service-changes.ts';
import { type Change, lockRegistry, type Registrar } from './steps.ts';

const LONGEST = 1_000_000; // characters

/** A fault and where in the file it stands; both count from 1. */
export type PlacedFault = { line: number; column: number; path: string; reason: string };
export type Parsed = { ok: true; file: RegistryFile } | { ok: false; faults: PlacedFault[] };
export type RegistryFile = {
  services: ServiceEntry[];
  clients: ClientEntry[];
  /** Where a path of the file stands. */
  place: (fault: Fault) => PlacedFault;
};

export function parseRegistryFile(text: string, environment: Deps['config']['environment']): Parsed {
  if (text.length > LONGEST) return { ok: false, faults: [at(1, 1, '', 'the file is too long')] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return at(line, col, '', message);
    });
    return { ok: false, faults };
  }
  const place = (fault: Fault) => placeIn(document.contents, lines, fault);
  const content = readContent(document);
  if (content === TOO_MANY)
    return { ok: false, faults: [place({ path: [], reason: 'repeats itself too often by aliases' })] };
  const read = readLists(content, environment);
  return read.ok
    ? { ok: true, file: { ...read.lists, place } }
    : { ok: false, faults: read.faults.map(place).sort((a, b) => a.line - b.line || a.column - b.column) };
}

const TOO_MANY = Symbol();

/** TOO_MANY: the file would grow without end through its aliases. */
function readContent(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (error instanceof ReferenceError) return TOO_MANY;
    throw error;
  }
}

type Lists = Pick<RegistryFile, 'services' | 'clients'>;

function readLists(
  content: unknown,
  environment: Deps['config']['environment'],
): { ok: true; lists: Lists } | { ok: false; faults: Fault[] } {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return {
      ok: false,
      faults: [{ path: [], reason: 'must have services: and clients:, lists of entries' }],
    };
  }
  const given = content as Record<string, unknown>;
  const faults: Fault[] = Object.keys(given)
    .filter((name) => name !== 'services' && name !== 'clients')
    .map((name) => ({ path: [name], reason: 'is no part of the file: services or clients' }));
  const readList = <T>(name: string, check: (one: unknown) => Checked<T>): T[] => {
    const list = given[name] ?? [];
    if (!Array.isArray(list)) {
      faults.push({ path: [name], reason: 'must be a list' });
      return [];
    }
    return list.flatMap((one, index) => {
      const checked = check(one);
      if (checked.ok) return [checked.entry];
      faults.push(...checked.faults.map(({ path, reason }) => ({ path: [name, index, ...path], reason })));
      return [];
    });
  };
  const services = readList('services', (one) => checkService(one, environment));
  const clients = readList('clients', (one) => checkClient(one, environment));
  faults.push(...findTwice(given));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, lists: { services, clients } };
}

/** One entry a client, one a service, and no id on both sides. */
function findTwice(given: Record<string, unknown>): Fault[] {
  const seen = new Set<unknown>();
  return ['services', 'clients'].flatMap((name) => {
    const list = Array.isArray(given[name]) ? (given[name] as unknown[]) : [];
    return list.flatMap((one, index): Fault[] => {
      const entry = (one ?? {}) as Record<string, unknown>;
      return (name === 'services' ? ['resource', 'client_id'] : ['client_id']).flatMap((member) => {
        const value = entry[member];
        const key = member === 'resource' ? `resource ${value}` : value;
        if (value === undefined || !seen.has(key)) {
          seen.add(key);
          return [];
        }
        return [{ path: [name, index, member], reason: 'is in the file twice' }];
      });
    });
  });
}

/** The place of the innermost node of the path that is there: of a missing member, the entry it is missing from. */
function placeIn(root: ParsedNode | null, lines: LineCounter, { path, reason }: Fault): PlacedFault {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair: unknown = node.items.find((item) => isPair(item) && String(item.key) === String(step));
      if (!isPair(pair)) break;
      const [key, value] = [pair.key as Node, pair.value as Node | null];
      node = value;
      offset = (isCollection(value) || !value?.range ? key.range : value.range)?.[0] ?? offset;
    } else {
      const item: unknown = (node as { items?: unknown[] } | null)?.items?.[Number(step)];
      if (!item) break;
      node = item as Node;
      offset = node.range?.[0] ?? offset;
    }
  }
  const { line, col } = lines.linePos(offset);
  return at(
    line,
    col,
    path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join(''),
    reason,
  );
}

function at(line: number, column: number, path: string, reason: string): PlacedFault {
  return { line, column, path: path.replace(/^\./, ''), reason };
}

export type Plan = {
  changes: Change[];
  /** Registered, and not in the file. */
  unnamed: string[];
};
export type Applied = ({ ok: true } & Plan) | { ok: false; faults: PlacedFault[] };
type Pen = Registrar & Pick<Deps, 'db' | 'clock'>;

/** What the file would change now. Nothing is written. */
export async function planRegistryFile(pen: Pen, file: RegistryFile): Promise<Applied> {
  return run(pen, file, () => true);
}

/** Changes all that the file says, in one transaction, if that is still what `expected` says; else nothing. */
export async function applyRegistryFile(
  pen: Pen,
  file: RegistryFile,
  expected: Plan,
): Promise<Applied | { ok: false; stale: true; faults: [] }> {
  let stale = false;
  const applied = await run(pen, file, (plan) => {
    stale = withoutSecrets(plan) !== withoutSecrets(expected);
    return stale;
  });
  return stale ? { ok: false, stale: true, faults: [] } : applied;
}

/** Ends a transaction without its changes. */
class RolledBack extends Error {
  readonly result: Applied;
  constructor(result: Applied) {
    super('rolled back');
    this.result = result;
  }
}

async function run(pen: Pen, file: RegistryFile, rollBack: (plan: Plan) => boolean): Promise<Applied> {
  try {
    return await performAct(pen, async (act) => {
      const result = await change(act, pen, file);
      if (!result.ok || rollBack(result)) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result;
    throw error;
  }
}

async function change(act: Act, registrar: Registrar, file: RegistryFile): Promise<Applied> {
  await lockRegistry(act.trx);
  const changes: Change[] = [];
  const faults: Fault[] = [];
  const removals: { name: string; path: Fault['path'] }[] = [];
  for (const [index, entry] of file.services.entries()) {
    const path = ['services', index];
    const before = await findServiceEntry(act.trx, entry.resource);
    const changed = await putService(act, registrar, entry);
    if (changed.ok) changes.push(changed.change);
    else faults.push(...within(path, changed.faults));
    const left = changed.ok && before ? scopesLeftOut(before, entry) : [];
    removals.push(...left.map((name) => ({ name, path: [...path, 'scopes'] })));
  }
  for (const [index, entry] of file.clients.entries()) {
    const changed = await putClient(act, registrar, entry);
    if (changed.ok) changes.push(changed.change);
    else faults.push(...within(['clients', index], changed.faults));
  }
  // Last: a client of this file may have let go of the scope.
  for (const { name, path } of removals) {
    const removed = await removeScope(act, registrar, name);
    if (removed.ok) changes.push(removed.change);
    else faults.push(...within(path, removed.faults));
  }
  if (faults.length > 0) return { ok: false, faults: faults.map(file.place) };
  const effective = changes.filter(({ what, turned, secret }) => what !== 'unchanged' || turned || secret);
  return { ok: true, changes: effective, unnamed: findUnnamed(file, await listEntries(act.trx)) };
}

function within(path: Fault['path'], faults: readonly Fault[]): Fault[] {
  return faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
}

function findUnnamed(file: RegistryFile, { services, clients }: Registered): string[] {
  const named = new Set([
    ...file.services.map(({ resource }) => resource),
    ...file.clients.map(({ client_id }) => client_id),
  ]);
  return [...services.map(({ resource }) => resource), ...clients.map(({ client_id }) => client_id)].filter(
    (id) => !named.has(id),
  );
}

/** Two plans are the same when they would change the same; each makes its own secrets. */
function withoutSecrets({ changes }: Plan): string {
  return JSON.stringify(
    changes.map(({ secret, ...change }) => ({ ...change, secret: secret !== undefined })),
  );
}

/** Entries as the file has them, without what goes without saying; secrets are hashes, and stay in the registry. */
export function printEntries(entries: object): string {
  const plain = JSON.stringify(entries, (member, value) => {
    if (member === 'secret_hash' || (Array.isArray(value) && value.length === 0)) return undefined;
    return value === false && offUnlessSaid.includes(member) ? undefined : value;
  });
  return stringify(JSON.parse(plain), { lineWidth: 0 });
}

const offUnlessSaid = ['disabled', 'card_reader', 'mini_app', 'backchannel_logout_session_required'];
