/**
 * The integrator's test: does a service refuse level1 where it must, and take level2? Real tokens of the test person, real
 * calls to the address that the service registered for it (`test_uri`), and what it answered, judged by RFC 9470 §3.
 */
import { z } from 'zod';
import { type ConsoleTestProps, consoleTestPage } from '../../views/console-what-if.ts';
import { messagesFor } from '../../views/messages.ts';
import { performAct } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import type { Level } from '../guard/levels.ts';
import { sendPage } from '../http/page.ts';
import { callWithToken, issueTestToken, type ServiceAnswer } from '../oidc/test-person.ts';
import { listEntries } from '../registry/entries.ts';
import type { ClientEntry, ServiceEntry } from '../registry/members.ts';
import { hrefOf, readEntry } from './clients.ts';
import { consoleProps, readFields } from './pages.ts';
import { type ConsoleRoute, consoleRoute, type SignedInVisit } from './rights.ts';

type Verdict = keyof ReturnType<typeof messagesFor>['console']['clients']['integrator']['verdicts'];
type Step = { level: Level; verdict: Verdict; answer: ServiceAnswer | undefined };

export const integratorTestRoutes: ConsoleRoute[] = [
  consoleRoute('get', '/services/:id/test', { right: 'clients.manage' }, async (visit) =>
    show(visit, await readService(visit)),
  ),

  consoleRoute('post', '/services/:id/test', { right: 'clients.manage', stepUp: true }, async (visit) => {
    const { scope, officer } = visit;
    const read = await readService(visit);
    const { client: asked } = readFields(visit, z.object({ client: z.string().max(64) }));
    const client = read.clients.find(({ client_id }) => client_id === asked);
    const { test_uri: target } = read.service;
    if (!client || !target) throw new AppError('bad_request');
    const steps: Step[] = [];
    for (const level of ['level1', 'level2'] as const)
      steps.push(await ask(visit, { service: read.service, client, level, target }));
    const [one, two] = steps.map(({ verdict }) => verdict);
    await performAct(scope.deps, async ({ record }) =>
      record({
        event: 'service.tested',
        client: read.service.client_id,
        actor: officer.id,
        level1: one ?? '',
        level2: two ?? '',
      }),
    );
    show(visit, read, { steps, chosen: client.client_id });
  }),
];

type Read = { service: ServiceEntry; clients: ClientEntry[] };

/** The service, and the clients that may ask for one of its scopes with a plain token. */
async function readService(visit: SignedInVisit): Promise<Read> {
  const found = await readEntry(visit, 'services');
  if (found.kind !== 'services') throw new AppError('not_found');
  const { clients } = await listEntries(visit.scope.deps.db);
  const own = found.entry.scopes.map(({ name }) => name);
  return {
    service: found.entry,
    clients: clients.filter(
      (one) =>
        !one.disabled &&
        !one.profile &&
        one.dpop_bound_access_tokens !== true &&
        one.tls_client_certificate_bound_access_tokens !== true &&
        one.scopes.some((name) => own.includes(name)),
    ),
  };
}

async function ask(
  { scope }: SignedInVisit,
  given: { service: ServiceEntry; client: ClientEntry; level: Level; target: string },
): Promise<Step> {
  const { service, client, level, target } = given;
  const server = scope.registry.resourceServer(service.resource);
  // What an app would be given: a scope that needs level2 goes with no token below it.
  const scopes = service.scopes
    .filter(
      ({ name, level: needs }) => client.scopes.includes(name) && (level === 'level2' || needs === 'level1'),
    )
    .map(({ name }) => name);
  const issued =
    server && (await issueTestToken(scope, { clientId: client.client_id, server, scopes, level }));
  if (!issued) throw new AppError('bad_request');
  try {
    const answer = await callWithToken(scope.provider, target, issued.token);
    return { level, verdict: judge(level, answer), answer };
  } finally {
    await performAct(scope.deps, issued.end);
  }
}

function judge(level: Level, answer: ServiceAnswer | undefined): Verdict {
  if (!answer) return 'unreachable';
  const { status, challenge = '' } = answer;
  if (status >= 300 && status < 400) return 'redirected';
  if (status >= 500) return 'failed';
  const accepted = status >= 200 && status < 300;
  if (level === 'level2') return accepted ? 'accepted' : 'refused_wrongly';
  if (accepted) return 'accepted_wrongly';
  // RFC 9470 §3: 401, and the level that is needed.
  const challenged =
    status === 401 &&
    /error="insufficient_user_authentication"/.test(challenge) &&
    /acr_values="[^"]*\blevel2\b/.test(challenge);
  return challenged ? 'refused_rightly' : 'refused_without_challenge';
}

function show(
  visit: SignedInVisit,
  { service, clients }: Read,
  result: { steps: Step[]; chosen: string } = { steps: [], chosen: '' },
): void {
  const { ctx } = visit;
  const { integrator: text } = messagesFor(ctx.state.lang).console.clients;
  const href = hrefOf({ kind: 'services', entry: service });
  const props: ConsoleTestProps = {
    page: consoleProps(visit),
    name: service.name[ctx.state.lang],
    ...(service.test_uri ? { target: service.test_uri } : {}),
    clients: clients.map(({ client_id, name }) => ({
      value: client_id,
      label: name[ctx.state.lang],
      chosen: client_id === result.chosen,
    })),
    action: `${href}/test`,
    answers: result.steps.map(({ level, verdict, answer }) => ({
      step: text.steps[level],
      said: text.verdicts[verdict],
      good: verdict === 'refused_rightly' || verdict === 'accepted',
      answered: answer ? text.answered(answer.status) : text.noAnswer,
      ...(answer?.challenge ? { challenge: answer.challenge } : {}),
    })),
    backHref: href,
  };
  sendPage(ctx, consoleTestPage(props));
}
