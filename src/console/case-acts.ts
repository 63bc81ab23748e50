/** An officer decides a case, or takes the decision back before it counts. */
import { z } from 'zod';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { decideCase, decisionReasons, type Outcome, undoDecision } from '../officer/case-decisions.ts';
import { readCase } from './case.ts';
import { showOpenCase } from './case-open.ts';
import { goTo, readFields } from './pages.ts';
import { casesHref } from './queue.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const form = z.object({
  decision: z.string().max(80),
  note: z.string().trim().max(1_000).default(''),
  photo: z.string().max(40).default(''),
});

export const caseActRoutes: ConsoleRoute[] = [
  consoleRoute('post', '/cases/:id/decide', { right: 'cases.work', stepUp: true }, decide),

  // Without the factor: what is undone has not begun, and two minutes are short.
  consoleRoute('post', '/decisions/:id/undo', { right: 'cases.work' }, async (visit) => {
    const { scope, ctx, officer } = visit;
    const id = z.uuid().safeParse(ctx.params.id).data;
    const caseId = id && (await performAct(scope.deps, (act) => undoDecision(act, officer, id)));
    goTo(ctx, caseId ? `${casesHref}/${caseId}?done=undone` : `${casesHref}?fault=too_late`);
  }),
];

async function decide(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const found = await readCase(visit);
  const { decision, note, photo } = readFields(visit, form);
  const { outcome, reason } = readDecision(decision);
  const given = { caseId: found.id, outcome, reason, note, photo: photo || undefined };
  const made = await performAct(scope.deps, (act) => decideCase(act, scope.deps.keyring, officer, given));
  if (!('fault' in made)) return goTo(ctx, `${casesHref}/${found.id}`);
  const { fault } = made;
  const shown = fault !== 'gone' && (await showOpenCase(visit, found, { fault, chosen: decision, note }));
  if (!shown) goTo(ctx, `${casesHref}/${found.id}?fault=${fault}`);
}

/** `approve:same_face`: one of the closed list. */
function readDecision(text: string): { outcome: Outcome; reason: string } {
  const [outcome = '', reason = ''] = text.split(':');
  const reasons: Record<string, readonly string[]> = decisionReasons;
  if (!Object.hasOwn(reasons, outcome) || !reasons[outcome]?.includes(reason))
    throw new AppError('bad_request');
  return { outcome: outcome as Outcome, reason };
}
