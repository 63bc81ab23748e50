/**
 * Signs the text of a proof slip with the provider's own ES256 key: a compact JWS (RFC 7515 §7.1) of a type of its own
 * (RFC 8725 §3.11), so that nothing that takes tokens takes it for one. Whoever holds the published key set can check it
 * without us while the key is published.
 */
import { CompactSign, importJWK, type JWK } from 'jose';
import type { Db } from '../db/database.ts';
import type { Keyring } from '../keyring.ts';

export async function signSlip(db: Db, keyring: Keyring, text: object): Promise<string> {
  const { kid, jwk_sealed } = await db
    .selectFrom('signing_keys')
    .select(['kid', 'jwk_sealed'])
    .where('alg', '=', 'ES256')
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  const jwk = JSON.parse(keyring.open('signing-key', kid, jwk_sealed).toString()) as JWK;
  return new CompactSign(Buffer.from(JSON.stringify(text)))
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'tnid-slip' })
    .sign(await importJWK(jwk, 'ES256'));
}
