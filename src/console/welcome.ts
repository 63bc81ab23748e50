/** The page behind a one-time link: password, second factor and the officer's own number, set together or not at all. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { consoleGonePage, consoleWelcomePage } from '../../views/console-welcome.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { sendPage } from '../http/page.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import { listDeclared } from '../officer/household.ts';
import { acceptInvitation, findInvitation, type Invitation } from '../officer/invitations.ts';
import { findPasswordFault } from '../officer/passwords.ts';
import { chooseFactor, offerNewFactor } from './new-factor.ts';
import { consoleProps, goTo, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type Visit } from './rights.ts';

const accepted = z.object({
  password: z.string().max(400),
  again: z.string().max(400),
  number: z.string().max(40).optional(),
});

export const welcomeRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/invitation/:token', { right: 'anyone' }, async (visit) => {
    const invitation = await read(visit);
    if (invitation) await show(visit, invitation);
  }),
  consoleRoute('post', '/invitation/:token', { right: 'anyone' }, (visit) =>
    visit.scope.hasher.within(() => accept(visit)),
  ),
];

async function accept(visit: Visit): Promise<void> {
  const { scope, ctx } = visit;
  const { deps, hasher } = scope;
  const invitation = await read(visit);
  if (!invitation) return;
  const { officer } = invitation;
  const { password, again, number } = readFields(visit, accepted);
  const { faults } = messagesFor(ctx.state.lang).console.welcome;
  const ownNumber = number?.replace(/\s/g, '');
  if ((await asksNumber(visit, invitation)) && !(ownNumber && parsePersonalNumber(ownNumber)))
    return show(visit, invitation, faults.number);
  const fault = await findPasswordFault({ password, again }, [officer.login, ...officer.name.split(/\s+/)]);
  if (fault) return show(visit, invitation, faults[fault]);
  const token = tokenOf(visit);
  const makeFactor = chooseFactor(visit, boundOf(token));
  if (typeof makeFactor === 'string') return show(visit, invitation, faults[makeFactor]);
  const passwordHash = await hasher.hash(password);
  const done = await performAct(deps, async (act) => {
    const factor = await makeFactor(act);
    if (!factor) return 'factor' as const;
    return acceptInvitation(act, deps.keyring, { token, passwordHash, factor, ownNumber });
  });
  if (done === 'factor') return show(visit, invitation, faults.factor);
  if (!done) return sayGone(visit);
  goTo(ctx, '/console/sign-in?done=ready');
}

async function read(visit: Visit): Promise<Invitation | undefined> {
  const { deps } = visit.scope;
  const found = await findInvitation(deps.db, tokenOf(visit), deps.clock());
  if (!found) sayGone(visit);
  return found;
}

function sayGone({ ctx }: Visit): void {
  sendPage(ctx, consoleGonePage({ page: consoleProps({ ctx }) }), 404);
}

async function show(visit: Visit, invitation: Invitation, error?: string): Promise<void> {
  const { ctx } = visit;
  const { officer, kind } = invitation;
  const props = {
    page: consoleProps({ ctx }),
    kind,
    name: officer.name,
    login: officer.login,
    role: messagesFor(ctx.state.lang).console.roles[officer.role],
    action: ctx.path,
    asksNumber: await asksNumber(visit, invitation),
    newFactor: await offerNewFactor(visit, officer, boundOf(tokenOf(visit))),
    ...(error ? { error } : {}),
  };
  sendPage(ctx, consoleWelcomePage(props), error ? 403 : 200);
}

async function asksNumber({ scope }: Visit, { officer }: Invitation): Promise<boolean> {
  const declared = await listDeclared(scope.deps.db, officer.id);
  return !declared.some(({ relation }) => relation === 'self');
}

function tokenOf({ ctx }: Visit): string {
  return String(ctx.params.token);
}

/** What the page's secrets are bound to: this link, without being it. */
function boundOf(token: string): string {
  return createHash('sha256').update(`invitation/${token}`).digest('base64url');
}
