/** What is done at a desk: by the officer there, and by the second one. */
import { z } from 'zod';
import { messagesFor } from '../../views/messages.ts';
import { type Act, performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayTime } from '../http/page.ts';
import { drawQr } from '../http/qr.ts';
import { znsMessenger } from '../notify/zns.ts';
import { findConflict } from '../officer/household.ts';
import { covers } from '../officer/officers.ts';
import { abandonVisit, answerVisit, confirmHolder } from '../verification/desk-decision.ts';
import { dropCode, prepareCode, readPhone, takeCode } from '../verification/desk-phone.ts';
import {
  type DeskVisit,
  holdVisit,
  issueLink,
  openWithoutNumber,
  settleLink,
  startVisit,
} from '../verification/desk-visits.ts';
import { decideWaitingCase, type SubmissionResult } from '../verification/proofs.ts';
import { startReading } from '../verification/readings.ts';
import { desk, maySecond, readVisit, showVisit } from './desk.ts';
import { goTo, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type Rule, type SignedInVisit } from './rights.ts';

const work = { right: 'desk.work' } as const satisfies Rule;
const decide = { right: 'desk.work', stepUp: true } as const satisfies Rule;
const LINK_MINUTES = 10;

/** Why the person is not who the card says; the words are in the messages. */
export const unlikeReasons = z.enum(['another_face', 'card_doubtful', 'pressed', 'mistake']);

export const deskActRoutes: ConsoleRoute[] = [
  consoleRoute('post', '/desk', work, begin),
  consoleRoute('post', '/desk/:id/code', work, sendCode),

  consoleRoute('post', '/desk/:id/number', work, async (visit) => {
    const { keyring } = visit.scope.deps;
    const { digits } = readFields(visit, z.object({ digits: z.string().max(12) }));
    await act(visit, async (one, found) => {
      const answer = await takeCode(one, keyring, found, digits.replace(/\D/g, ''));
      if (answer === 'bound') return { done: 'bound' };
      return answer === 'signs_in' ? {} : { fault: answer };
    });
  }),

  consoleRoute('post', '/desk/:id/open', work, (visit) =>
    act(visit, async (one, found) => {
      if (found.accountId) return { fault: 'gone' };
      await openWithoutNumber(one, found);
      return { done: 'bound' };
    }),
  ),

  consoleRoute('post', '/desk/:id/link', work, showLink),

  consoleRoute('post', '/desk/:id/answer', work, async (visit) => {
    const { answer } = readFields(visit, z.object({ answer: z.enum(['same', 'different']) }));
    await act(visit, async (one, found) => {
      await settleLink(one, found, answer === 'same');
      return {};
    });
  }),

  consoleRoute('post', '/desk/:id/reading', work, async (visit) => {
    const { scope, ctx } = visit;
    const found = await holdOwn(visit);
    if (!found?.accountId || found.seenAt) return goTo(ctx, `${desk}?fault=not_found`);
    try {
      await startReading(scope.deps, { accountId: found.accountId, visit: found.id });
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== 'card_limit') throw cause;
      return goTo(ctx, `${desk}/${found.id}?fault=card_limit`);
    }
    goTo(ctx, `${desk}/${found.id}`);
  }),

  consoleRoute('post', '/desk/:id/seen', decide, confirmSeen),

  consoleRoute('post', '/desk/:id/unlike', decide, refuseHolder),

  consoleRoute('post', '/desk/:id/agree', decide, (visit) => answer(visit, true, 'two_officers')),
  consoleRoute('post', '/desk/:id/refuse', decide, (visit) =>
    answer(visit, false, readFields(visit, z.object({ reason: unlikeReasons })).reason),
  ),

  consoleRoute('post', '/desk/:id/cancel', work, async (visit) => {
    const found = await readVisit(visit);
    await performAct(visit.scope.deps, async (one) => {
      const held = await holdVisit(one, { visitId: found.id, officerId: visit.officer.id });
      if (held && held.caseStatus !== 'approved') await abandonVisit(one, held);
    });
    goTo(visit.ctx, `${desk}?done=ended`);
  }),
];

async function begin(visit: SignedInVisit): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db } = scope.deps;
  const { commune } = readFields(
    visit,
    z.object({
      commune: z
        .string()
        .regex(/^\d{5}$/)
        .optional(),
    }),
  );
  const known =
    commune &&
    (await db.selectFrom('communes').select('code').where('code', '=', commune).executeTakeFirst());
  // Who has communes works at a desk of one of them.
  const there = known ? covers(officer.communes, [known.code]) : !commune && officer.communes.length === 0;
  if (!there) return goTo(ctx, `${desk}?fault=out_of_scope`);
  const given = { officerId: officer.id, commune: commune ?? null };
  goTo(ctx, `${desk}/${await performAct(scope.deps, (one) => startVisit(one, given))}`);
}

type Outcome = { done?: string; fault?: string };

/** One act about the officer's own open visit, which is held until it is done; then back to its page. */
async function act(
  visit: SignedInVisit,
  work: (one: Act, found: DeskVisit) => Promise<Outcome>,
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { id } = await readVisit(visit);
  const { done, fault } = await performAct(scope.deps, async (one): Promise<Outcome> => {
    const found = await holdVisit(one, { visitId: id, officerId: officer.id });
    return found ? work(one, found) : { fault: 'not_found' };
  });
  goTo(ctx, `${desk}/${id}${fault ? `?fault=${fault}` : done ? `?done=${done}` : ''}`);
}

