/** Zalo's Graph: who a token stands for, the phone number behind a phone token, and a mint of Mini App tokens for tests. */
import { createHmac } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { readForm, readQuery } from './page.ts';
import { findPerson, type Person } from './people.ts';
import { bendReply, findFault, graphError, type Reply } from './zalo-faults.ts';
import { issueTokens, lifetime, type ZaloState } from './zalo-state.ts';

export function addGraphRoutes(deps: Deps, state: ZaloState, router: Router): void {
  router.get('/v2.0/me', (ctx) => sendReply(ctx, answerMe(deps, state, ctx)));
  router.get('/v2.0/me/info', (ctx) => sendReply(ctx, answerPhone(deps, state, ctx)));
  router.post('/miniapp/tokens', (ctx) => mintTokens(deps, state, ctx));
  router.get('/avatar.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#0068ff"/></svg>';
  });
}

/** Lowercase hex HMAC-SHA-256 of the token under the app secret: only the app that owns the token can make it. */
export function computeAppsecretProof(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** The token comes in a header called `access_token`; an Authorization header is not looked at. */
function answerMe({ config }: Deps, state: ZaloState, ctx: Context): Reply {
  const accessToken = ctx.get('access_token');
  const login = state.accessTokens.get(accessToken);
  if (!login) return { body: graphError(452, 'Session key invalid') };
  if (ctx.get('appsecret_proof') !== computeAppsecretProof(accessToken, config.zalo?.appSecret ?? '')) {
    return { body: graphError(-242, 'Invalid appsecret_proof') };
  }
  const fields = new Set((readQuery(ctx, 'fields') ?? 'id').split(','));
  const avatar = `${config.sandboxUrl}/zalo/avatar.svg`;
  return bendReply(login.fault, 'me', {
    error: 0,
    message: 'Success',
    ...describe(login.person, fields, avatar),
  });
}

function describe(person: Person, fields: Set<string>, avatar: string): Record<string, unknown> {
  const [year, month, day] = person.birthDate.split('-');
  const all = {
    id: person.zaloId,
    name: person.zaloName,
    picture: { data: { url: avatar } },
    birthday: `${day}/${month}/${year}`,
  };
  const asked = Object.entries(all).filter(([name]) => fields.has(name));
  return { ...Object.fromEntries(asked), is_sensitive: person.sensitive };
}

/**
 * The phone number, once for each phone token. The real error numbers of this call are not known; these are the general
 * ones for a bad session and a bad parameter.
 */
function answerPhone({ config }: Deps, state: ZaloState, ctx: Context): Reply {
  const accessToken = ctx.get('access_token');
  if (!state.accessTokens.get(accessToken)) return { body: graphError(452, 'Session key invalid') };
  if (ctx.get('secret_key') !== config.zalo?.appSecret)
    return { body: graphError(100, 'Invalid secret key') };
  const found = state.phoneTokens.take(ctx.get('code'));
  // A phone token of somebody else's session is spent all the same: trying it costs it.
  if (found?.accessToken !== accessToken) return { body: graphError(100, 'Invalid code') };
  return { body: { data: { number: found.phone }, error: 0, message: 'Success' } };
}

/** Only the sandbox has this: what getAccessToken() and getPhoneNumber() give inside a Mini App. */
async function mintTokens(deps: Deps, state: ZaloState, ctx: Context): Promise<void> {
  const form = await readForm(ctx);
  const person = findPerson(form.get('person'));
  if (!person) {
    ctx.status = 400;
    ctx.body = { error: 'unknown person' };
    return;
  }
  // As after a number was recycled: the account, and with it the id, is the same; the name is the new holder's.
  const zaloName = form.get('zalo_name')?.trim() || person.zaloName;
  const tokens = issueTokens(deps, state, {
    person: { ...person, zaloName },
    fault: findFault(form.get('fault')),
  });
  const phone = form.get('phone') === 'no' ? undefined : person.phone;
  const phoneToken = phone && deps.random(32).toString('base64url');
  if (phone && phoneToken) {
    const value = { accessToken: tokens.access_token, phone };
    state.phoneTokens.set(phoneToken, value, lifetime.phoneToken);
  }
  // -201: the person refused (facts A3). phone_token is then null.
  ctx.body = {
    access_token: tokens.access_token,
    expires_in: tokens.expires_in,
    phone_token: phoneToken ?? null,
    phone_error: phoneToken ? 0 : -201,
  };
}

export async function sendReply(ctx: Context, reply: Reply): Promise<void> {
  if (reply.delay) {
    const gone = new AbortController();
    ctx.req.socket.once('close', () => gone.abort());
    // Nobody waits for an answer whose asker has left.
    await setTimeout(reply.delay, undefined, { ref: false, signal: gone.signal }).catch(() => {});
  }
  ctx.status = reply.status ?? 200;
  if (reply.location) ctx.set('Location', reply.location);
  ctx.type = reply.type ?? 'application/json';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
}
