/** What is in a case, for the officer who holds it: the chip beside what level1 knew, what was checked, and the decision. */
import { type CaseCheck, type ConsoleCaseProps, consoleCasePage } from '../../views/console-case.ts';
import { messagesFor } from '../../views/messages.ts';
import { findProfile, listIdentities } from '../account/identities.ts';
import { findPhoneState } from '../account/phones.ts';
import { performAct } from '../audit/audit.ts';
import { sayDay, sayTime, sayWhen, sendPage } from '../http/page.ts';
import type { Context } from '../http/state.ts';
import { decisionReasons, type Outcome } from '../officer/case-decisions.ts';
import { lookAt, type QueuedCase } from '../officer/case-queue.ts';
import { type CaseFile, isHeldByAnother, listRelated, openCaseFile } from '../verification/case-file.ts';
import { readChecks } from '../verification/cases.ts';
import { findPhotoVersion } from '../verification/live-photo.ts';
import type { Checks } from '../verification/rules.ts';
import { markNames } from '../verification/same-person.ts';
import { consoleProps, sentenceFor } from './pages.ts';
import { casesHref, codeOf } from './queue.ts';
import type { SignedInVisit } from './rights.ts';

/** `fault`: why a decision was not taken; what was chosen and written stays. */
export type Shown = { revealed?: boolean; fault?: string; chosen?: string; note?: string };

/** Writes the look down, then shows the case; false when the officer does not hold it. */
export async function showOpenCase(
  visit: SignedInVisit,
  found: QueuedCase,
  shown: Shown = {},
): Promise<boolean> {
  const { scope, ctx, officer } = visit;
  const { db, keyring } = scope.deps;
  const part = shown.revealed ? 'revealed' : 'page';
  const until = await performAct(scope.deps, (act) => lookAt(act, officer, { caseId: found.id, part }));
  if (!until) return false;
  const text = messagesFor(ctx.state.lang).console.cases;
  const [file, checks, photo, related, heldByAnother, profile] = await Promise.all([
    openCaseFile(db, keyring, found.id),
    readChecks(db, found.id),
    findPhotoVersion(db, found.id),
    listRelated(db, found.id),
    isHeldByAnother(db, found.id),
    findProfile(db, keyring, 'zalo', found.accountId),
  ]);
  const at = (step: string) => `${casesHref}/${found.id}/${step}`;
  const done = sentenceFor(text.done, ctx.query.done);
  const error = sentenceFor(text.faults, shown.fault ?? ctx.query.fault);
  const number = file.person?.personalNumber ?? '';
  const props: ConsoleCaseProps = {
    page: consoleProps(visit),
    ...(done ? { done } : {}),
    ...(error ? { error } : {}),
    code: codeOf(found.id),
    lead: `${text.sent(sayWhen(ctx, found.openedAt))} ${text.held(sayTime(until))}`,
    queueHref: casesHref,
    releaseAction: at('release'),
    ...(file.hasPortrait ? { portraitHref: at('portrait') } : {}),
    ...(photo ? { photoHref: `${at('photo')}?v=${photo}` } : {}),
    names: compare(profile?.name, file.person?.fullName ?? ''),
    number: shown.revealed ? group(number) : `••• ••• ••• ${number.slice(-3)}`,
    ...(shown.revealed || !number ? {} : { revealAction: at('reveal') }),
    rows: await rowsOf(visit, found, file),
    checks: checkLines(ctx, checks),
    heldByAnother,
    related: relatedLines(ctx, related),
    decide: {
      action: at('decide'),
      photo: photo ?? '',
      outcomes: choices(ctx, photo !== undefined),
      note: shown.note ?? '',
      ...(shown.chosen ? { chosen: shown.chosen } : {}),
    },
  };
  sendPage(ctx, consoleCasePage(props), shown.fault ? 409 : 200);
  return true;
}

function compare(known: string | undefined, official: string): ConsoleCaseProps['names'] {
  const marked = markNames(known, official);
  const differ = marked.known.filter(({ same }) => !same).map(({ text }) => text);
  // A shorter name leaves words of the card out: that alone is no difference.
  const card =
    differ.length > 0 ? marked.official : marked.official.map(({ text }) => ({ text, same: true }));
  return { card, known: marked.known, differ };
}

