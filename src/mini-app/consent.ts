/**
 * Consent in a Mini App. There is no page of ours: the citizen allows name and number in Zalo's own questions, and the
 * rest in the app, which asks for the scopes that were allowed and for nothing more. That is noted as any consent is,
 * with the text by which the app asked, shown on the account page and withdrawable there.
 *
 * What was withdrawn is not taken up again by an app that merely starts: it must ask, and say by which text (`consent`).
 * What was refused on our own page stays refused until then, too. Level2 is never allowed here (token-exchange).
 */
import { randomUUID } from 'node:crypto';
import { errors } from 'oidc-provider';
import type { Act } from '../audit/audit.ts';
import type { Exchange } from '../oidc/token-exchange.ts';

/** Of an app that names no text: what was allowed was allowed in Zalo's questions. */
const IN_ZALO = 'mini-app/zalo';

/** Notes what is not yet allowed; says what stays refused. */
export async function noteConsent(
  { trx, now, record }: Act,
  { accountId, exchange, names }: { accountId: string; exchange: Exchange; names: string[] },
): Promise<string[]> {
  const { clientId, consent: text } = exchange;
  if (text !== undefined && !/^[\w.-]{1,60}$/.test(text))
    throw new errors.InvalidRequest('consent names the version of a text');
  const before = await trx
    .selectFrom('consents')
    .select(['scopes', 'claims', 'refused', 'text_version', 'withdrawn_at'])
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .orderBy('granted_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (before?.withdrawn_at && text === undefined)
    throw new errors.ConsentRequired(
      'the citizen withdrew what this app was allowed: ask, and send `consent`',
    );
  const inForce = before && !before.withdrawn_at ? before : undefined;
  const refused = text === undefined ? (inForce?.refused ?? []) : [];
  const allowed = names.filter((name) => !refused.includes(name));
  const version = text === undefined ? IN_ZALO : `mini-app/${text}`;
  const sameText = text === undefined || inForce?.text_version === version;
  if (sameText && inForce && allowed.every((name) => inForce.scopes.includes(name))) return refused;
  const scopes = [...new Set([...(inForce?.scopes ?? []), ...allowed])];
  const claims = inForce?.claims ?? [];
  const consent = randomUUID();
  await trx
    .insertInto('consents')
    .values({
      id: consent,
      account_id: accountId,
      client_id: clientId,
      scopes,
      claims,
      refused: (inForce?.refused ?? []).filter((name) => !scopes.includes(name)),
      text_version: version,
      language: 'vi',
      granted_at: now,
    })
    .execute();
  record({ event: 'consent.granted', account: accountId, client: clientId, scopes, claims, consent });
  return refused;
}
