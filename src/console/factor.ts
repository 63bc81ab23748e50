/** How the console asks for a second factor: a code typed in, or a passkey where the browser has script. */

import { createHash } from 'node:crypto';
import type { FactorFormProps } from '../../views/console-parts.ts';
import { messagesFor } from '../../views/messages.ts';
import { ownOrigin } from '../http/host.ts';
import { consolePasskeyHref } from '../http/page.ts';
import { type Place, worksHere } from '../http/passkey-place.ts';
import { allowScript } from '../http/security-headers.ts';
import type { Context } from '../http/state.ts';
import { listCredentials } from '../officer/credentials.ts';
import { offerAuthentication } from '../officer/passkeys.ts';
import type { Officer } from '../officer/roles.ts';
import type { FactorProof, Refusal } from '../officer/sign-in.ts';
import type { Fields, Scope } from './rights.ts';

/** Where a passkey is asked for: a question belongs to one session or one link. Undefined: no passkeys at this address. */
export function placeFor({ deps }: Scope, ctx: Context, bound: Buffer | string): Place | undefined {
  if (!worksHere(deps, ctx)) return undefined;
  const origin = ownOrigin(ctx, deps.config);
  const hash = createHash('sha256').update('console/').update(bound).digest();
  return { host: new URL(origin).hostname, origin, bound: hash };
}

/** What the page needs to ask this officer. */
export async function askFactor(
  scope: Scope,
  ctx: Context,
  { officer, idHash }: { officer: Officer; idHash: Buffer },
): Promise<FactorFormProps> {
  const { deps } = scope;
  const kinds = (await listCredentials(deps.db, officer.id)).map(({ kind }) => kind);
  const place = placeFor(scope, ctx, idHash);
  const passkey = place && (await offerAuthentication(deps, place, officer.id));
  if (passkey) allowScript(ctx, deps.config);
  return {
    code: kinds.includes('totp'),
    ...(passkey ? { passkey: { options: JSON.stringify(passkey), scriptHref: consolePasskeyHref } } : {}),
  };
}

/** What a form brought as a proof; undefined when it brought none. */
export function proofOf({ code, passkey }: Fields): FactorProof | undefined {
  if (typeof passkey === 'string' && passkey !== '') return { passkey };
  return typeof code === 'string' && code !== '' ? { code } : undefined;
}

export function sayRefusal(ctx: Context, { outcome, until }: Refusal, now: Date): string {
  const { refusals } = messagesFor(ctx.state.lang).console.signIn;
  if (!until) return refusals[outcome === 'used' ? 'used' : 'wrongFactor'];
  return refusals.locked(Math.ceil((until.getTime() - now.getTime()) / 60_000));
}
