/**
 * The officers' console under /console: its own accounts, sessions and rights, apart from the citizens'. Every route is
 * declared through `consoleRoute` (rights.ts) and listed here; what is listed is mounted, and nothing else.
 *
 * What the pages show and do belongs to the rooms below: officer (accounts, factors, four eyes), verification, account.
 * Invariant: a right, and where it matters a fresh factor, is asked before a route's own code runs; every act is in the
 * audit log with its actor, in the same transaction.
 */
import type Router from '@koa/router';
import { auditRoutes } from './audit.ts';
import { auditExportRoutes } from './audit-export.ts';
import { caseRoutes } from './case.ts';
import { caseActRoutes } from './case-acts.ts';
import { chainRoutes } from './chain.ts';
import { citizenRoutes } from './citizen.ts';
import { citizenActRoutes } from './citizen-acts.ts';
import { citizensRoutes } from './citizens.ts';
import { clientActRoutes } from './client-acts.ts';
import { clientRoutes } from './clients.ts';
import { deskRoutes } from './desk.ts';
import { deskActRoutes } from './desk-acts.ts';
import { duplicatesRoutes } from './duplicates.ts';
import { confirmRoute, guardRoutes } from './guard.ts';
import { homeRoutes } from './home.ts';
import { integratorTestRoutes } from './integrator-test.ts';
import { officerActRoutes } from './officer-acts.ts';
import { officersRoutes } from './officers.ts';
import { ownRoutes } from './own.ts';
import { queueRoutes } from './queue.ts';
import { reAuditsRoutes } from './re-audits.ts';
import { reportRoutes } from './reports.ts';
import type { ConsoleRoute, Scope } from './rights.ts';
import { signInRoutes } from './sign-in.ts';
import { slipRoutes } from './slip.ts';
import { welcomeRoutes } from './welcome.ts';
import { whatIfRoutes } from './what-if.ts';

/** Every route of the console, in reading order. */
const allRoutes: readonly ConsoleRoute[] = [
  ...signInRoutes,
  confirmRoute,
  ...welcomeRoutes,
  ...homeRoutes,
  ...deskRoutes,
  ...deskActRoutes,
  ...slipRoutes,
  ...duplicatesRoutes,
  ...reAuditsRoutes,
  ...ownRoutes,
  ...queueRoutes,
  ...caseRoutes,
  ...caseActRoutes,
  ...citizensRoutes,
  ...citizenRoutes,
  ...citizenActRoutes,
  ...clientRoutes,
  ...clientActRoutes,
  ...integratorTestRoutes,
  ...whatIfRoutes,
  ...officersRoutes,
  ...officerActRoutes,
  ...auditRoutes,
  ...auditExportRoutes,
  ...chainRoutes,
  ...reportRoutes,
];

export function consoleRoutes(scope: Scope): Router {
  return guardRoutes(scope, allRoutes);
}
