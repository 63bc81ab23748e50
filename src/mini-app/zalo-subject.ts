/**
 * Who a Zalo access token stands for, when a Mini App exchanges it (facts: zalo.md A3): the same account as at the web
 * sign-in of that Zalo id, level1. Nothing the app says of the person counts, only what Graph answers.
 *
 * Each token is taken once. It is claimed before Zalo is asked, so that of two at once one is refused, and given back
 * when nothing came of it: Zalo's SDK gives the app the same token for an hour.
 */
import { createHash } from 'node:crypto';
import { errors } from 'oidc-provider';
import { findAccount } from '../account/accounts.ts';
import { recogniseOrCreate } from '../account/identities.ts';
import { doubtPhone, findPhone, toE164, vouchPhone } from '../account/phones.ts';
import { type Act, performAct, recordEvent } from '../audit/audit.ts';
import type { ZaloConfig } from '../config-upstreams.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { Exchange, Subject } from '../oidc/token-exchange.ts';
import { isRenamed } from '../verification/same-person.ts';
import {
  describeFailure,
  fetchPhone,
  fetchProfile,
  type ZaloProfile,
  type ZaloResult,
} from '../zalo/client.ts';
import { noteConsent } from './consent.ts';

export const ZALO_ACCESS_TOKEN = 'urn:tayninh:params:oauth:token-type:zalo-access-token';

/** Longer than the longest-lived access token Zalo speaks of (25 hours); those of people last one. */
const REMEMBERED_MS = 26 * 3600 * 1000;

type Scope = { deps: Deps; limits: RateLimits };
type Vouched = { profile: ZaloProfile; phone: string | undefined };

/** A refusal that the Mini App is told, and why it is one, for the audit. */
class Refusal extends Error {
  readonly reason: string;
  constructor(reason: string, answer: Error) {
    super(reason, { cause: answer });
    this.reason = reason;
  }
}

