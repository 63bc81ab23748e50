/** openid-client as somebody else's app uses it, from discovery to signing out, with nothing known but the issuer. */
import { generateKeyPair, importJWK } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plansFor } from '../../scripts/conformance-plans.ts';
import type { Product } from '../support/product.ts';
import { CALLBACK, LOGGED_OUT, ScriptedBrowser, startForSuite } from './suite.ts';

let product: Product;
beforeAll(async () => {
  product = await startForSuite();
});
afterAll(() => product?.close());

it('discovery, PAR, DPoP, refresh, introspection, revocation, sign-out', async () => {
  const { client_id, jwks } = plansFor(product.issuer).fapi2_security?.client ?? {};
  const [jwk] = jwks?.keys ?? [];
  const key = (await importJWK(jwk ?? {}, 'ES256')) as CryptoKey;
  const config = await client.discovery(
    new URL(product.issuer),
    String(client_id),
    { id_token_signed_response_alg: 'ES256' },
    client.PrivateKeyJwt({ key, kid: String(jwk?.kid) }),
    { execute: [client.allowInsecureRequests] },
  );
  const DPoP = client.getDPoPHandle(config, await generateKeyPair('ES256'));
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: CALLBACK,
      scope: 'openid profile offline_access',
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    },
    { DPoP },
  );
  const browser = new ScriptedBrowser('fapi2_security', product.issuer);
  await browser.visit(url.href);
  const answer = new URL(browser.visitor.page.url);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, answer, checks, undefined, { DPoP });
  const { sub } = tokens.claims() ?? { sub: '' };
  expect(await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).toMatchObject({ sub });

  const refreshToken = tokens.refresh_token ?? '';
  const again = await client.refreshTokenGrant(config, refreshToken, undefined, { DPoP });
  expect(again.claims()?.sub).toBe(sub);
  expect(await client.tokenIntrospection(config, again.access_token)).toMatchObject({ active: true, sub });

  // RFC 7009 §2.1: with the refresh token go the access tokens that came of it.
  await client.tokenRevocation(config, refreshToken);
  for (const token of [again.access_token, tokens.access_token, refreshToken])
    expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
  await expect(client.refreshTokenGrant(config, refreshToken, undefined, { DPoP })).rejects.toMatchObject({
    error: 'invalid_grant',
  });

  const out = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: LOGGED_OUT,
    state: expectedState,
  });
  expect(await browser.visit(out.href)).toMatchObject({ state: expectedState });
});
