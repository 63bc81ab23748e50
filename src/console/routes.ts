/**
 * The officers' console under /console: its own accounts, sessions and rights, apart from the citizens'. Every route is
 * declared through `consoleRoute` (rights.ts) and listed here; what is listed is mounted, and nothing else.
 *
 * What the pages show and do belongs to the rooms below: officer (accounts, factors, four eyes), verification, account.
 * Invariant: a right, and where it matters a fresh factor, is asked before a route's own code runs; every act is in the
 * audit log with its actor, in the same transaction.
 */
import type Router from '@koa/router';
import { caseRoutes } from './case.ts';
import { caseActRoutes } from './case-acts.ts';
import { confirmRoute, guardRoutes } from './guard.ts';
import { homeRoutes } from './home.ts';
import { officerActRoutes } from './officer-acts.ts';
import { officersRoutes } from './officers.ts';
import { ownRoutes } from './own.ts';
import { queueRoutes } from './queue.ts';
import type { ConsoleRoute, Scope } from './rights.ts';
import { signInRoutes } from './sign-in.ts';
import { welcomeRoutes } from './welcome.ts';

/** Every route of the console, in reading order. */
const allRoutes: readonly ConsoleRoute[] = [
  ...signInRoutes,
  confirmRoute,
  ...welcomeRoutes,
  ...homeRoutes,
  ...ownRoutes,
  ...queueRoutes,
  ...caseRoutes,
  ...caseActRoutes,
  ...officersRoutes,
  ...officerActRoutes,
];

export function consoleRoutes(scope: Scope): Router {
  return guardRoutes(scope, allRoutes);
}
