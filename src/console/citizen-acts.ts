/**
 * What officers do about a citizen's account: each with a reason, a reference number and a fresh factor, in one
 * transaction with its lines of the audit chain, the citizen's notice and whatever the services must hear. It holds from
 * the commit on, on every node: introspection, sign-in and refresh ask the account's row.
 *
 * What cannot simply be undone (a suspension without an end, a revocation) needs a second supervisor, who looks first.
 * Nobody acts on their own account or their household's.
 */
import { z } from 'zod';
import type { CitizenAct } from '../../views/console-citizen.ts';
import { holdLevel2, releaseLevel2, setStatus } from '../account/accounts.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { tell } from '../notify/outbox.ts';
import { answerProposal, findProposal, propose } from '../officer/proposals.ts';
import { endAllSessions } from '../oidc/sessions.ts';
import { closeReport, reportOutcomes } from '../verification/reports.ts';
import { endVerification, findActiveId } from '../verification/verifications.ts';
import { actReasons, openLook, pathOf } from './citizen.ts';
import { fourEyes } from './citizens.ts';
import { isOwnFamily } from './find-citizens.ts';
import { goTo, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type Rule, type SignedInVisit } from './rights.ts';

type Fault = 'not_possible' | 'own' | 'out_of_scope' | 'asked_already' | 'reference';
type Done =
  | 'suspended'
  | 'reinstated'
  | 'ended'
  | 'held'
  | 'released'
  | 'revoked'
  | 'asked'
  | 'refused'
  | 'closed';
type Outcome = { done: Done } | { fault: Fault };
type Given = { accountId: string; reason: string; reference: string };

const DAY_MS = 86_400_000;
const path = '/citizens/looks/:look/:account';
const protect = { right: 'citizens.protect', stepUp: true } as const satisfies Rule;
const decide = { right: 'citizens.decide', stepUp: true } as const satisfies Rule;

export const citizenActRoutes: ConsoleRoute[] = [
  consoleRoute('post', `${path}/suspend`, protect, async (visit) => {
    const { days } = readFields(visit, z.object({ days: z.enum(['7', '30', '90', 'none']) }));
    await perform(visit, 'suspend', (act, given) =>
      days === 'none'
        ? askFor(visit, act, given, 'account_suspension')
        : suspend(visit, act, given, Number(days)),
    );
  }),

  consoleRoute('post', `${path}/reinstate`, decide, (visit) =>
    perform(visit, 'reinstate', async (act, { accountId, reason }) => {
      const { id: actor } = visit.officer;
      return (await setStatus(act, { accountId, actor, reason }, 'active')) ? 'reinstated' : undefined;
    }),
  ),

  consoleRoute('post', `${path}/end-sessions`, protect, (visit) =>
    perform(visit, 'end_sessions', async (act, { accountId }) => {
      await endEverything(visit, act, accountId);
      await tell(act, accountId, { kind: 'sessions_ended' });
      return 'ended';
    }),
  ),

  consoleRoute('post', `${path}/hold`, protect, (visit) =>
    perform(visit, 'hold', async (act, { accountId, reason }) =>
      (await holdLevel2(act, { accountId, actor: visit.officer.id, reason })) ? 'held' : undefined,
    ),
  ),

  consoleRoute('post', `${path}/release`, decide, (visit) =>
    perform(visit, 'release', async (act, { accountId, reason }) =>
      (await releaseLevel2(act, { accountId, actor: visit.officer.id, reason })) ? 'released' : undefined,
    ),
  ),

  consoleRoute('post', `${path}/revoke`, decide, (visit) =>
    perform(visit, 'revoke', (act, given) => askFor(visit, act, given, 'verification_revocation')),
  ),

  consoleRoute('post', `${path}/proposals/:id`, decide, async (visit) => {
    const { answer } = readFields(visit, z.object({ answer: z.enum(['agree', 'refuse']) }));
    await within(visit, (act, accountId) => answerAsked(visit, act, accountId, answer === 'agree'));
  }),

  consoleRoute('post', `${path}/reports/:case`, protect, async (visit) => {
    const { reason: outcome } = readFields(visit, z.object({ reason: z.enum(reportOutcomes) }));
    const caseId = z.uuid().safeParse(visit.ctx.params.case).data ?? '';
    await within(visit, async (act, accountId) => {
      const given = { caseId, accountId, outcome, actor: visit.officer.id };
      return caseId && (await closeReport(act, given)) ? { done: 'closed' } : { fault: 'not_possible' };
    });
  }),
];

