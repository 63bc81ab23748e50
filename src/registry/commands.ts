/**
 * The operator's commands about clients, services and scopes: cli.ts parses the words, opens the database and prints the
 * lines. What may be registered is decided in rules, not here.
 */
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { UsageError } from '../errors.ts';
import { changeClient, disableClient, registerClient, rotateSecret } from './changes.ts';
import { findClientEntry, findServiceEntry, listEntries } from './entries.ts';
import {
  applyRegistryFile,
  type PlacedFault,
  type Plan,
  parseRegistryFile,
  planRegistryFile,
  printEntries,
  type RegistryFile,
} from './file.ts';
import {
  type Args,
  clientMembers,
  clientOptions,
  clientUsage,
  flag,
  readGiven,
  scopeOptions,
  serviceMembers,
  serviceOptions,
  takeOne,
  text,
} from './options.ts';
import type { Fault } from './rules.ts';
import { changeService, disableService, registerService, rotateServiceSecret } from './service-changes.ts';
import type { Change, Changed, Registrar } from './steps.ts';

type Outcome = { said: string[]; complained?: string[]; code: number };
type Store = Pick<Deps, 'db' | 'clock' | 'config' | 'random' | 'keyring'> & {
  /** Asks at the terminal; false where nobody is there to answer. */
  confirm: (question: string) => Promise<boolean>;
};
type Command = {
  help: string;
  usage?: string;
  options?: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;
  run: (args: Args, store: Store) => Promise<Outcome>;
};

