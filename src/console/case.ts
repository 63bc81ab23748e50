/**
 * One case: what is in it for the officer who holds it (console/case-open), where it stands for everybody else who may know
 * of it; and taking it, giving it back, and its pictures.
 */
import { z } from 'zod';
import { consoleCaseClosedPage } from '../../views/console-case.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayTime, sayWhen, sendPage } from '../http/page.ts';
import { type Decision, listDecisions } from '../officer/case-decisions.ts';
import { findCase, lookAt, type QueuedCase, releaseCase, takeCase } from '../officer/case-queue.ts';
import { findOfficer, listCommunes } from '../officer/officers.ts';
import { openCasePortrait } from '../verification/case-portrait.ts';
import { openLivePhoto } from '../verification/live-photo.ts';
import { showOpenCase } from './case-open.ts';
import { consoleProps, goTo, sentenceFor } from './pages.ts';
import { casesHref, codeOf } from './queue.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

const work = { right: 'cases.work' } as const;

export const caseRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/cases/:id', work, (visit) => showCase(visit)),

  consoleRoute('post', '/cases/:id/take', work, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { id } = await readCase(visit);
    const outcome = await performAct(scope.deps, (act) => takeCase(act, officer, id));
    goTo(ctx, outcome === 'taken' ? `${casesHref}/${id}` : `${casesHref}/${id}?fault=${outcome}`);
  }),

  consoleRoute('post', '/cases/:id/release', work, async (visit) => {
    const { scope, ctx, officer } = visit;
    const { id } = await readCase(visit);
    const released = await performAct(scope.deps, (act) => releaseCase(act, officer, id));
    goTo(ctx, released ? `${casesHref}?done=released` : `${casesHref}/${id}?fault=gone`);
  }),

  consoleRoute('post', '/cases/:id/reveal', work, async (visit) => {
    const found = await readCase(visit);
    const shown = await showOpenCase(visit, found, { revealed: true });
    if (!shown) goTo(visit.ctx, `${casesHref}/${found.id}?fault=gone`);
  }),

  consoleRoute('get', '/cases/:id/portrait', work, async (visit) => {
    const { db, keyring } = visit.scope.deps;
    await sendPicture(visit, 'portrait', async (id) => {
      const portrait = await openCasePortrait(db, keyring, id);
      return portrait && visit.scope.portraits.show(portrait);
    });
  }),

  consoleRoute('get', '/cases/:id/photo', work, async (visit) => {
    const { db, keyring } = visit.scope.deps;
    await sendPicture(visit, 'photo', (id) => openLivePhoto(db, keyring, id));
  }),
];

async function showCase(visit: SignedInVisit): Promise<void> {
  const found = await readCase(visit);
  const { officer } = visit;
  if (found.heldBy === officer.id && (await showOpenCase(visit, found))) return;
  await showClosedCase(visit, found);
}

/** The case of the address, if this officer may know of it. */
export async function readCase({ scope, ctx, officer }: SignedInVisit): Promise<QueuedCase> {
  const { db, clock } = scope.deps;
  const id = z.uuid().safeParse(ctx.params.id).data;
  const found = id && (await findCase(db, officer, { id, now: clock() }));
  if (!found) throw new AppError('not_found', { backHref: casesHref });
  return found;
}

async function showClosedCase(visit: SignedInVisit, found: QueuedCase): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.cases;
  const [decision] = await listDecisions(db, found.id);
  const communes = await listCommunes(db);
  const pending = decision?.status === 'pending' && found.status === 'in_review' ? decision : undefined;
  const own = pending?.officerId === officer.id && pending.countsAt > clock();
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, ctx.query.fault);
  const free = found.status === 'submitted' && found.heldBy === null;
  sendPage(
    ctx,
    consoleCaseClosedPage({
      page: consoleProps(visit),
      ...(done ? { done } : {}),
      ...(error ? { error } : {}),
      code: codeOf(found.id),
      lead: text.sent(sayWhen(ctx, found.openedAt)),
      queueHref: casesHref,
      state: await sayState(visit, found, pending),
      facts: [
        { label: text.queue.method, value: text.methods[found.method] },
        { label: text.queue.reason, value: sentenceFor(text.reasons, found.reason) ?? '—' },
        {
          label: text.queue.commune,
          value: communes.find(({ code }) => code === found.commune)?.name ?? text.queue.noCommune,
        },
      ],
      ...(free ? { takeAction: `${casesHref}/${found.id}/take` } : {}),
      ...(own
        ? {
            undo: {
              action: `/console/decisions/${pending.id}/undo`,
              hint: text.undoHint(sayTime(pending.countsAt)),
            },
          }
        : {}),
      ...(free ? {} : { next: { action: `${casesHref}/next`, fields: {} } }),
    }),
  );
}

async function sayState(
  { scope, ctx }: SignedInVisit,
  found: QueuedCase,
  pending: Decision | undefined,
): Promise<string> {
  const { db } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.cases;
  const reasons: Record<string, string> = text.decide.reasons;
  if (pending) {
    const who = (await findOfficer(db, pending.officerId))?.name ?? '';
    const what = `${text.decide.outcomes[pending.outcome]} (${reasons[pending.reason] ?? pending.reason})`;
    return text.decidedBy(who, what, sayTime(pending.countsAt));
  }
  if (found.heldBy && found.heldUntil) {
    const who = (await findOfficer(db, found.heldBy))?.name ?? '';
    return text.heldByOther(who, sayTime(found.heldUntil));
  }
  return found.status === 'submitted' ? text.free : text.statuses[found.status];
}

/** A picture out of the evidence: for whoever holds the case, each view written down, and kept by no browser. */
async function sendPicture(
  visit: SignedInVisit,
  part: 'portrait' | 'photo',
  open: (caseId: string) => Promise<{ type: string; bytes: Buffer } | undefined>,
): Promise<void> {
  const { scope, ctx, officer } = visit;
  const { id } = await readCase(visit);
  const held = await performAct(scope.deps, (act) => lookAt(act, officer, { caseId: id, part }));
  const picture = held && (await open(id));
  if (!picture) throw new AppError('not_found', { backHref: casesHref });
  ctx.status = 200;
  ctx.type = picture.type;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Cross-Origin-Resource-Policy', 'same-origin');
  // Opened by itself, it is a picture and nothing more.
  ctx.set('Content-Security-Policy', "default-src 'none'; sandbox");
  ctx.set('Content-Disposition', 'inline');
  ctx.body = picture.bytes;
}
