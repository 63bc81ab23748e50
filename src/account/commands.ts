/** The operator's commands about one account, named by its id: never by a name or a number. */
import type { Deps } from '../deps.ts';
import { UsageError } from '../errors.ts';
import { findAccount, reinstateAccount, suspendAccount } from './accounts.ts';

type Args = { values: Readonly<Record<string, unknown>>; rest: readonly string[] };
type Outcome = { said: string[]; complained?: string[]; code: number };
type Store = Pick<Deps, 'db' | 'clock'>;

const reason = { reason: { type: 'string' } } as const;

export const accountCommands = {
  'account suspend': {
    help: 'suspend an account: its tokens are inactive and its sessions useless at once',
    usage: 'ID --reason REASON',
    options: reason,
    run: (args: Args, store: Store) => change(args, store, suspendAccount, 'suspended'),
  },
  'account reinstate': {
    help: 'end a suspension',
    usage: 'ID --reason REASON',
    options: reason,
    run: (args: Args, store: Store) => change(args, store, reinstateAccount, 'active'),
  },
  'account show-level': {
    help: 'print status and level of an account, and why',
    usage: 'ID',
    options: {},
    run: async (args: Args, { db, clock }: Store): Promise<Outcome> => {
      const account = await findAccount(db, takeId(args), clock());
      if (!account) return { said: [], complained: ['there is no such account'], code: 1 };
      const { status, level, levelReason, levelExpiresAt } = account;
      const end = levelExpiresAt ? `until ${levelExpiresAt.toISOString()}` : undefined;
      return { said: [[status, level, levelReason ?? end].filter(Boolean).join(' ')], code: 0 };
    },
  },
};

async function change(
  args: Args,
  store: Store,
  act: typeof suspendAccount,
  status: string,
): Promise<Outcome> {
  const { reason } = args.values;
  // A code, not a story: the audit log names nobody.
  if (typeof reason !== 'string' || !/^[a-z0-9_]{1,40}$/.test(reason)) {
    throw new UsageError('--reason is missing: a code of a-z, 0-9 and _');
  }
  const done = await act(store, { accountId: takeId(args), actor: 'cli', reason });
  if (done) return { said: [`the account is ${status}`], code: 0 };
  return { said: [], complained: ['there is no such account, or it is not in a state for this'], code: 1 };
}

function takeId({ rest }: Args): string {
  const [id, ...more] = rest;
  if (more.length > 0 || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? '')) {
    throw new UsageError('name one account by its id');
  }
  return id as string;
}
