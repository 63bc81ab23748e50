/** A line of the audit chain in words, for officers: the sentence that its citizen reads, else one of the offices. */
import type { Messages } from '../../views/i18n/vi.ts';
import type { LedgerEvent } from '../../views/i18n/vi-account.ts';
import { messagesFor } from '../../views/messages.ts';
import type { SignedInVisit } from './rights.ts';

export function sayEvent(
  { scope, ctx }: Pick<SignedInVisit, 'scope' | 'ctx'>,
  line: { event: string; client?: string | undefined } & Record<string, unknown>,
): string {
  const { account, books } = messagesFor(ctx.state.lang);
  const { ledger, methods } = account;
  const word = (name: string) => (typeof line[name] === 'string' ? (line[name] as string) : '');
  const { client } = line;
  const how = word('method') || word('kind');
  // What officers do in the log is told to citizens only where it was about them.
  const office = line.account ? undefined : books.events[line.event];
  if (office) return office;
  const sentence = Object.hasOwn(ledger.events, line.event)
    ? ledger.events[line.event as LedgerEvent]
    : undefined;
  return (
    sentence?.({
      client: (client && (scope.registry.clientName(client, ctx.state.lang) ?? client)) || ledger.somebody,
      method: methods[how] ?? how,
      purpose: [sayPurpose(ledger, word('purpose')), word('note')].filter(Boolean).join('; '),
      count: Number(line.count ?? 0),
      part: word('part'),
      act: ledger.acts[word('act')] ?? word('act'),
      reason: ledger.reasons[word('reason')] ?? word('reason'),
      reference: word('reference'),
    }) ??
    books.events[line.event] ??
    // A line of another version may be of a kind that this one does not know.
    line.event
  );
}

function sayPurpose(ledger: Messages['account']['ledger'], purpose: string): string {
  return ledger.purposes[purpose] ?? ledger.auditPurposes[purpose] ?? purpose;
}
