/**
 * Who may do what in the console: one table of rights, and the only way to declare a route. A route names its right, and
 * the guard holds the right against the officer's role before the route's own code runs; so a route without a rule cannot
 * be written. test/console/rights.test.ts walks all of them with every role.
 */
import type { Provider } from 'oidc-provider';
import type { PinHasher } from '../account/pin-hasher.ts';
import type { Deps } from '../deps.ts';
import type { Context } from '../http/state.ts';
import { type Officer, type Role, roles } from '../officer/roles.ts';
import type { OfficerSession } from '../officer/sessions.ts';
import type { Registry } from '../registry/registry.ts';
import type { PortraitDecoder } from './portrait.ts';

export const rights = {
  /** One's own start page, password, factors and household. */
  own: roles,
  /** To work on verification cases: take, see and decide them. */
  'cases.work': ['reviewer', 'supervisor'],
  /** Who the officers are and what they may do. */
  'officers.see': ['supervisor', 'auditor'],
  /** To invite officers, change their rights, shut them out and let them back in. */
  'officers.manage': ['supervisor'],
  /** The audit log: to search it, to check it, to take lines away as a signed file. It changes nothing. */
  'audit.read': ['supervisor', 'auditor'],
  /** Counts by day; nobody is in them. */
  'reports.read': ['supervisor', 'client_manager', 'auditor'],
  /** To look a citizen up, each look with its purpose. */
  'citizens.look': ['reviewer', 'supervisor'],
  /** What protects an account and can be undone: end sessions, suspend for a time, ask to verify anew. */
  'citizens.protect': ['reviewer', 'supervisor'],
  /** What weighs more: to suspend without end and to revoke (two of them), to let in again, to lift a hold. */
  'citizens.decide': ['supervisor'],
  /** Clients, services and scopes, and what would become of their users. */
  'clients.see': ['client_manager', 'supervisor', 'auditor'],
  'clients.manage': ['client_manager'],
  /** To verify people at a desk, to be the second officer there, and to look at approvals anew. */
  'desk.work': ['reviewer', 'supervisor'],
  /** Two accounts of one person. */
  'duplicates.see': ['supervisor', 'auditor'],
  'duplicates.decide': ['supervisor'],
  /** To settle what a second look objected to. */
  're_audits.settle': ['supervisor'],
} as const satisfies Record<string, readonly Role[]>;

/** The log is one for the province, and so are two accounts of one person: no commune has them. */
const wholeProvince: ReadonlySet<string> = new Set<keyof typeof rights>([
  ...(['audit.read', 'duplicates.see', 'duplicates.decide'] as const),
]);

export type Right = keyof typeof rights;

/** `anyone`: nobody is signed in yet. `password`: the password was right, the factor is missing. */
export type Gate = Right | 'anyone' | 'password';

export function hasRight({ role, communes }: Pick<Officer, 'role' | 'communes'>, right: Right): boolean {
  if (wholeProvince.has(right) && communes.length > 0) return false;
  return (rights[right] as readonly Role[]).includes(role);
}

export type Scope = {
  deps: Deps;
  hasher: PinHasher;
  provider: Provider;
  registry: Registry;
  portraits: PortraitDecoder;
};

/** What a posted form held. */
export type Fields = Record<string, string | string[]>;

export type Visit = { scope: Scope; ctx: Context; fields: Fields };
export type SignedInVisit = Visit & { session: OfficerSession; officer: Officer };
type VisitOf<G extends Gate> = G extends 'anyone' ? Visit : SignedInVisit;

export type Rule<G extends Gate = Gate> = {
  right: G;
  /** Whether the factor must have been used within the last five minutes. */
  stepUp?: boolean;
  /** A page asks by itself: no sign of life of whoever sits before it. */
  quiet?: boolean;
};

export type ConsoleRoute = {
  method: 'get' | 'post';
  /** Behind `/console`; empty for the start page. */
  path: string;
  rule: Rule;
  handle: (visit: SignedInVisit) => Promise<void>;
};

/** Declares a route of the console. Only what is declared so is mounted (routes.ts). */
export function consoleRoute<G extends Gate>(
  method: ConsoleRoute['method'],
  path: string,
  rule: Rule<G>,
  handle: (visit: VisitOf<G>) => Promise<void>,
): ConsoleRoute {
  // What the guard gives is what the gate promises: it opens `anyone` alone without a session.
  return { method, path, rule, handle: handle as ConsoleRoute['handle'] };
}
