/** Second looks at approvals that were drawn: the list, the evidence, the answer, and what becomes of an objection. */
import { z } from 'zod';
import { consoleReAuditPage, consoleReAuditsPage } from '../../views/console-re-audits.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayDay, sendPage } from '../http/page.ts';
import {
  answerReAudit,
  findReAudit,
  listObjections,
  listReAudits,
  mayAnswer,
  maySettle,
  type ReAudit,
  settleReAudit,
} from '../officer/re-audits.ts';
import { lookAtPerson, sendPortrait } from './case-person.ts';
import { unlikeReasons } from './desk-acts.ts';
import { consoleProps, goTo, readFields, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type SignedInVisit } from './rights.ts';

const list = '/console/re-audits';

export const reAuditsRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/re-audits', { right: 'desk.work' }, showList),
  consoleRoute('get', '/re-audits/:id', { right: 'desk.work' }, async (visit) =>
    show(visit, await readReAudit(visit), false),
  ),
  // To look is an act of its own, written down: a page that is merely opened shows nothing.
  consoleRoute('post', '/re-audits/:id', { right: 'desk.work' }, async (visit) =>
    show(visit, await readReAudit(visit), true),
  ),
  consoleRoute('get', '/re-audits/:id/portrait', { right: 'desk.work' }, async (visit) => {
    const { caseId, accountId } = await readReAudit(visit);
    await sendPortrait(visit, { caseId, accountId, purpose: 're_audit' });
  }),
  consoleRoute('post', '/re-audits/:id/answer', { right: 'desk.work', stepUp: true }, answer),
  consoleRoute('post', '/re-audits/:id/settle', { right: 're_audits.settle', stepUp: true }, settle),
];

/** One that this officer may answer or settle; to everybody else there is none. */
async function readReAudit({ scope, ctx, officer }: SignedInVisit): Promise<ReAudit> {
  const { db, clock } = scope.deps;
  const id = z.uuid().safeParse(ctx.params.id).data;
  const found = id && (await findReAudit(db, id));
  const may =
    found &&
    ((await mayAnswer(db, found, officer, clock())) ||
      (hasRight(officer, 're_audits.settle') && (await maySettle(db, found, officer))));
  if (!may) throw new AppError('not_found', { backHref: list });
  return found;
}

async function showList(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk.reAudits;
  const mine = await listReAudits(db, officer, clock());
  const objections = hasRight(officer, 're_audits.settle') ? await listObjections(db, officer) : undefined;
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  sendPage(
    ctx,
    consoleReAuditsPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      mine: mine.map(({ caseId, dueAt }) => ({
        text: text.due(sayDay(ctx, dueAt)),
        href: `${list}/${caseId}`,
      })),
      ...(objections
        ? {
            objections: objections.map((one) => ({
              text: sayObjection(ctx, one),
              href: `${list}/${one.caseId}`,
            })),
          }
        : {}),
    }),
  );
}

function sayObjection(ctx: SignedInVisit['ctx'], { reason }: ReAudit): string {
  const text = messagesFor(ctx.state.lang).desk.reAudits;
  return text.objected(sentenceFor(text.reasons, reason) ?? '');
}

async function show(visit: SignedInVisit, found: ReAudit, looks: boolean): Promise<void> {
  const { ctx } = visit;
  const { caseId, accountId, outcome } = found;
  const at = `${list}/${caseId}`;
  const look = { caseId, accountId, purpose: 're_audit', portraitHref: `${at}/portrait` } as const;
  const person = looks ? ((await lookAtPerson(visit, look)) ?? 'gone') : undefined;
  sendPage(
    ctx,
    consoleReAuditPage({
      page: consoleProps(visit),
      listHref: list,
      action: at,
      ...(outcome === 'objected' ? { objected: sayObjection(ctx, found) } : {}),
      ...(person ? { person } : {}),
      ...(outcome === null ? { answerAction: `${at}/answer` } : { settleAction: `${at}/settle` }),
    }),
  );
}

async function answer(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const form = z.object({ answer: z.enum(['agree', 'object']), reason: unlikeReasons.optional() });
  const given = readFields(visit, form);
  const { caseId } = await readReAudit(visit);
  const agree = given.answer === 'agree';
  const reason = agree ? 'agreed' : (given.reason ?? 'mistake');
  const done = await performAct(scope.deps, (act) =>
    answerReAudit(act, { caseId, agree, reason, by: officer }),
  );
  goTo(ctx, `${list}?${done ? `done=${agree ? 'agreed' : 'objected'}` : 'fault=gone'}`);
}

async function settle(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const form = z.object({ answer: z.enum(['uphold', 'suspend']) });
  const suspend = readFields(visit, form).answer === 'suspend';
  const { caseId } = await readReAudit(visit);
  const done = await performAct(scope.deps, (act) => settleReAudit(act, { caseId, suspend, by: officer }));
  goTo(ctx, `${list}?${done ? `done=${suspend ? 'suspended' : 'upheld'}` : 'fault=gone'}`);
}