export const registryCommands: Record<string, Command> = {
  'client add': {
    help: 'register a client; a secret is shown once',
    usage: `ID ${clientUsage}`,
    options: clientOptions,
    run: (args, store) =>
      act(store, async (act, registrar) => {
        const client_id = takeOne(args, 'client id');
        return registerClient(act, registrar, { client_id, ...clientMembers(args.values) });
      }),
  },
  'client change': {
    help: 'change members of a client; what is not named stays',
    usage: 'ID [options of client add]; --set MEMBER= takes one away',
    options: clientOptions,
    run: (args, store) =>
      act(store, async (act, registrar) => {
        const id = takeOne(args, 'client id');
        const before = await findClientEntry(act.trx, id);
        return changeClient(act, registrar, id, clientMembers(args.values, before?.name));
      }),
  },
  'client show': {
    help: 'print a client as the registry file has it',
    usage: 'ID',
    options: {},
    run: async (args, { db }) => {
      const entry = await findClientEntry(db, takeOne(args, 'client id'));
      return entry
        ? { said: [printEntries([entry]).trimEnd()], code: 0 }
        : complain(['no such client is registered']);
    },
  },
  'client list': {
    help: 'print the clients',
    run: async (_args, { db }) => {
      const { clients } = await listEntries(db);
      const lines = clients.map((one) => {
        const levels = `${one.minimum_level}–${one.maximum_level}`;
        return `${one.client_id.padEnd(24)} ${one.disabled ? 'off' : 'on '}  ${levels}  ${one.name.vi}`;
      });
      return { said: lines.length > 0 ? lines : ['no client is registered'], code: 0 };
    },
  },
  ...turnCommands('client', 'ID', disableClient),
  'client rotate-secret': {
    help: 'give a client a new secret, shown once; the old one ends at once',
    usage: 'ID',
    options: {},
    run: (args, store) =>
      act(store, (act, registrar) => rotateSecret(act, registrar, takeOne(args, 'client id'))),
  },
  'service add': {
    help: 'register a service (resource server); its secret is shown once',
    usage:
      'RESOURCE --client-id ID --name NAME --owner OWNER --contact E-MAIL [--format opaque|jwt] [--set …]',
    options: serviceOptions,
    run: (args, store) =>
      act(store, (act, registrar) => {
        const resource = takeOne(args, 'resource');
        return registerService(act, registrar, { resource, ...serviceMembers(args.values) });
      }),
  },
  'service change': {
    help: 'change members of a service; what is not named stays',
    usage: 'RESOURCE [options of service add]',
    options: serviceOptions,
    run: (args, store) =>
      act(store, async (act, registrar) => {
        const resource = takeOne(args, 'resource');
        const before = await findServiceEntry(act.trx, resource);
        return changeService(act, registrar, resource, serviceMembers(args.values, before?.name));
      }),
  },
  'service show': {
    help: 'print a service as the registry file has it',
    usage: 'RESOURCE',
    options: {},
    run: async (args, { db }) => {
      const entry = await findServiceEntry(db, takeOne(args, 'resource'));
      return entry
        ? { said: [printEntries([entry]).trimEnd()], code: 0 }
        : complain(['no such service is registered']);
    },
  },
  'service list': {
    help: 'print the services',
    run: async (_args, { db }) => {
      const { services } = await listEntries(db);
      const lines = services.map(
        (one) =>
          `${one.resource.padEnd(40)} ${one.disabled ? 'off' : 'on '}  ${one.access_token_format}  ${one.name.vi}`,
      );
      return { said: lines.length > 0 ? lines : ['no service is registered'], code: 0 };
    },
  },
  ...turnCommands('service', 'RESOURCE', disableService),
  'service rotate-secret': {
    help: 'give a service a new secret, shown once; the old one ends at once',
    usage: 'RESOURCE',
    options: {},
    run: (args, store) =>
      act(store, (act, registrar) => rotateServiceSecret(act, registrar, takeOne(args, 'resource'))),
  },
  'scope add': {
    help: 'add a scope to a service',
    usage: 'NAME --service RESOURCE --level LEVEL --vi SENTENCE --en SENTENCE',
    options: scopeOptions,
    run: (args, store) => act(store, (act, registrar) => putScope(act, registrar, args, 'add')),
  },
  'scope change': {
    help: 'change the level or the sentences of a scope',
    usage: 'NAME --service RESOURCE [--level LEVEL] [--vi SENTENCE] [--en SENTENCE]',
    options: scopeOptions,
    run: (args, store) => act(store, (act, registrar) => putScope(act, registrar, args, 'change')),
  },
  'scope remove': {
    help: 'take a scope away that no client uses any more',
    usage: 'NAME --service RESOURCE',
    options: { service: text },
    run: (args, store) => act(store, (act, registrar) => putScope(act, registrar, args, 'remove')),
  },
  'scope list': {
    help: 'print the scopes of all services',
    run: async (_args, { db }) => {
      const { services } = await listEntries(db);
      const lines = services.flatMap(({ resource, scopes }) =>
        scopes.map(({ name, level }) => `${name.padEnd(24)} ${level}  ${resource}`),
      );
      return { said: lines.length > 0 ? lines : ['no scope is registered'], code: 0 };
    },
  },
  'registry diff': {
    help: 'print what a registry file would change',
    usage: 'FILE',
    options: {},
    run: (args, store) => applyFile({ ...args, values: { 'dry-run': true } }, store),
  },
  'registry apply': {
    help: 'bring the registry to what a file says, after showing the difference',
    usage: 'FILE [--dry-run] [--yes]',
    options: { 'dry-run': flag, yes: flag },
    run: applyFile,
  },
  'registry export': {
    help: 'print the whole registry as a file, without secrets',
    run: async (_args, { db }) => ({ said: [printEntries(await listEntries(db)).trimEnd()], code: 0 }),
  },
};

function turnCommands(
  kind: 'client' | 'service',
  word: string,
  turn: (act: Act, registrar: Registrar, id: string, to: 'on' | 'off') => Promise<Changed>,
): Record<string, Command> {
  const command = (help: string, to: 'on' | 'off'): Command => ({
    help,
    usage: word,
    options: {},
    run: (args, store) =>
      act(store, (act, registrar) => turn(act, registrar, takeOne(args, word.toLowerCase()), to)),
  });
  return {
    [`${kind} disable`]: command(`switch a ${kind} off: its tokens are worth nothing from now on`, 'off'),
    [`${kind} enable`]: command(`switch a ${kind} on again`, 'on'),
  };
}

/** Runs one change in its act; what was refused changes nothing. */
async function act(
  store: Store,
  work: (act: Act, registrar: Registrar) => Promise<Changed>,
): Promise<Outcome> {
  let faults: Fault[] = [];
  const change = await performAct(store, async (act) => {
    const changed = await work(act, { ...store, actor: 'cli' });
    if (changed.ok) return changed.change;
    faults = changed.faults;
    throw new Refused();
  }).catch((error) => {
    if (error instanceof Refused) return undefined;
    throw error;
  });
  if (!change) return complain(['nothing was changed', ...faults.map(sayFault)]);
  return { said: sayChange(change), code: 0 };
}

