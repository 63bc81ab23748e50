/**
 * `phone` is offered only while there is a number that may be believed: without one the scope is left out of the
 * request (RFC 6749 §3.3), so that nobody is asked to allow what cannot be given. Asked again when there is one.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { findPhone } from '../account/phones.ts';
import type { Deps } from '../deps.ts';

export async function leaveOutMissingPhone(
  { db, keyring }: Pick<Deps, 'db' | 'keyring'>,
  { oidc }: KoaContextWithOIDC,
): Promise<void> {
  const { params, account } = oidc;
  const scopes = (params?.scope as string | undefined)?.split(' ') ?? [];
  if (!params || !account || !scopes.includes('phone')) return;
  if (await findPhone(db, keyring, account.accountId)) return;
  params.scope = scopes.filter((name) => name !== 'phone').join(' ');
}