async function holdOwn(visit: SignedInVisit): Promise<DeskVisit | undefined> {
  const { id } = await readVisit(visit);
  return performAct(visit.scope.deps, (one) => holdVisit(one, { visitId: id, officerId: visit.officer.id }));
}

async function sendCode(visit: SignedInVisit): Promise<void> {
  const { scope, ctx } = visit;
  const { deps } = scope;
  const phone = await readPhone(readFields(visit, z.object({ phone: z.string().max(30) })).phone);
  const found = await holdOwn(visit);
  if (!found || found.accountId) return goTo(ctx, `${desk}?fault=not_found`);
  const back = (query: string) => goTo(ctx, `${desk}/${found.id}?${query}`);
  if (!phone) return back('fault=phone');
  const messenger = znsMessenger(deps);
  if (!deps.config.zns?.templates.desk_code) return back('fault=no_messages');
  const code = await performAct(deps, (one) => prepareCode(one, deps, found, phone));
  if (!code) return back('fault=wait');
  const notice = { kind: 'desk_code', code } as const;
  const at = deps.clock();
  const sent = await messenger(notice)?.({ trackingId: `${found.id}-${at.getTime()}`, phone, notice, at });
  // It may have arrived: the citizen can see that.
  if (sent?.outcome === 'sent' || sent?.outcome === 'unknown') return back('done=code_sent');
  deps.log.warn({ visit: found.id, code: sent?.code }, 'a code for a desk was not sent');
  await performAct(deps, (one) => dropCode(one, deps.keyring, found, phone));
  back('fault=not_sent');
}

async function showLink(visit: SignedInVisit): Promise<void> {
  const { scope, ctx } = visit;
  const { deps } = scope;
  const found = await holdOwn(visit);
  if (!found || found.accountId) return goTo(ctx, `${desk}?fault=not_found`);
  const token = await performAct(deps, (one) => issueLink(one, deps.random, found));
  const href = `${deps.config.issuer}/account/desk/${token}`;
  const until = new Date(deps.clock().getTime() + LINK_MINUTES * 60_000);
  const { linkLead } = messagesFor(ctx.state.lang).desk.visit.account;
  await showVisit(visit, found, {
    ...{ step: 'link', base: `${desk}/${found.id}`, href, qr: drawQr(href) },
    lead: linkLead(sayTime(until)),
  });
}

async function confirmSeen(visit: SignedInVisit): Promise<void> {
  const { scope, officer, fields } = visit;
  const { keyring, config } = scope.deps;
  const whole = fields.looked === '1' && fields.asked === '1';
  await act(visit, async (one, found) => {
    if (!whole) return { fault: 'confirm' };
    if (!found.caseId) return { fault: 'gone' };
    if (await isFamily(one, officer.id, found.caseId)) return { fault: 'household' };
    const switches = { chipPilot: false, deskOneOfficer: config.deskOneOfficer };
    return say(await confirmHolder(one, keyring, { visit: found, switches }), 'seen');
  });
}

async function refuseHolder(visit: SignedInVisit): Promise<void> {
  const { keyring } = visit.scope.deps;
  const { reason } = readFields(visit, z.object({ reason: unlikeReasons }));
  await act(visit, async (one, { caseId, caseStatus, officerId }) => {
    if (!caseId || !isWaiting(caseStatus)) return { fault: 'gone' };
    if (await isFamily(one, officerId, caseId)) return { fault: 'household' };
    await decideWaitingCase(one, keyring, { caseId, approve: false, reason, actor: officerId });
    return { done: 'answered' };
  });
}

/** Whoever opened the case may say what they saw; not about themselves or their household. */
async function isFamily({ trx }: Act, officerId: string, caseId: string): Promise<boolean> {
  const conflict = await findConflict(trx, officerId, caseId);
  return conflict === 'own' || conflict === 'household';
}

/** The second officer. That the visit still waits is asked inside, when it is held. */
async function answer(visit: SignedInVisit, agree: boolean, reason: string): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { keyring } = scope.deps;
  const found = await readVisit(visit);
  const own = found.officerId === officer.id;
  if (own || !(await maySecond(visit, found)))
    return goTo(ctx, `${desk}/${found.id}?fault=${own ? 'own' : 'out_of_scope'}`);
  const result = await performAct(scope.deps, (one) =>
    answerVisit(one, keyring, { visit: found, agree, reason, by: officer.id }),
  );
  const { done, fault } = say(result, 'answered');
  goTo(ctx, `${desk}/${found.id}?${fault ? `fault=${fault}` : `done=${done}`}`);
}

function say(result: SubmissionResult | 'gone' | 'own', waiting: string): Outcome {
  if (typeof result === 'string') return { fault: result };
  if (result.outcome === 'waiting') return { done: waiting };
  if (result.outcome === 'refused' && result.reason === 'account_not_active')
    return { fault: 'account_not_active' };
  return { done: 'answered' };
}

function isWaiting(status: string | null): boolean {
  return status === 'submitted' || status === 'in_review';
}
