/**
 * Calls to addresses that clients registered: keys, sector files, back-channel logout. A registration must not make us
 * call into our own network (RFC 9700 names no section for it; OpenID Connect Core §17.4 does: server-side request
 * forgery). The library's dispatcher looks at the address a connection really has, after the name was resolved, and
 * drops private and loopback ones before a byte is sent; a name that resolves anew between check and call changes
 * nothing. Without it no call is made in production. The sandbox lives on just those addresses. No redirect is followed.
 */
import type { Deps } from '../deps.ts';

const TIMEOUT_MS = 5_000;

export function callService(
  { config, fetch }: Pick<Deps, 'config' | 'fetch'>,
  url: string | URL,
  options: RequestInit,
): Promise<Response> {
  const call: RequestInit = { ...options, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (config.environment === 'sandbox') delete call.dispatcher;
  else if (!call.dispatcher) throw new Error('outgoing calls are not guarded: the runtime has no dispatcher');
  return fetch(url, call);
}
