/**
 * Rotation of refresh tokens (RFC 9700 §4.14.2): each is good once, and one that comes a second time ends the whole grant.
 *
 * An honest client may send one twice: the answer was lost on the way, or two tabs woke up together. For ten seconds the
 * same token brings the same successor again, because the successor is made from it: nothing is forked. Whoever holds a
 * stolen copy gets no chain of their own that way, and the first use of the successor by both is found out, as ever.
 */
import { createHash, createHmac } from 'node:crypto';
import { sql } from 'kysely';
import Provider from 'oidc-provider';
import type { Deps } from '../deps.ts';
import type { Keyring } from '../keyring.ts';

const GRACE_MS = 10_000;

type Model = { jti: string; generateTokenId: () => string };
type Rotating = { oidc?: { route?: string; entities?: { RotatedRefreshToken?: { jti: string } } } };

/** Gives a rotated token's successor its name. */
export function nameSuccessors(provider: Provider, keyring: Keyring): void {
  const model = provider.RefreshToken.prototype as unknown as Model;
  const { generateTokenId } = model;
  model.generateTokenId = function name(this: Model) {
    const rotated = requestContext()?.oidc?.entities?.RotatedRefreshToken;
    return rotated ? successorOf(keyring, rotated.jti) : generateTokenId.call(this);
  };
}

/** Whether a token that was taken at this time may still be brought to the token endpoint again. */
export function isInGrace(consumedAt: Date, now: Date): boolean {
  return requestContext()?.oidc?.route === 'token' && now.getTime() - consumedAt.getTime() < GRACE_MS;
}

/** Whether this refresh token was taken a moment ago and its successor has not been used: an honest second send. */
export async function isSentTwice(
  { db, clock, keyring }: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  token: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('oidc_artefacts as token')
    .leftJoin('oidc_artefacts as next', (join) =>
      join
        .on('next.id_hash', '=', hash(successorOf(keyring, token)))
        .on('next.model', '=', 'RefreshToken')
        .on('next.consumed_at', 'is not', null),
    )
    .select(sql<number>`1`.as('one'))
    .where('token.id_hash', '=', hash(token))
    .where('token.model', '=', 'RefreshToken')
    .where('token.consumed_at', '>', new Date(clock().getTime() - GRACE_MS))
    .where('next.id_hash', 'is', null)
    .executeTakeFirst();
  return found !== undefined;
}

/** As long and as random as the library's own; under the oldest master key, so that every node names it alike. */
function successorOf(keyring: Keyring, token: string): string {
  const key = keyring.secrets('refresh-token').at(-1) as Buffer;
  return createHmac('sha256', key).update(token).digest('base64url');
}

function requestContext(): Rotating | undefined {
  return (Provider as unknown as { ctx?: Rotating }).ctx;
}

function hash(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
