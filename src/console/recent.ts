/** What happened on an officer's account lately, from the audit log: so that a sign-in that was not theirs is seen. */
import { sql } from 'kysely';
import { messagesFor } from '../../views/messages.ts';
import type { AuditEvent } from '../audit/events.ts';
import { sayWhen } from '../http/page.ts';
import type { SignedInVisit } from './rights.ts';

const LIMIT = 8;
const shown = [
  'officer.signed_in',
  'officer.refused',
  'officer.credential_set',
  'officer.credential_removed',
];
type Shown = Extract<AuditEvent, { officer: unknown }>['event'];

export async function listRecent(
  { scope, ctx }: Pick<SignedInVisit, 'scope' | 'ctx'>,
  officerId: string,
): Promise<{ what: string; when: string }[]> {
  const { rows } = await sql<{ event: Shown; at: Date }>`
    SELECT event, at FROM audit_events
    WHERE body ->> 'officer' = ${officerId} AND event = ANY (${shown})
    ORDER BY seq DESC LIMIT ${LIMIT}`.execute(scope.deps.db);
  const sentences: Record<string, string> = messagesFor(ctx.state.lang).console.own.events;
  return rows.map(({ event, at }) => ({ what: sentences[event] ?? event, when: sayWhen(ctx, at) }));
}
