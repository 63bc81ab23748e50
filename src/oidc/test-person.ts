/**
 * The test person: an account of nobody, made for the integrator's test. It has no identity at any upstream, so nobody can
 * ever sign in as it; its verification is under a personal number that cannot exist, so it is nobody's duplicate. Its
 * tokens are real ones: a service cannot tell them from a citizen's, and introspection answers for them as for any other.
 * They live two minutes at most and end with the test.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import fetchRequest from 'oidc-provider/lib/helpers/fetch_request.js';
import { type Act, performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Level } from '../guard/levels.ts';
import type { ResourceServer } from '../registry/registry.ts';
import { hashNumber } from '../verification/verifications.ts';
import { tokenFormatOf } from './jwt-tokens.ts';
import { revokeGrant } from './sessions.ts';

const LIFETIME = 120; // s
/** No province and no country has the code 000. */
const NO_NUMBER = '000000000000';

/** What a token of the test person says of its sign-in; the provider asks for it when the token is saved. */
const signIns = new WeakMap<object, Record<string, unknown>>();

export function signInOfTest(token: object): Record<string, unknown> | undefined {
  return signIns.get(token);
}

type Scope = { deps: Deps; provider: Provider };
export type TestAsk = { clientId: string; server: ResourceServer; scopes: string[]; level: Level };

/** A token for a service, as this client would have it for the test person; and how it ends. */
export async function issueTestToken(
  { deps, provider }: Scope,
  { clientId, server, scopes, level }: TestAsk,
): Promise<{ token: string; end: (act: Act) => Promise<void> } | undefined> {
  const client = await provider.Client.find(clientId);
  if (!client) return undefined;
  const accountId = await performAct(deps, (act) => ensureTestAccount(act, deps));
  const { resource } = server;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addResourceScope(resource, scopes);
  const grantId = await grant.save();
  const token = new provider.AccessToken({
    accountId,
    client,
    grantId,
    gty: 'authorization_code',
    scope: scopes.join(' '),
    expiresIn: LIFETIME,
  } as never);
  // The second in which level2 was proved may not be before the one in which the verification began.
  const authTime = Math.floor(deps.clock().getTime() / 1000);
  signIns.set(token, {
    acr: level,
    amr: level === 'level2' ? ['zalo', 'pin'] : ['zalo'],
    auth_time: authTime,
  });
  const { ResourceServer: Server } = provider as unknown as {
    ResourceServer: new (identifier: string, data: object) => never;
  };
  (token as unknown as { resourceServer: unknown }).resourceServer = new Server(resource, {
    scope: scopes.join(' '),
    audience: resource,
    ...tokenFormatOf(server),
  });
  const value = await token.save();
  const hash = createHash('sha256').update(grantId).digest();
  const end = (act: Act) => revokeGrant(act, hash, { accountId, grantReason: 'tested' });
  return { token: value, end };
}

async function ensureTestAccount({ trx, now }: Act, { keyring }: Pick<Deps, 'keyring'>): Promise<string> {
  const known = await trx.selectFrom('accounts').select('id').where('test', '=', true).executeTakeFirst();
  if (known) return known.id;
  const id = randomUUID();
  const made = await trx
    .insertInto('accounts')
    .values({ id, test: true, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  // Two tests at once: the other one was faster.
  if (!made) return ensureTestAccount({ trx, now } as Act, { keyring });
  const [caseId, verification] = [randomUUID(), randomUUID()];
  // No decision has a time, so that no report counts it.
  await trx
    .insertInto('cases')
    .values({
      id: caseId,
      kind: 'verification',
      account_id: id,
      method: 'chip',
      status: 'approved',
      opened_at: now,
    })
    .execute();
  const person = { personalNumber: NO_NUMBER, fullName: 'NGƯỜI THỬ' };
  await trx
    .insertInto('verifications')
    .values({
      id: verification,
      account_id: id,
      case_id: caseId,
      method: 'chip',
      status: 'active',
      number_hash: hashNumber(keyring, NO_NUMBER),
      person_sealed: keyring.seal('person', verification, JSON.stringify(person)),
      verified_at: now,
    })
    .execute();
  return id;
}

export type ServiceAnswer = { status: number; challenge: string | undefined };

/**
 * Calls a service as an app would. The address was registered by somebody outside, so the call goes the way of the
 * back-channel logout: what a name leads to is looked at, private addresses are dropped, and no redirect is followed.
 */
export async function callWithToken(
  provider: Provider,
  url: string,
  token: string,
): Promise<ServiceAnswer | undefined> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await fetchRequest(provider, new URL(url).href, { headers, redirect: 'manual' });
    await response.body?.cancel();
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate')?.slice(0, 500) ?? undefined,
    };
  } catch {
    return undefined;
  }
}
