/** A Mini App whose tokens are bound to a key of the phone (RFC 9449): what they are worth without it. */
import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agree, proveWithVneid } from '../support/citizen.ts';
import {
  type Answer,
  askForStep,
  exchange,
  openInWebview,
  openZalo,
  readTokens,
  redeemStep,
} from '../support/mini-app.ts';
import { type Product, startProduct } from '../support/product.ts';

type Key = { privateKey: CryptoKey; jwk: JWK };

let product: Product;
let key: Key;
let other: Key;

beforeAll(async () => {
  // Two nodes in turn: what was used on one is used on the other.
  product = await startProduct({ nodes: 2 });
  [key, other] = [await makeKey(), await makeKey()];
});
afterAll(() => product?.close());

async function makeKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

function prove({ privateKey, jwk }: Key, path: string, more: Record<string, string> = {}): Promise<string> {
  return new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${product.issuer}${path}`, ...more })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(privateKey);
}

const athOf = (token: string) => ({ ath: createHash('sha256').update(token).digest('base64url') });

/** Asks the token endpoint; it wants a number of its own in the proof, and says which (§8). */
async function bound(by: Key, send: (headers: Record<string, string>) => Promise<Answer>): Promise<Answer> {
  const first = await send({ dpop: await prove(by, '/token') });
  if (first.body.error !== 'use_dpop_nonce') return first;
  return send({ dpop: await prove(by, '/token', { nonce: first.headers.get('dpop-nonce') ?? '' }) });
}

it('is signed in, steps out and comes back with its key, and not without it', async () => {
  const zalo = await openZalo(product, 'an');
  const answer = await bound(key, (headers) => exchange(product, zalo, {}, headers));
  expect(answer.body).toMatchObject({ token_type: 'DPoP' });
  const { accessToken, claims } = readTokens(answer);

  const ask = async (headers: Record<string, string>) =>
    askForStep(product, accessToken, { page: 'step_up' }, headers);
  const scheme = { authorization: `DPoP ${accessToken}` };
  const path = '/mini-app/steps';
  for (const headers of [
    {},
    scheme,
    { ...scheme, dpop: await prove(other, path, athOf(accessToken)) },
    { ...scheme, dpop: await prove(key, path) },
    { ...scheme, dpop: await prove(key, '/token', athOf(accessToken)) },
  ]) {
    expect(await ask(headers)).toMatchObject({ status: 401 });
  }
  const proof = await prove(key, path, athOf(accessToken));
  const begun = await ask({ ...scheme, dpop: proof });
  expect(begun.status).toBe(201);
  expect(await ask({ ...scheme, dpop: proof })).toMatchObject({ status: 401 });

  const step = { id: String(begun.body.id), url: String(begun.body.url) };
  const webview = await openInWebview(step);
  await proveWithVneid(webview, 'an');
  await agree(webview);
  // Whoever took the id from the phone has not the key.
  const redeem = (headers: Record<string, string>) => redeemStep(product, step, {}, headers);
  for (const answer of [await redeem({}), await bound(other, redeem)])
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  const level2 = await bound(key, redeem);
  expect(level2.body).toMatchObject({ token_type: 'DPoP' });
  expect(readTokens(level2).claims).toMatchObject({ sub: claims.sub, acr: 'level2' });
});
