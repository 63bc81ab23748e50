/** The operator's command about the province's Zalo OA: the first refresh token, or a new one when the kept one is lost. */
import { performAct } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { keepFirstToken } from '../notify/oa-token.ts';

/** Takes the token as it was typed or piped; false when it is none. */
export async function setOaToken(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  typed: string,
): Promise<boolean> {
  const token = typed.trim();
  if (!/^[\x21-\x7e]{20,4096}$/.test(token)) return false;
  await performAct(deps, async (act) => {
    await keepFirstToken(act, deps.keyring, token);
    act.record({ event: 'zalo_oa.token_set', actor: 'operator' });
  });
  return true;
}
