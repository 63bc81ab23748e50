/** An officer's own page: password and factors, whose cases they may not decide, and what happened on the account. */
import { z } from 'zod';
import { type ConsoleOwnProps, consoleNewFactorPage, consoleOwnPage } from '../../views/console-own.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayDay, sayWhen, sendPage } from '../http/page.ts';
import { parsePersonalNumber } from '../icao/personal-number.ts';
import { listCredentials, removeFactor, setCredential } from '../officer/credentials.ts';
import { declareNumber, listDeclared } from '../officer/household.ts';
import { findPasswordFault } from '../officer/passwords.ts';
import { endOfficerSessions } from '../officer/sessions.ts';
import { checkPassword } from '../officer/sign-in.ts';
import { chooseFactor, offerNewFactor } from './new-factor.ts';
import { consoleProps, goTo, readFields, sentenceFor } from './pages.ts';
import { listRecent } from './recent.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const page = '/console/own';
const newPassword = z.object({
  current: z.string().max(400),
  password: z.string().max(400),
  again: z.string().max(400),
});

export const ownRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/own', { right: 'own' }, async (visit) => {
    sendPage(visit.ctx, consoleOwnPage(await readOwn(visit)));
  }),

  consoleRoute('post', '/own/password', { right: 'own', stepUp: true }, (visit) =>
    visit.scope.hasher.within(() => changePassword(visit)),
  ),

  consoleRoute('get', '/own/factor', { right: 'own', stepUp: true }, (visit) => showNewFactor(visit)),
  consoleRoute('post', '/own/factor', { right: 'own', stepUp: true }, addFactor),

  consoleRoute('post', '/own/factors/:id/remove', { right: 'own', stepUp: true }, async (visit) => {
    const { scope, ctx, officer, session } = visit;
    const id = z.uuid().safeParse(ctx.params.id).data;
    const removed = await performAct(scope.deps, async (act) => {
      const outcome = id && (await removeFactor(act, officer.id, id));
      if (outcome === 'removed') await endOfficerSessions(act, officer.id, session.idHash);
      return outcome;
    });
    if (!removed) throw new AppError('not_found', { backHref: page });
    goTo(ctx, removed === 'last' ? `${page}?fault=last_factor` : `${page}?done=factor_removed`);
  }),

  consoleRoute('post', '/own/household', { right: 'own' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { number } = readFields(visit, z.object({ number: z.string().max(40) }));
    const personalNumber = number.replace(/\s/g, '');
    if (!parsePersonalNumber(personalNumber)) return goTo(ctx, `${page}?fault=number`);
    const given = { officerId: officer.id, relation: 'household', personalNumber } as const;
    await performAct(scope.deps, (act) => declareNumber(act, scope.deps.keyring, given));
    goTo(ctx, `${page}?done=declared`);
  }),

  consoleRoute('post', '/own/sign-out-others', { right: 'own' }, async ({ scope, ctx, officer, session }) => {
    await performAct(scope.deps, async (act) => {
      await endOfficerSessions(act, officer.id, session.idHash);
      act.record({ event: 'officer.signed_out', officer: officer.id, actor: officer.id });
    });
    goTo(ctx, `${page}?done=others_out`);
  }),
];

async function changePassword(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer, session } = visit;
  const { deps, hasher } = scope;
  const { current, password, again } = readFields(visit, newPassword);
  const fault = await findPasswordFault({ password, again }, [officer.login, ...officer.name.split(/\s+/)]);
  if (fault) return goTo(ctx, `${page}?fault=${fault}`);
  // Counted beside those of strangers: whoever sits here is signed in.
  const browser = session.idHash.toString('base64url');
  const answer = await checkPassword(scope, { login: officer.login, password: current, browser });
  if (answer.outcome !== 'right') return goTo(ctx, `${page}?fault=wrong_password`);
  const secret = await hasher.hash(password);
  await performAct(deps, async (act) => {
    await setCredential(act, deps.keyring, officer.id, { kind: 'password', secret });
    await endOfficerSessions(act, officer.id, session.idHash);
  });
  goTo(ctx, `${page}?done=password`);
}

async function addFactor(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer, session } = visit;
  const { keyring } = scope.deps;
  const { faults } = messagesFor(ctx.state.lang).console.welcome;
  const makeFactor = chooseFactor(visit, boundOf(visit));
  if (typeof makeFactor === 'string') return showNewFactor(visit, faults.factor);
  const done = await performAct(scope.deps, async (act) => {
    const factor = await makeFactor(act);
    const set = factor && (await setCredential(act, keyring, officer.id, factor));
    if (set) await endOfficerSessions(act, officer.id, session.idHash);
    return set;
  });
  if (!done) return showNewFactor(visit, faults.factor);
  goTo(ctx, `${page}?done=factor`);
}

async function showNewFactor(visit: SignedInVisit, error?: string): Promise<void> {
  const { ctx, officer } = visit;
  const newFactor = await offerNewFactor(visit, officer, boundOf(visit));
  const props = { page: consoleProps(visit), newFactor, action: `${page}/factor`, backHref: page };
  sendPage(ctx, consoleNewFactorPage({ ...props, ...(error ? { error } : {}) }), error ? 403 : 200);
}

function boundOf({ session }: SignedInVisit): string {
  return `own/${session.idHash.toString('base64url')}`;
}

async function readOwn(visit: SignedInVisit): Promise<ConsoleOwnProps> {
  const { scope, ctx, officer } = visit;
  const { db } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.own;
  const credentials = await listCredentials(db, officer.id);
  const declared = await listDeclared(db, officer.id);
  const factors = credentials.filter(({ kind }) => kind !== 'password');
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  return {
    page: consoleProps(visit),
    ...(done ? { done } : {}),
    ...(error ? { error } : {}),
    login: officer.login,
    factors: factors.map((one) => ({
      name: one.name ? `${text.kinds[one.kind]} (${one.name})` : text.kinds[one.kind],
      lines: [
        text.setOn(sayDay(ctx, one.createdAt)),
        ...(one.lastUsedAt ? [text.usedAt(sayWhen(ctx, one.lastUsedAt))] : []),
      ],
      ...(factors.length > 1 ? { removeAction: `${page}/factors/${one.id}/remove` } : {}),
    })),
    newFactorHref: `${page}/factor`,
    passwordAction: `${page}/password`,
    declared: declared.map(({ relation, hint, declaredAt }) => ({
      name: text.relations[relation],
      number: `••• ••• ••• ${hint}`,
      since: sayDay(ctx, declaredAt),
    })),
    householdAction: `${page}/household`,
    recent: await listRecent(visit, officer.id),
    signOutOthersAction: `${page}/sign-out-others`,
  };
}
