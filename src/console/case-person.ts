/**
 * Whom a case is about, as an officer sees it: what the chip says, how each check went, the portrait. Each look is written
 * down, for the books and for the citizen's own ledger; nothing of it is kept by a browser.
 */
import type { PersonProps } from '../../views/console-desk.ts';
import { messagesFor } from '../../views/messages.ts';
import { findProfile } from '../account/identities.ts';
import { recordEvent } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { sayDay } from '../http/page.ts';
import { startOfDay } from '../http/vietnam-day.ts';
import { openCasePortrait } from '../verification/case-portrait.ts';
import { openCasePerson } from '../verification/desk-decision.ts';
import type { Checks } from '../verification/rules.ts';
import type { SignedInVisit } from './rights.ts';

type Look = { caseId: string; accountId: string; purpose: 'desk_visit' | 're_audit' };

/** Undefined when the evidence has run out. */
export async function lookAtPerson(
  { scope, ctx, officer }: SignedInVisit,
  { caseId, accountId, purpose, portraitHref }: Look & { portraitHref: string },
): Promise<PersonProps | undefined> {
  const { db, keyring } = scope.deps;
  const found = await openCasePerson(db, keyring, caseId);
  if (!found) return undefined;
  const { person, checks, level2Until } = found;
  await recordEvent(scope.deps, { event: 'officer.looked', account: accountId, actor: officer.id, purpose });
  const { face } = messagesFor(ctx.state.lang).desk.visit;
  const profile = await findProfile(db, keyring, 'zalo', accountId);
  const hasPortrait = (await openCasePortrait(db, keyring, caseId)) !== undefined;
  return {
    ...(hasPortrait ? { portraitHref } : {}),
    facts: [
      { label: face.name, value: person.fullName },
      { label: face.number, value: person.personalNumber.replace(/(\d{3})(?=\d)/g, '$1 ') },
      ...(person.birthDate ? [{ label: face.born, value: sayDay(ctx, startOfDay(person.birthDate)) }] : []),
      {
        label: face.until,
        value: level2Until ? sayDay(ctx, new Date(level2Until.getTime() - 1)) : face.noEnd,
      },
      ...(profile?.name ? [{ label: face.zaloName, value: profile.name }] : []),
    ],
    checks: sayChecks(ctx, checks),
  };
}

/** Answers with the portrait. */
export async function sendPortrait(
  { scope, ctx, officer }: SignedInVisit,
  { caseId, accountId, purpose }: Look,
): Promise<void> {
  const { db, keyring } = scope.deps;
  const portrait = await openCasePortrait(db, keyring, caseId);
  const shown = portrait && (await scope.portraits.show(portrait));
  if (!shown) throw new AppError('not_found');
  await recordEvent(scope.deps, { event: 'officer.looked', account: accountId, actor: officer.id, purpose });
  ctx.type = shown.type;
  ctx.body = shown.bytes;
}

const order = [
  ...['data_genuine', 'card_genuine', 'revocation', 'number_valid', 'same_person', 'holder_present'],
  'second_officer',
] as (keyof Checks)[];
const waits = new Set([
  ...['holder_present/none', 'second_officer/missing', 'same_person/unknown', 'revocation/not_checked'],
]);
const doubts = new Set([
  ...['card_genuine/absent', 'card_genuine/client_challenge', 'same_person/differs'],
  'revocation/stale',
]);

function sayChecks(ctx: SignedInVisit['ctx'], checks: Checks): PersonProps['checks'] {
  const { names, says } = messagesFor(ctx.state.lang).desk.visit.checks;
  return order.flatMap((name) => {
    const result = checks[name];
    if (result === undefined) return [];
    const key = `${name}/${result}`;
    const mark = waits.has(key) ? 'wait' : doubts.has(key) ? 'warn' : 'pass';
    return [{ name: names[name] ?? name, says: says[key] ?? result, mark } as const];
  });
}