class Refused extends Error {}

async function applyFile(args: Args, store: Store): Promise<Outcome> {
  const path = takeOne(args, 'file');
  const { 'dry-run': dry, yes } = args.values;
  const parsed = parseRegistryFile(readGiven(path), store.config.environment);
  if (!parsed.ok) return refuseFile(path, parsed.faults);
  const pen = { ...store, actor: 'cli' };
  const plan = await planRegistryFile(pen, parsed.file);
  if (!plan.ok) return refuseFile(path, plan.faults);
  const said = sayPlan(plan);
  if (dry === true || plan.changes.length === 0) return { said, code: 0 };
  if (yes !== true) {
    // The answer is given to what was shown.
    if (!(await store.confirm(`${said.join('\n')}\nApply?`))) {
      return { said, complained: ['nothing was changed; --yes applies without asking'], code: 1 };
    }
  }
  return applyPlan(path, { pen, file: parsed.file, plan });
}

async function applyPlan(
  path: string,
  { pen, file, plan }: { pen: Store & Registrar; file: RegistryFile; plan: Plan },
): Promise<Outcome> {
  const applied = await applyRegistryFile(pen, file, plan);
  if ('stale' in applied) {
    return complain([
      'nothing was changed: the registry changed at this moment; look at the difference again',
    ]);
  }
  if (!applied.ok) return refuseFile(path, applied.faults);
  return { said: [...sayPlan(applied, true), 'applied'], code: 0 };
}

function sayPlan({ changes, unnamed }: Plan, done = false): string[] {
  const lines =
    changes.length > 0 ? changes.flatMap((change) => sayChange(change, !done)) : ['nothing to change'];
  return unnamed.length > 0 ? [...lines, `not in the file, left as they are: ${unnamed.join(', ')}`] : lines;
}

const signs = { added: '+', changed: '~', removed: '-', unchanged: '~' } as const;

function sayChange({ kind, id, what, members, turned, secret }: Change, planned = false): string[] {
  const lines = [`${signs[what]} ${kind} ${id}${turned ? ` (switched ${turned})` : ''}`];
  for (const { member, before, after } of members) {
    const was = before === undefined ? '' : `${say(before)} → `;
    lines.push(`    ${member}: ${was}${after === undefined ? 'none' : say(after)}`);
  }
  if (secret && planned) lines.push('    a secret will be made, and shown once');
  if (secret && !planned) lines.push(`    secret, shown this once: ${secret}`);
  if (what === 'unchanged' && !turned && !secret) return [`${kind} ${id}: nothing to change`];
  return lines;
}

function say(value: unknown): string {
  return JSON.stringify(value);
}

function sayFault({ path, reason }: Fault): string {
  return path.length > 0 ? `- ${path.join('.')}: ${reason}` : `- ${reason}`;
}

function refuseFile(path: string, faults: readonly PlacedFault[]): Outcome {
  const lines = faults.map(({ line, column, path: member, reason }) => {
    return `${path}:${line}:${column}: ${member ? `${member}: ` : ''}${reason}`;
  });
  return { said: [], complained: ['nothing was changed', ...lines], code: 2 };
}

function complain(lines: string[]): Outcome {
  return { said: [], complained: lines, code: 1 };
}

async function putScope(
  act: Act,
  registrar: Registrar,
  args: Args,
  how: 'add' | 'change' | 'remove',
): Promise<Changed> {
  const { service: resource, level, vi, en } = args.values;
  const name = takeOne(args, 'scope');
  if (typeof resource !== 'string') throw new UsageError('--service is missing');
  const service = await findServiceEntry(act.trx, resource);
  const known = service?.scopes.find((scope) => scope.name === name);
  if (service && (how === 'add') === (known !== undefined)) {
    return {
      ok: false,
      faults: [{ path: [], reason: known ? 'the scope is there' : 'the service has no such scope' }],
    };
  }
  const description = { vi: vi ?? known?.description.vi, en: en ?? known?.description.en };
  const fresh = { name, level: level ?? known?.level ?? 'level1', description };
  const others = service?.scopes.filter((scope) => scope.name !== name) ?? [];
  return changeService(act, registrar, resource, { scopes: how === 'remove' ? others : [...others, fresh] });
}
