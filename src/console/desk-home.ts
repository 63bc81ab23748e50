/** What waits for this officer of the desk's work: people who stand there first. */
import type { ConsoleHomeProps } from '../../views/console-home.ts';
import { messagesFor } from '../../views/messages.ts';
import { listObjections, listReAudits } from '../officer/re-audits.ts';
import { listDuplicates } from '../verification/duplicates.ts';
import { desk, listForSecond } from './desk.ts';
import { hasRight, type SignedInVisit } from './rights.ts';

const MOST = 50;

export async function deskWaiting(visit: SignedInVisit): Promise<ConsoleHomeProps['waiting']> {
  const { scope, ctx, officer } = visit;
  const { db, clock } = scope.deps;
  const { home } = messagesFor(ctx.state.lang).desk;
  const works = hasRight(officer, 'desk.work');
  const decides = hasRight(officer, 'duplicates.decide');
  const settles = hasRight(officer, 're_audits.settle');
  const counts = await Promise.all([
    works ? listForSecond(visit) : [],
    works ? listReAudits(db, officer, clock()) : [],
    decides ? listDuplicates(db, { limit: MOST }) : [],
    settles ? listObjections(db, officer) : [],
  ]);
  const [second, again, duplicates, objections] = counts.map(({ length }) => length);
  return [
    { ...home.second, href: desk, count: second },
    { ...home.duplicates, href: '/console/duplicates', count: duplicates },
    { ...home.objections, href: '/console/re-audits', count: objections },
    { ...home.reAudits, href: '/console/re-audits', count: again },
  ].flatMap(({ count = 0, ...item }) =>
    count > 0 ? [{ ...item, count: count >= MOST ? `${MOST}+` : String(count) }] : [],
  );
}
