/** Two accounts, one person: both sides beside each other, masked, for who said what for; and the decision. */
import { z } from 'zod';
import {
  type ConsoleDuplicateProps,
  consoleDuplicatePage,
  consoleDuplicatesPage,
} from '../../views/console-duplicates.ts';
import { messagesFor } from '../../views/messages.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayDay, sayWhen, sendPage } from '../http/page.ts';
import { findConflict } from '../officer/household.ts';
import { findOfficer } from '../officer/officers.ts';
import {
  answerProposal,
  findProposal,
  listProposals,
  type ProposalKind,
  propose,
} from '../officer/proposals.ts';
import {
  type Duplicate,
  decideDuplicate,
  findDuplicate,
  type Keep,
  keeps,
  listDuplicates,
  readSide,
  type Side,
  takesLevel2,
} from '../verification/duplicates.ts';
import { consoleProps, goTo, readFields, sentenceFor } from './pages.ts';
import { type ConsoleRoute, consoleRoute, hasRight, type Rule, type SignedInVisit } from './rights.ts';

const list = '/console/duplicates';
const PAGE = 25;
const decide = { right: 'duplicates.decide', stepUp: true } as const satisfies Rule;
const decision = z.object({
  keep: z.enum(keeps),
  reason: z.enum(['own_second_account', 'lost_old_account', 'stolen_card', 'unclear']),
});
const kinds = { duplicate_claimant: 'claimant', duplicate_nobody: 'nobody' } as const;
type Kind = keyof typeof kinds;

export const duplicatesRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/duplicates', { right: 'duplicates.see' }, showList),
  consoleRoute('get', '/duplicates/:id', { right: 'duplicates.see' }, async (visit) =>
    show(visit, await readDuplicate(visit)),
  ),
  // What the officer looks for is asked first: the answer to that form is the comparison.
  consoleRoute('post', '/duplicates/:id', { right: 'duplicates.see' }, compare),
  consoleRoute('post', '/duplicates/:id/decide', decide, takeDecision),
  consoleRoute('post', '/duplicates/:id/proposals/:proposal', decide, takeAnswer),
];

async function readDuplicate({ scope, ctx }: SignedInVisit): Promise<Duplicate> {
  const id = z.uuid().safeParse(ctx.params.id).data;
  const found = id && (await findDuplicate(scope.deps.db, id));
  if (!found) throw new AppError('not_found', { backHref: list });
  return found;
}

async function showList(visit: SignedInVisit): Promise<void> {
  const { scope, ctx } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk.duplicates;
  const [, millis, id] = /^(\d{13})-([\da-f-]{36})$/.exec(String(ctx.query.after ?? '')) ?? [];
  const after = millis && z.uuid().safeParse(id).success ? { at: new Date(Number(millis)), id } : undefined;
  const found = await listDuplicates(db, {
    after: after as { at: Date; id: string } | undefined,
    limit: PAGE + 1,
  });
  const asked = new Set((await openProposals(db, clock())).map(({ subject }) => subject));
  const last = found.length > PAGE ? found[PAGE - 1] : undefined;
  const done = sentenceFor(text.done, ctx.query.done);
  sendPage(
    ctx,
    consoleDuplicatesPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      lines: found.slice(0, PAGE).map((one) => ({
        text: text.opened(sayWhen(ctx, one.openedAt)),
        ...(asked.has(one.id) ? { note: text.asked } : {}),
        href: `${list}/${one.id}`,
      })),
      ...(last ? { nextHref: `${list}?after=${last.openedAt.getTime()}-${last.id}` } : {}),
    }),
  );
}

async function openProposals(db: SignedInVisit['scope']['deps']['db'], now: Date) {
  const all = await Promise.all((Object.keys(kinds) as Kind[]).map((kind) => listProposals(db, kind, now)));
  return all.flat();
}

async function show(
  visit: SignedInVisit,
  found: Duplicate,
  compared?: ConsoleDuplicateProps['compared'],
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).desk.duplicates;
  const may = found.open && hasRight(officer, 'duplicates.decide');
  const open = (await openProposals(db, clock())).filter(({ subject }) => subject === found.id);
  const askers = await Promise.all(open.map(({ proposedBy }) => findOfficer(db, proposedBy)));
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  const result = found.open ? undefined : sentenceFor(text.results, found.reason);
  sendPage(
    ctx,
    consoleDuplicatePage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      opened: text.opened(sayWhen(ctx, found.openedAt)),
      listHref: list,
      action: `${list}/${found.id}`,
      ...(result ? { decided: text.decided(result) } : {}),
      ...(compared ? { compared } : {}),
      ...(may ? { decideAction: `${list}/${found.id}/decide` } : {}),
      proposals: may
        ? open.map((one, index) => ({
            text: text.proposed(
              askers[index]?.name ?? '',
              sayWhen(ctx, one.proposedAt),
              text.keeps[kinds[one.kind as Kind]],
              sentenceFor(text.reasons, one.reason) ?? one.reason,
            ),
            action: `${list}/${found.id}/proposals/${one.id}`,
            mayAgree: one.proposedBy !== officer.id,
            own: one.proposedBy === officer.id,
          }))
        : [],
    }),
  );
}

