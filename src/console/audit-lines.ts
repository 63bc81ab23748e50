/** The lines of the audit log in words: the sentences that citizens read in their ledger, and those of the offices. */
import { sql } from 'kysely';
import type { AuditLineProps } from '../../views/console-audit.ts';
import type { LedgerDetails } from '../../views/i18n/vi-account.ts';
import { type Lang, messagesFor } from '../../views/messages.ts';
import type { AuditLine } from '../audit/search.ts';
import { sayWhen } from '../http/page.ts';
import { hrefOf } from './audit-question.ts';
import type { SignedInVisit } from './rights.ts';

type Sentence = (details: LedgerDetails) => string;
type Names = { officers: ReadonlyMap<string, string>; clients: ReadonlyMap<string, string> };

export async function sayLines(
  { scope, ctx }: SignedInVisit,
  lines: readonly AuditLine[],
  purpose: string | undefined,
): Promise<AuditLineProps[]> {
  const names = await readNames(scope.deps.db, lines, ctx.state.lang);
  const text = messagesFor(ctx.state.lang).books.audit;
  return lines.map(({ seq, at, event, body, text: written, hash }) => {
    const {
      account,
      case: caseId,
      client,
      officer,
      actor,
    } = body as Record<string, string | null | undefined>;
    const why = purpose ? { purpose } : {};
    const by = actor && (text.actors[actor] ?? names.officers.get(actor) ?? actor);
    return {
      number: String(seq),
      when: sayWhen(ctx, at),
      what: sayEvent(ctx.state.lang, event, body, names),
      event,
      ...(by ? { by: `${text.by}: ${by}` } : {}),
      about: [
        ...(account
          ? [{ label: text.account, value: account.slice(0, 8), href: hrefOf({ account, ...why }) }]
          : []),
        ...(caseId
          ? [{ label: text.case, value: caseId.slice(0, 8), href: hrefOf({ case: caseId, ...why }) }]
          : []),
        ...(client ? [{ label: '', value: client, href: hrefOf({ client }) }] : []),
        ...(officer && officer !== actor
          ? [{ label: text.about, value: names.officers.get(officer) ?? officer }]
          : []),
      ],
      body: written,
      hash,
    };
  });
}

async function readNames(
  db: SignedInVisit['scope']['deps']['db'],
  lines: readonly AuditLine[],
  lang: Lang,
): Promise<Names> {
  const values = (...members: string[]) => [
    ...new Set(
      lines
        .flatMap(({ body }) => members.map((member) => body[member]))
        .filter((value) => typeof value === 'string'),
    ),
  ];
  const [officers, clients] = [values('actor', 'officer'), values('client')];
  const [named, known] = await Promise.all([
    // An actor may be no officer but the operator, or a rule.
    sql<{ id: string; name: string; login: string }>`
      SELECT id::text AS id, name, login FROM officers WHERE id::text = ANY (${officers})`.execute(db),
    sql<{ id: string; name: string; name_en: string | null }>`
      SELECT client_id AS id, name, name_en FROM clients WHERE client_id = ANY (${clients})`.execute(db),
  ]);
  return {
    officers: new Map(named.rows.map(({ id, name, login }) => [id, `${name} (${login})`])),
    clients: new Map(known.rows.map(({ id, name, name_en }) => [id, (lang === 'en' && name_en) || name])),
  };
}

/** A line of another version may be of a kind that this one does not know: then it is called by its name. */
function sayEvent(lang: Lang, event: string, body: Record<string, unknown>, { clients }: Names): string {
  const { account, books } = messagesFor(lang);
  const word = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '');
  const how = word('method') || word('kind');
  const sentences: Record<string, Sentence> = account.ledger.events;
  const sentence = Object.hasOwn(sentences, event) ? sentences[event] : undefined;
  return (
    sentence?.({
      client: clients.get(word('client')) ?? (word('client') || account.ledger.somebody),
      method: account.methods[how] ?? how,
      purpose: account.ledger.auditPurposes[word('purpose')] ?? word('purpose'),
      count: Number(body.count ?? 0),
    }) ??
    books.events[event] ??
    event
  );
}

/** Every kind of event there is, by its sentence. */
export function eventChoices(lang: Lang, chosen: string | undefined) {
  const { account, books } = messagesFor(lang);
  const gap = { client: '…', method: '…', purpose: '…', count: 0 };
  const cited = Object.entries(account.ledger.events as Record<string, Sentence>).map(
    ([value, sentence]): [string, string] => [value, sentence(gap)],
  );
  return [...cited, ...Object.entries(books.events)]
    .map(([value, label]) => ({ value, label: `${value} · ${label}`, chosen: value === chosen }))
    .sort((one, other) => (one.value < other.value ? -1 : 1));
}
