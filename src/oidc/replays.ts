/**
 * What may be used once, or once in a while, by all nodes together: one conditional insert, so that of two that bring
 * the same thing in the same instant one wins. The library asks first and writes then, and both would win.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';

type Own = Pick<Deps, 'db' | 'clock' | 'keyring'>;

/**
 * Proofs may be dated ahead as far as back (the library allows 5 minutes either way), so they stay good twice as long as
 * it remembers them.
 */
const DATED_AHEAD_S = 5 * 60;

/** Takes a name until a time, in seconds since 1970. False when it is taken. */
export async function takeOnce(deps: Own, model: string, name: string, until: number): Promise<boolean> {
  const { db, clock, keyring } = deps;
  const idHash = createHash('sha256').update(name).digest();
  const context = `${model}/${idHash.toString('base64')}`;
  const row = {
    payload: keyring.seal('artefact', context, '{}'),
    expires_at: new Date(until * 1000),
  };
  const taken = await db
    .insertInto('oidc_artefacts')
    .values({ model, id_hash: idHash, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['id_hash', 'model'])
        .doUpdateSet(row)
        .where('oidc_artefacts.expires_at', '<=', clock()),
    )
    .returning(sql<number>`1`.as('one'))
    .executeTakeFirst();
  return taken !== undefined;
}

/** Client assertions (RFC 7523 §3 point 7) and DPoP proofs (RFC 9449 §11.1) are good once. */
export function rememberProofs(provider: Provider, deps: Own): void {
  const model = provider.ReplayDetection as unknown as {
    unique: (issuer: string, id: string, until: number) => Promise<boolean>;
  };
  model.unique = (issuer, id, until) =>
    takeOnce(deps, 'ReplayDetection', JSON.stringify([issuer, id]), until + DATED_AHEAD_S);
}