async function compare(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { deps } = scope;
  const purposes = Object.keys(messagesFor('vi').desk.duplicates.purposes) as [string, ...string[]];
  const { purpose } = readFields(visit, z.object({ purpose: z.enum(purposes) }));
  const found = await readDuplicate(visit);
  await performAct(deps, async ({ record }) => {
    for (const account of [found.holder, found.claimant])
      record({ event: 'officer.looked', account, actor: officer.id, purpose });
  });
  const given = { keyring: deps.keyring, now: deps.clock() };
  const [holder, claimant] = await Promise.all([
    readSide(deps.db, given, found.holder),
    readSide(deps.db, given, found.claimant),
  ]);
  const [one, other] = [saySide(ctx, holder), saySide(ctx, claimant)];
  const labels = messagesFor(ctx.state.lang).desk.duplicates.rows;
  const rows = (Object.keys(labels) as (keyof typeof labels)[]).map((name) => ({
    label: labels[name],
    ...{ holder: one[name], claimant: other[name], same: one[name] === other[name] },
  }));
  await show(visit, found, { rows });
}

/** What one side is, in words; names, numbers and days only as far as they tell two people apart. */
function saySide(ctx: SignedInVisit['ctx'], side: Side) {
  const text = messagesFor(ctx.state.lang).desk.duplicates;
  const none = text.noneValue;
  const { person, verification } = side;
  const how = verification && (text.methods[verification.method] ?? verification.method);
  const say = verification?.status === 'active' ? text.verified : text.verifiedEnded;
  return {
    zaloName: side.zaloName ? maskName(side.zaloName) : none,
    person: person ? maskName(person.fullName) : none,
    number: person ? `••• ••• ••• ${person.personalNumber.slice(-3)}` : none,
    born: person?.birthDate?.slice(0, 4) ?? none,
    phone: side.phone ? `••• ••• ${side.phone.slice(-3)}` : none,
    created: sayDay(ctx, side.createdAt),
    signIns:
      side.signIns.map(({ provider }) => (provider === 'zalo' ? 'Zalo' : 'VNeID')).join(', ') ||
      text.noSignIn,
    verified: verification && how ? say(how, sayDay(ctx, verification.verifiedAt)) : none,
    factors: side.factors > 0 ? String(side.factors) : none,
    services: side.services > 0 ? String(side.services) : none,
    status: text.statuses[side.status] ?? side.status,
  };
}

/** Nguyễn Văn An: Nguyễn V. A. */
function maskName(name: string): string {
  const [first = '', ...others] = name.split(/\s+/);
  return [first, ...others.map((word) => `${[...word][0]?.toUpperCase()}.`)].join(' ');
}

async function takeDecision(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { keep, reason } = readFields(visit, decision);
  const { id } = await readDuplicate(visit);
  const answer = await performAct(scope.deps, async (act) => {
    const fault = await findFault(act, officer.id, id);
    if (fault) return `fault=${fault}`;
    const found = await findDuplicate(act.trx, id);
    if (!found?.open) return 'fault=gone';
    if (await takesLevel2(act.trx, found, keep)) {
      const kind = `duplicate_${keep as Exclude<Keep, 'holder'>}` as const satisfies ProposalKind;
      const asked = await propose(act, { kind, subject: id, reason, by: officer.id });
      return asked ? 'done=proposed' : 'fault=asked_already';
    }
    return (await decideDuplicate(act, { duplicateId: id, keep, reason, actor: officer.id }))
      ? 'done=decided'
      : 'fault=gone';
  });
  goTo(ctx, `${list}/${id}?${answer}`);
}

async function takeAnswer(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { answer } = readFields(visit, z.object({ answer: z.enum(['agree', 'refuse']) }));
  const { id } = await readDuplicate(visit);
  const proposalId = z.uuid().safeParse(ctx.params.proposal).data ?? '';
  const result = await performAct(scope.deps, async (act) => {
    const fault = await findFault(act, officer.id, id);
    if (fault) return `fault=${fault}`;
    for (const kind of Object.keys(kinds) as Kind[]) {
      const asked = proposalId && (await findProposal(act, proposalId, kind));
      if (!asked || asked.subject !== id) continue;
      const agree = answer === 'agree';
      const proposal = await answerProposal(act, { id: proposalId, kind, agree, by: officer.id });
      if (proposal === 'own') return 'fault=own';
      if (!proposal) break;
      if (!agree) return 'done=refused';
      const given = { duplicateId: id, keep: kinds[kind], reason: proposal.reason, actor: officer.id };
      return (await decideDuplicate(act, given)) ? 'done=decided' : 'fault=gone';
    }
    return 'fault=gone';
  });
  goTo(ctx, `${list}/${id}?${result}`);
}

async function findFault({ trx }: Act, officerId: string, id: string): Promise<'household' | undefined> {
  return (await findConflict(trx, officerId, id)) ? 'household' : undefined;
}