export function readZaloSubject(scope: Scope): (exchange: Exchange) => Promise<Subject> {
  const { deps } = scope;
  return async (exchange) => {
    if (exchange.needs === 'level2')
      throw new errors.UnmetAuthenticationRequirements('this needs level2: step out (POST /mini-app/steps)');
    try {
      return await exchangeOnce(scope, exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { reason } = error;
      await recordEvent(deps, { event: 'sign_in.refused', account: null, method: 'zalo', reason });
      throw error.cause;
    }
  };
}

async function exchangeOnce({ deps, limits }: Scope, exchange: Exchange): Promise<Subject> {
  const hash = createHash('sha256').update(exchange.token).digest();
  if (!(await claim(deps, hash)))
    throw new Refusal('zalo_token_used', new errors.InvalidRequest('this Zalo access token was used'));
  let entered: Entered;
  try {
    const vouched = await askZalo(deps, exchange);
    await takeTurn(limits, exchange, vouched.profile);
    entered = await performAct(deps, (act) => enter(act, deps, exchange, vouched));
  } catch (error) {
    await deps.db.deleteFrom('zalo_tokens_seen').where('token_hash', '=', hash).execute();
    throw error;
  }
  const { accountId, status, scopes, services } = entered;
  if (status !== 'active') throw new errors.InvalidRequest(`the account is ${status}`);
  return {
    accountId,
    acr: 'level1',
    amr: ['zalo'],
    authTime: Math.floor(deps.clock().getTime() / 1000),
    scopes,
    services,
    resource: exchange.resource,
  };
}

/** The limit of all sign-ins of this Zalo account, in the words of this endpoint. */
async function takeTurn(limits: RateLimits, { ctx }: Exchange, { id }: ZaloProfile): Promise<void> {
  try {
    await limits.takeSignIn(ctx, `zalo:${id}`);
  } catch (error) {
    throw error instanceof AppError ? unavailable('too many sign-ins of this account', error.status) : error;
  }
}

async function claim({ db, clock }: Deps, hash: Buffer): Promise<boolean> {
  const row = await db
    .insertInto('zalo_tokens_seen')
    .values({ token_hash: hash, expires_at: new Date(clock().getTime() + REMEMBERED_MS) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('token_hash')
    .executeTakeFirst();
  return row !== undefined;
}

async function askZalo(deps: Deps, exchange: Exchange): Promise<Vouched> {
  const { zalo } = deps.config;
  if (!zalo) throw unavailable('sign-in through Zalo is off');
  const http = { fetch: deps.fetch, zalo };
  const profile = take(deps, exchange, await fetchProfile(http, exchange.token), 'zalo_refused');
  const phone = exchange.phoneToken && (await askPhone(deps, exchange, zalo, exchange.phoneToken));
  return { profile, phone: phone || undefined };
}

async function askPhone(
  deps: Deps,
  exchange: Exchange,
  zalo: ZaloConfig,
  phoneToken: string,
): Promise<string> {
  const refused = new errors.InvalidRequest(
    'zalo_phone_token is not taken: used, too old, or of another person',
  );
  // A header line it becomes: nothing else may be in it.
  if (!/^[\x21-\x7e]{1,4096}$/.test(phoneToken)) throw new Refusal('zalo_phone_refused', refused);
  const answer = await fetchPhone({ fetch: deps.fetch, zalo }, { accessToken: exchange.token, phoneToken });
  const number = await toE164(take(deps, exchange, answer, 'zalo_phone_refused', refused));
  if (number) return number;
  deps.log.error(
    { request: exchange.requestId, upstream: 'zalo' },
    'Zalo vouched for a number that cannot be',
  );
  throw new Refusal('zalo_phone_refused', refused);
}

/** What Zalo answered, or what the Mini App is told in its place. */
function take<T>(
  { log }: Deps,
  { requestId }: Exchange,
  answer: ZaloResult<T>,
  reason: string,
  refused: Error = new errors.InvalidRequest('Zalo does not know this access token, or it is not of our app'),
): T {
  if (answer.ok) return answer.value;
  const { code } = answer;
  if (answer.reason === 'refused') {
    log.info({ request: requestId, upstream: 'zalo', code }, 'Zalo refused a token of a Mini App');
    throw new Refusal(reason, refused);
  }
  log.error({ request: requestId, upstream: 'zalo', code }, describeFailure(code));
  throw new Refusal('zalo_unavailable', unavailable('Zalo cannot be asked now'));
}

type Entered = { accountId: string; status: string; scopes: string[]; services: string[] };

/** Finds or makes the account, notes number, consent and sign-in: one transaction. */
async function enter(act: Act, deps: Deps, exchange: Exchange, vouched: Vouched): Promise<Entered> {
  const { keyring } = deps;
  const { clientId: client, scopes, services } = exchange;
  const { id, name, picture } = vouched.profile;
  const profile = { subject: id, ...(name ? { name } : {}), ...(picture ? { picture } : {}) };
  const { accountId, nameBefore } = await recogniseOrCreate(act, keyring, 'zalo', profile);
  const status = (await findAccount(act.trx, accountId, act.now))?.status ?? 'closed';
  if (status !== 'active') {
    const reason = `account_${status}`;
    act.record({ event: 'sign_in.refused', account: accountId, method: 'zalo', reason });
    return { accountId, status, scopes: [], services: [] };
  }
  if (isRenamed(nameBefore, name)) await doubtPhone(act, accountId, 'name_changed');
  if (vouched.phone) await vouchPhone(act, keyring, accountId, vouched.phone);
  // Offered only when there is a number that may be believed, as everywhere (oidc/phone-scope).
  const hasPhone = (await findPhone(act.trx, keyring, accountId)) !== undefined;
  const offered = scopes.filter((scope) => scope !== 'phone' || hasPhone);
  const refused = await noteConsent(act, { accountId, exchange, names: [...offered, ...services] });
  const allowed = (scope: string) => !refused.includes(scope);
  act.record({ event: 'sign_in.succeeded', account: accountId, client, method: 'zalo', level: 'level1' });
  return { accountId, status, scopes: offered.filter(allowed), services: services.filter(allowed) };
}

function unavailable(description: string, status = 503): Error {
  return Object.assign(new errors.TemporarilyUnavailable(description), { status, statusCode: status });
}