async function rowsOf({ scope, ctx }: SignedInVisit, found: QueuedCase, file: CaseFile) {
  const { db, keyring } = scope.deps;
  const text = messagesFor(ctx.state.lang).console.cases.data;
  const [account, identities, phone] = await Promise.all([
    db
      .selectFrom('cases as c')
      .innerJoin('accounts as a', 'a.id', 'c.account_id')
      .select(['a.created_at', 'a.status', 'c.level2_until'])
      .where('c.id', '=', found.id)
      .executeTakeFirstOrThrow(),
    listIdentities(db, found.accountId),
    findPhoneState(db, keyring, found.accountId),
  ]);
  const zalo = identities.find(({ provider }) => provider === 'zalo');
  const age = [
    text.since(sayDay(ctx, account.created_at)),
    ...(account.status === 'suspended' ? [text.suspended] : []),
    ...(zalo ? [text.lastUsed(sayDay(ctx, zalo.last_used_at))] : []),
  ];
  // The card is good through the day before the moment at which level2 would end.
  const lastDay = account.level2_until && new Date(account.level2_until.getTime() - 1);
  return [
    { what: text.birth, card: sayBirth(file.person?.birthDate), known: '' },
    { what: text.sex, card: file.sex ? text.sexes[file.sex] : '', known: '' },
    { what: text.expiry, card: lastDay ? sayDay(ctx, lastDay) : text.unlimited, known: '' },
    { what: text.residence, card: file.residence ?? text.unknown, known: '' },
    { what: text.phone, card: '', known: phone ? maskPhone(phone.number) : text.unknown },
    { what: text.account, card: '', known: age.join('; ') },
  ];
}

/** `1990-03-15`, `1990-03` or `1990`, as people write it here. */
function sayBirth(date = ''): string {
  return date.split('-').reverse().join('/');
}

function maskPhone(number: string): string {
  return `${number.startsWith('+84') ? '0' : '+'}•• ••• •${number.slice(-3)}`;
}

function group(number: string): string {
  return (number.match(/.{1,3}/g) ?? []).join(' ');
}

type Name = keyof ReturnType<typeof messagesFor>['console']['cases']['checks']['names'];

/** Every test there is, also those that nobody made: what is not done must be seen. */
const order: readonly Name[] = [
  'data_genuine',
  'card_genuine',
  'revocation',
  'number_valid',
  'same_person',
  'holder_present',
];

const states: Record<string, CaseCheck['state']> = {
  pass: 'pass',
  good: 'pass',
  match: 'pass',
  server_challenge: 'pass',
  vneid: 'pass',
  officer_by_portrait: 'pass',
  officer_in_person: 'pass',
  fail: 'fail',
  differs: 'caution',
  client_challenge: 'caution',
  stale: 'caution',
};

function checkLines(ctx: Context, checks: Checks): CaseCheck[] {
  const text = messagesFor(ctx.state.lang).console.cases.checks;
  return order.map((name) => {
    const result = checks[name] ?? 'none';
    const means: Record<string, string> = text.means[name];
    return {
      name: text.names[name],
      state: states[result] ?? 'open',
      means: means[result] ?? means.none ?? '',
    };
  });
}

function relatedLines(ctx: Context, related: Awaited<ReturnType<typeof listRelated>>) {
  const text = messagesFor(ctx.state.lang).console.cases;
  return related.map((one) => {
    const how = one.method && one.kind === 'verification' ? ` (${text.methods[one.method]})` : '';
    const why = one.reason ? sentenceFor(text.decide.reasons, one.reason) : undefined;
    return {
      what: `${text.related.kinds[one.kind]}${how}`,
      status: `${text.statuses[one.status]}${why ? ` · ${why}` : ''}`,
      when: sayDay(ctx, one.openedAt),
      by: one.by === 'account' ? text.related.byAccount : text.related.byNumber,
    };
  });
}

function choices(ctx: Context, hasPhoto: boolean): ConsoleCaseProps['decide']['outcomes'] {
  const text = messagesFor(ctx.state.lang).console.cases.decide;
  const outcomes = Object.entries(decisionReasons) as [Outcome, readonly (keyof typeof text.reasons)[]][];
  return outcomes.map(([outcome, reasons]) => ({
    name: text.outcomes[outcome],
    reasons: reasons.map((reason) => ({
      value: `${outcome}:${reason}`,
      label: text.reasons[reason],
      disabled: outcome === 'approve' && !hasPhoto,
    })),
  }));
}
