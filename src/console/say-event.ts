/** A line of the audit chain about a citizen in the sentence that the citizen reads, for officers. */
import type { LedgerEvent } from '../../views/i18n/vi-account.ts';
import { messagesFor } from '../../views/messages.ts';
import type { SignedInVisit } from './rights.ts';

export function sayEvent(
  { scope, ctx }: Pick<SignedInVisit, 'scope' | 'ctx'>,
  line: { event: string; client?: string | undefined } & Record<string, unknown>,
): string {
  const { ledger, methods } = messagesFor(ctx.state.lang).account;
  const word = (name: string) => (typeof line[name] === 'string' ? (line[name] as string) : '');
  const { client } = line;
  const how = word('method') || word('kind');
  const sentence = Object.hasOwn(ledger.events, line.event)
    ? ledger.events[line.event as LedgerEvent]
    : undefined;
  return (
    sentence?.({
      client: (client && scope.registry.clientMetadata(client)?.client_name) || ledger.somebody,
      method: methods[how] ?? how,
      purpose: [ledger.purposes[word('purpose')] ?? word('purpose'), word('note')].filter(Boolean).join('; '),
      count: Number(line.count ?? 0),
      part: word('part'),
      act: ledger.acts[word('act')] ?? word('act'),
      reason: ledger.reasons[word('reason')] ?? word('reason'),
      reference: word('reference'),
    }) ?? line.event
  );
}
