/**
 * Who may do what in the console: one table of rights, and the only way to declare a route. A route names its right, and
 * the guard holds the right against the officer's role before the route's own code runs; so a route without a rule cannot
 * be written. test/console/rights.test.ts walks all of them with every role.
 */
import type { PinHasher } from '../account/pin-hasher.ts';
import type { Deps } from '../deps.ts';
import type { Context } from '../http/state.ts';
import { type Officer, type Role, roles } from '../officer/roles.ts';
import type { OfficerSession } from '../officer/sessions.ts';
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
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof rights;

/** `anyone`: nobody is signed in yet. `password`: the password was right, the factor is missing. */
export type Gate = Right | 'anyone' | 'password';

export function hasRight(officer: Pick<Officer, 'role'>, right: Right): boolean {
  return (rights[right] as readonly Role[]).includes(officer.role);
}

export type Scope = { deps: Deps; hasher: PinHasher; portraits: PortraitDecoder };

/** What a posted form held. */
export type Fields = Record<string, string | string[]>;

export type Visit = { scope: Scope; ctx: Context; fields: Fields };
export type SignedInVisit = Visit & { session: OfficerSession; officer: Officer };
type VisitOf<G extends Gate> = G extends 'anyone' ? Visit : SignedInVisit;

export type Rule<G extends Gate = Gate> = {
  right: G;
  /** Whether the factor must have been used within the last five minutes. */
  stepUp?: boolean;
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
