/** The lines of the audit log as they are shown: in words, with who did it, and ways to ask on. */
import { sql } from 'kysely';
import { z } from 'zod';
import type { AuditLineProps } from '../../views/console-audit.ts';
import { messagesFor } from '../../views/messages.ts';
import type { AuditLine } from '../audit/search.ts';
import type { Db } from '../db/database.ts';
import { sayWhen } from '../http/page.ts';
import { hrefOf } from './audit-question.ts';
import type { SignedInVisit } from './rights.ts';
import { sayEvent } from './say-event.ts';

export async function sayLines(
  visit: SignedInVisit,
  lines: readonly AuditLine[],
  purpose: string | undefined,
): Promise<AuditLineProps[]> {
  const { scope, ctx } = visit;
  const officers = await readOfficers(scope.deps.db, lines);
  const text = messagesFor(ctx.state.lang).books.audit;
  return lines.map(({ seq, at, event, body, text: written, hash }) => {
    const { account, case: caseId, client, officer, actor } = body as Record<string, string | null>;
    const why = purpose ? { purpose } : {};
    const by = actor && (text.actors[actor] ?? officers.get(actor) ?? actor);
    return {
      number: String(seq),
      when: sayWhen(ctx, at),
      what: sayEvent(visit, { ...body, event } as Parameters<typeof sayEvent>[1]),
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
          ? [{ label: text.about, value: officers.get(officer) ?? officer }]
          : []),
      ],
      body: written,
      hash,
    };
  });
}

/** Who the officers of some lines are. An actor may be none of them but the operator, or a rule. */
async function readOfficers(db: Db, lines: readonly AuditLine[]): Promise<ReadonlyMap<string, string>> {
  const ids = lines
    .flatMap(({ body }) => [body.actor, body.officer])
    .filter((value) => z.uuid().safeParse(value).success);
  const { rows } = await sql<{ id: string; name: string; login: string }>`
    SELECT id, name, login FROM officers WHERE id = ANY (${[...new Set(ids)]}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, name, login }) => [id, `${name} (${login})`]));
}

/** Every kind of event there is, by its sentence. */
export function eventChoices(visit: SignedInVisit, chosen: string | undefined) {
  const { account, books } = messagesFor(visit.ctx.state.lang);
  const kinds = new Set([...Object.keys(account.ledger.events), ...Object.keys(books.events)]);
  const gap = { client: '…', method: '…', purpose: '…', act: '…', reason: '…', reference: '…' };
  return [...kinds].sort().map((value) => ({
    value,
    label: `${value} · ${sayEvent(visit, { event: value, ...gap })}`,
    chosen: value === chosen,
  }));
}