/** Does something within the look of the address, and goes back to the account with what came of it. */
async function within(
  visit: SignedInVisit,
  work: (act: Act, accountId: string) => Promise<Outcome>,
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const result = await performAct(scope.deps, async (act) => {
    const opened = await openLook(act, visit);
    if (!opened) return undefined;
    const accountId = opened.citizen.id;
    const own = await isOwnFamily(act.trx, officer.id, accountId);
    return { opened, outcome: own ? ({ fault: 'own' } as const) : await work(act, accountId) };
  });
  if (!result) return goTo(ctx, '/console/citizens?fault=expired');
  const { opened, outcome } = result;
  goTo(ctx, `${pathOf(opened)}?${new URLSearchParams(outcome)}`);
}

/** One act with its reason and reference; undefined from `work`: the account is not in a state for it. */
async function perform(
  visit: SignedInVisit,
  name: CitizenAct['name'],
  work: (act: Act, given: Given) => Promise<Done | Outcome | undefined>,
): Promise<void> {
  const { reason, reference } = readFields(
    visit,
    z.object({ reason: z.enum(actReasons[name]), reference: z.string().trim().max(200) }),
  );
  await within(visit, async (act, accountId) => {
    if (!isReference(reference)) return { fault: 'reference' };
    const came = await work(act, { accountId, reason, reference });
    if (!came) return { fault: 'not_possible' };
    if (typeof came === 'object') return came;
    note(act, visit, { accountId, reason, reference }, name);
    return { done: came };
  });
}

/** The number of a letter or slip; nothing long enough to be somebody's number. */
function isReference(text: string): boolean {
  return /^[\p{L}\d][\p{L}\d ./-]{1,39}$/u.test(text) && !/\d{9}/.test(text.replace(/[\s./-]/g, ''));
}

/** The line that tells the citizen, in their ledger, what was done, why, and how to ask about it. */
function note(act: Act, { officer }: SignedInVisit, given: Given, name: string): void {
  const { accountId, reason, reference } = given;
  act.record({ event: 'officer.acted', account: accountId, actor: officer.id, act: name, reason, reference });
}

async function suspend(
  visit: SignedInVisit,
  act: Act,
  { accountId, reason }: Given,
  days: number | undefined,
): Promise<Done | undefined> {
  const until = days === undefined ? undefined : new Date(act.now.getTime() + days * DAY_MS);
  const change = { accountId, actor: visit.officer.id, reason, until };
  if (!(await setStatus(act, change, 'suspended'))) return undefined;
  // Services with sessions of their own hear of it, too.
  await endEverything(visit, act, accountId);
  return 'suspended';
}

async function endEverything({ scope }: SignedInVisit, act: Act, accountId: string): Promise<void> {
  const end = { accountId, reason: 'officer', grantReason: 'officer', tokens: true } as const;
  await endAllSessions(act, scope, end);
}

/** Asks for what takes two. */
async function askFor(
  { officer }: SignedInVisit,
  act: Act,
  { accountId, reason, reference }: Given,
  kind: (typeof fourEyes)[number],
): Promise<Outcome> {
  if (!hasRight(officer, 'citizens.decide')) return { fault: 'out_of_scope' };
  const asked = { kind, subject: accountId, reason, details: { reference }, by: officer.id };
  return (await propose(act, asked)) ? { done: 'asked' } : { fault: 'asked_already' };
}

/** The second supervisor's answer; what was asked for happens with their yes, at most once. */
async function answerAsked(
  visit: SignedInVisit,
  act: Act,
  accountId: string,
  agree: boolean,
): Promise<Outcome> {
  const { ctx, officer } = visit;
  const id = z.uuid().safeParse(ctx.params.id).data ?? '';
  for (const kind of id ? fourEyes : []) {
    const asked = await findProposal(act, id, kind);
    if (asked?.subject !== accountId) continue;
    const answered = await answerProposal(act, { id, kind, agree, by: officer.id });
    if (answered === 'own') return { fault: 'own' };
    if (!answered) return { fault: 'not_possible' };
    if (!agree) return { done: 'refused' };
    const given = { accountId, reason: asked.reason, reference: asked.details.reference ?? '' };
    const done =
      kind === 'account_suspension'
        ? await suspend(visit, act, given, undefined)
        : await revoke(visit, act, given);
    if (!done) return { fault: 'not_possible' };
    note(act, visit, given, kind === 'account_suspension' ? 'suspend_for_good' : 'revoke');
    return { done };
  }
  return { fault: 'not_possible' };
}

async function revoke(
  { officer }: SignedInVisit,
  act: Act,
  { accountId, reason }: Given,
): Promise<Done | undefined> {
  const id = await findActiveId(act.trx, accountId);
  const end = { status: 'revoked', reason, actor: officer.id } as const;
  return id && (await endVerification(act, { id, ...end })) ? 'revoked' : undefined;
}
