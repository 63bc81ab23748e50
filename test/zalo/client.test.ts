/** Zalo to the letter of its documents, where no server is needed: the published vectors. */
import { describe, expect, it } from 'vitest';
import { appSecretProof, authorizationUrl, challengeOf } from '../../src/zalo/client.ts';

const zalo = {
  appId: '3141592653589793238',
  appSecret: 'appSecretKey',
  oauthUrl: 'https://oauth.zaloapp.com',
  graphUrl: 'https://graph.zalo.me',
};

describe('vectors', () => {
  it('RFC 7636 appendix B', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
  it('appsecret_proof', () => {
    expect(appSecretProof('appSecretKey', 'accessToken')).toBe(
      '0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f',
    );
  });
});

describe('the authorization address', () => {
  it('has exactly the four parameters Zalo knows, the id as text', () => {
    const url = new URL(
      authorizationUrl(zalo, {
        redirectUri: 'https://id.example/zalo/callback',
        verifier: 'v'.repeat(43),
        state: 's',
      }),
    );
    expect(url.origin + url.pathname).toBe('https://oauth.zaloapp.com/v4/permission');
    expect([...url.searchParams.keys()].sort()).toEqual([
      'app_id',
      'code_challenge',
      'redirect_uri',
      'state',
    ]);
    expect(url.searchParams.get('app_id')).toBe('3141592653589793238');
  });
});
