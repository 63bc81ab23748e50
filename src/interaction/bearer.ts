/**
 * The citizen behind an access token that is shown to us (RFC 6750 §2.1: in the header only), for the interfaces that
 * apps call. A token that is bound to a key counts only with a proof by that key (RFC 9449 §7.1).
 */
import type { AccessToken, Client, Provider } from 'oidc-provider';
import { findAccount } from '../account/accounts.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { ProofChecker } from '../guard/dpop.ts';
import type { Context } from '../http/state.ts';
import { takeOnce } from '../oidc/replays.ts';

export type Bearer = { accountId: string; client: Client; token: AccessToken };

/** Throws `unauthorized` whatever is wrong: the token, its grant, its session, the client, the account. */
export async function readBearer(
  deps: Pick<Deps, 'db' | 'clock' | 'config' | 'keyring'>,
  provider: Provider,
  ctx: Context,
  /** What the client's registration must say. */
  member: string,
): Promise<Bearer> {
  const { db, clock, config } = deps;
  const [, scheme = '', value] =
    /^(Bearer|DPoP) ([A-Za-z0-9._~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
  const token = value ? await provider.AccessToken.find(value) : undefined;
  const grant = token ? await provider.Grant.find(token.grantId) : undefined;
  const client = token?.clientId ? await provider.Client.find(token.clientId) : undefined;
  // Only a token for this provider itself: one made for a service must not open another door (RFC 9700 §2.3).
  if (!value || !token || !grant || !client || token.aud !== undefined || client[member] !== true)
    throw new AppError('unauthorized');
  const bound = token.jkt !== undefined;
  if (bound !== (scheme.toLowerCase() === 'dpop')) throw new AppError('unauthorized');
  if (bound) {
    // Good once on all nodes together (RFC 9449 §11.1).
    const proofs = new ProofChecker((name, until) => takeOnce(deps, 'ReplayDetection', name, until));
    const request = { method: ctx.method, url: `${config.issuer}${ctx.path}`, proof: ctx.get('DPoP') };
    if (!(await proofs.accepts(request, value, String(token.jkt), clock())))
      throw new AppError('unauthorized');
  }
  if (token.expiresWithSession) {
    const session = await provider.Session.findByUid(String(token.sessionUid));
    if (session?.accountId !== token.accountId) throw new AppError('unauthorized');
  }
  const account = await findAccount(db, token.accountId, clock());
  if (account?.status !== 'active') throw new AppError('unauthorized');
  return { accountId: token.accountId, client, token };
}
