/**
 * Security events: services that subscribed hear of what ended for a citizen they know, as signed tokens (SET, RFC 8417)
 * pushed to the address they registered (RFC 8935), in the words of OpenID CAEP 1.0 and RISC 1.0. A line of the audit
 * chain makes the job, in the transaction of the act (migrations/0013); a service that does not answer is asked again,
 * for two days, with the same `jti`.
 *
 * It is a hint, so that a service need not wait for its next introspection; the truth stays there. Only services whose
 * scopes the citizen allowed an app are told, each under its own `sub`.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Provider } from 'oidc-provider';
import fetchRequest from 'oidc-provider/lib/helpers/fetch_request.js';
import { z } from 'zod';
import type { AuditEvent } from '../audit/events.ts';
import { addJob, type Tasks } from '../db/jobs.ts';
import type { Deps } from '../deps.ts';
import type { Registry, ResourceServer } from '../registry/registry.ts';
import { signToken } from './signing-key.ts';
import { subjectFor } from './subjects.ts';

type Scope = { deps: Deps; provider: Provider; registry: Registry };
/** One line of the audit chain that is told. `at` is in milliseconds since 1970. */
type Told = { seq: string; at: number; account: string; body: AuditEvent };
type SecurityEvent = { type: string; claims: Record<string, unknown> };

const PUSH = 'push_security_event';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
/** RFC 8935 §2.4: what another try would meet again. */
const FINAL = ['invalid_request', 'invalid_issuer', 'invalid_audience'];

const lineJob = z.object({ seq: z.string() });
const pushJob = z.object({ seq: z.string(), service: z.string() });

/** What runs the jobs: one for each line, which makes one for each service. */
export function securityEventTasks(scope: Scope): Tasks {
  return {
    security_event: async (payload) => {
      const { seq } = lineJob.parse(payload);
      const told = await findLine(scope.deps, seq);
      if (!told || !eventOf(told)) return;
      const services = await findServices(scope.deps, told);
      await scope.deps.db.transaction().execute(async (trx) => {
        for (const service of services)
          await addJob(trx, PUSH, { seq, service }, { key: `${PUSH}/${seq}/${service}` });
      });
    },
    [PUSH]: async (payload) => {
      const { seq, service } = pushJob.parse(payload);
      const told = await findLine(scope.deps, seq);
      const event = told && eventOf(told);
      const server = scope.registry.resourceServer(service);
      if (event && server?.eventsEndpoint) await push(scope, server, told, event);
    },
  };
}

async function findLine({ db }: Pick<Deps, 'db'>, seq: string): Promise<Told | undefined> {
  const row = await db
    .selectFrom('audit_events')
    .select(['at', 'account_id', 'body'])
    .where('seq', '=', BigInt(seq))
    .executeTakeFirst();
  if (!row?.account_id || !row.at) return undefined;
  return { seq, at: row.at.getTime(), account: row.account_id, body: row.body as unknown as AuditEvent };
}

/** What a line means to a service; undefined: nothing. */
function eventOf({ at, body }: Told): SecurityEvent | undefined {
  const event_timestamp = Math.floor(at / 1000);
  switch (body.event) {
    case 'account.suspended':
      return { type: `${RISC}account-disabled`, claims: {} };
    case 'account.closed':
      return { type: `${RISC}account-purged`, claims: {} };
    case 'session.ended':
      return { type: `${CAEP}session-revoked`, claims: { event_timestamp } };
    case 'verification.ended':
      // One that makes room for a newer one takes nothing away.
      return body.status === 'superseded' ? undefined : lowered(event_timestamp);
    case 'level2.held':
      return lowered(event_timestamp);
    default:
      return undefined;
  }
}

function lowered(event_timestamp: number): SecurityEvent {
  const levels = { previous_level: 'level2', current_level: 'level1', change_direction: 'decrease' };
  return {
    type: `${CAEP}assurance-level-change`,
    claims: { namespace: 'tay-ninh-id', ...levels, event_timestamp },
  };
}

/** Subscribers that know the citizen: some app was allowed one of their scopes, and still was when it happened. */
async function findServices({ db }: Pick<Deps, 'db'>, { account, at }: Told): Promise<string[]> {
  const { rows } = await sql<{ resource: string }>`
    SELECT r.resource FROM resource_servers r
    WHERE r.metadata ? 'events_endpoint' AND r.disabled_at IS NULL AND EXISTS (
      SELECT FROM consents c JOIN scopes s ON s.name = ANY (c.scopes)
      WHERE c.account_id = ${account} AND s.resource = r.resource
        AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= ${new Date(at)}))`.execute(db);
  return rows.map(({ resource }) => resource);
}

async function push(
  { deps, provider, registry }: Scope,
  server: ResourceServer,
  { seq, at, account }: Told,
  { type, claims }: SecurityEvent,
): Promise<void> {
  const { clientId, eventsEndpoint = '' } = server;
  const metadata = registry.clientMetadata(clientId);
  if (!metadata) return;
  const iss = deps.config.issuer;
  const token = await signToken(provider, 'secevent+jwt', {
    iss,
    iat: Math.floor(deps.clock().getTime() / 1000),
    // The same at every try, so that a service which took it once knows it again.
    jti: createHash('sha256').update(`${seq} ${clientId}`).digest('base64url'),
    // Not what access tokens are meant for: one must not be taken for the other (RFC 8417 §4.5).
    aud: clientId,
    sub_id: { format: 'iss_sub', iss, sub: subjectFor(deps.keyring, metadata, account) },
    toe: Math.floor(at / 1000),
    events: { [type]: claims },
  });
  const response = await fetchRequest(provider, eventsEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json' },
    body: token,
  });
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const reason = response.status === 400 ? await readError(response) : undefined;
  if (!reason || !FINAL.includes(reason)) throw new Error(`a service answered ${response.status}`);
  deps.log.warn({ service: clientId, reason }, 'a service refused a security event');
}

/** The code of RFC 8935 §2.3, if there is one in the first bytes of the answer. */
async function readError(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > 4096) return undefined;
  }
  try {
    return String((JSON.parse(Buffer.concat(parts).toString()) as { err?: unknown }).err);
  } catch {
    return undefined;
  }
}
