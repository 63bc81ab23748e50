/** The rule of levels, from outside: every case of it as a relying party and a service see it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reinstateAccount, suspendAccount } from '../../src/account/accounts.ts';
import { performAct } from '../../src/audit/audit.ts';
import { endVerification, findActiveId } from '../../src/verification/verifications.ts';
import { agree, proveWithVneid, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import {
  type Ask,
  accountIdOf,
  introspectAsService,
  REDIRECT_URI,
  RelyingParty,
} from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let party: RelyingParty;
let strict: RelyingParty;

beforeAll(async () => {
  product = await startProduct({
    prepare: async ({ db, clock }) => {
      await db
        .insertInto('clients')
        .values({
          client_id: 'strict-app',
          name: 'Ứng dụng chỉ nhận mức 2',
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: ['http://127.0.0.1/'],
          scopes: ['openid', 'profile', 'offline_access'],
          minimum_level: 'level2',
          any_loopback_redirect: true,
          sandbox: true,
          created_at: clock(),
        })
        .execute();
    },
  });
  party = await RelyingParty.register(product);
  strict = await RelyingParty.register(product, 'strict-app');
});
afterAll(() => product?.close());

/** Signs a test person in at level1, or at level2 where `vneid` is set, and redeems the code. */
async function signIn(visitor: Visitor, person: string, ask: Ask = {}, vneid = false) {
  const attempt = await party.ask(visitor, vneid ? { acrValues: 'level2', ...ask } : ask);
  if (visitor.has('form-zalo')) await signInWithZalo(visitor, person);
  if (vneid) await proveWithVneid(visitor, person);
  await agree(visitor);
  return party.redeem(visitor, attempt);
}

function errorOf(visitor: Visitor): string | null {
  return new URL(visitor.page.url).searchParams.get('error');
}

describe('a wish for level2 (acr_values)', () => {
  it('is asked, and may be declined by the citizen: the token says level1', async () => {
    const visitor = party.visitor();
    const attempt = await party.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'an');
    expect(visitor.has('form-decline')).toBe(true);
    await visitor.submit('form-decline');
    await agree(visitor);
    expect((await party.redeem(visitor, attempt)).claims()?.acr).toBe('level1');
  });

  it('is asked again at the next request: a no is not remembered', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'an');
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.has('form-decline')).toBe(true);
  });

  it('is never fulfilled silently at level1 in a session that exists', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'an');
    await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.page.url.startsWith(product.issuer)).toBe(true);
    expect(visitor.has('form-vneid')).toBe(true);
  });

  it('ends in access_denied when the citizen leaves', async () => {
    const visitor = party.visitor();
    await party.ask(visitor, { acrValues: 'level2' });
    await signInWithZalo(visitor, 'an');
    await visitor.submit('form-cancel');
    expect(errorOf(visitor)).toBe('access_denied');
  });
});

describe('a demand for level2', () => {
  const demands: [string, Ask][] = [
    ['an essential acr', { claims: { id_token: { acr: { essential: true, value: 'level2' } } } }],
    ['essential acr values', { claims: { id_token: { acr: { essential: true, values: ['level2'] } } } }],
    [
      'an essential acr beside a wish for less',
      { acrValues: 'level1', claims: { id_token: { acr: { essential: true, value: 'level2' } } } },
    ],
    ['the minimum of a scope', { scope: 'openid hoso.nop' }],
  ];
  it.each(demands)('%s cannot be declined, only given up', async (_name, ask) => {
    const visitor = party.visitor();
    await party.ask(visitor, ask);
    await signInWithZalo(visitor, 'khanh');
    expect(visitor.has('form-vneid')).toBe(true);
    expect(visitor.has('form-decline')).toBe(false);
    await visitor.submit('form-cancel');
    expect(errorOf(visitor)).toBe('unmet_authentication_requirements');
  });

  it('the minimum of the client, and the citizen who meets it gets in', async () => {
    const visitor = strict.visitor();
    await strict.ask(visitor);
    await signInWithZalo(visitor, 'my');
    expect(visitor.has('form-decline')).toBe(false);
    await visitor.submit('form-cancel');
    expect(errorOf(visitor)).toBe('unmet_authentication_requirements');

    const attempt = await strict.ask(visitor);
    await proveWithVneid(visitor, 'my');
    await agree(visitor);
    expect((await strict.redeem(visitor, attempt)).claims()?.acr).toBe('level2');
  });

  it('declining by hand is refused: the page does not offer it, the server does not take it', async () => {
    const visitor = party.visitor();
    await party.ask(visitor, { scope: 'openid hoso.nop' });
    await signInWithZalo(visitor, 'khanh');
    await visitor.open(`${visitor.page.url}/decline`, { method: 'POST' });
    expect(visitor.page.status).toBe(400);
    expect(visitor.text).toContain('interaction_mismatch');
  });
});

describe('prompt=none', () => {
  it('gives what the session holds, and an error instead of a downgrade', async () => {
    const visitor = party.visitor();
    await party.ask(visitor, { prompt: 'none' });
    expect(errorOf(visitor)).toBe('login_required');

    await signIn(visitor, 'an');
    const attempt = await party.ask(visitor, { prompt: 'none' });
    expect((await party.redeem(visitor, attempt)).claims()?.acr).toBe('level1');

    await party.ask(visitor, { prompt: 'none', acrValues: 'level2' });
    expect(errorOf(visitor)).toBe('interaction_required');
    await party.ask(visitor, {
      prompt: 'none',
      claims: { id_token: { acr: { essential: true, value: 'level2' } } },
    });
    expect(errorOf(visitor)).toBe('unmet_authentication_requirements');
    await party.ask(visitor, { prompt: 'none', scope: 'openid hoso.nop' });
    expect(errorOf(visitor)).toBe('unmet_authentication_requirements');
  });
});

describe('an unknown acr', () => {
  const unknown: Ask[] = [
    { acrValues: 'level3' },
    { acrValues: 'level1 level3' },
    { prompt: 'none', acrValues: 'level3' },
    { claims: { id_token: { acr: { essential: true, value: 'level3' } } } },
    { claims: { id_token: { acr: { values: ['level3'] } } } },
  ];
  it.each(unknown)('is refused before anybody is asked anything: %j', async (ask) => {
    const visitor = party.visitor();
    await party.ask(visitor, ask);
    expect(errorOf(visitor)).toBe('unmet_authentication_requirements');
  });
});

describe('more than was asked', () => {
  it('a client that asks level1 may be given level2', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'bay', {}, true);
    const attempt = await party.ask(visitor, { acrValues: 'level1' });
    expect((await party.redeem(visitor, attempt)).claims()?.acr).toBe('level2');
  });

  it('but an essential level1 is answered with level1', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'bay', {}, true);
    const attempt = await party.ask(visitor, {
      claims: { id_token: { acr: { essential: true, value: 'level1' } } },
    });
    expect((await party.redeem(visitor, attempt)).claims()?.acr).toBe('level1');
  });
});

describe('level2 in single sign-on', () => {
  it('holds for half an hour, then counts as level1 until a factor is used again', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'bay', {}, true);
    product.travel(29 * 60);
    const fresh = await party.ask(visitor, { acrValues: 'level2' });
    expect((await party.redeem(visitor, fresh)).claims()?.acr).toBe('level2');

    product.travel(2 * 60);
    const stale = await party.ask(visitor, {});
    expect((await party.redeem(visitor, stale)).claims()?.acr).toBe('level1');
    const again = await party.ask(visitor, { acrValues: 'level2' });
    expect(visitor.text).toContain('đã xác minh bằng căn cước rồi');
    await proveWithVneid(visitor, 'bay');
    const claims = (await party.redeem(visitor, again)).claims();
    expect(claims?.acr).toBe('level2');
    expect((claims?.auth_time as number) * 1000).toBeGreaterThan(product.deps.clock().getTime() - 10_000);
  });

  it('a client may ask for less by max_age', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'bay', {}, true);
    product.travel(10 * 60);
    const attempt = await party.ask(visitor, { acrValues: 'level2', maxAge: 300 });
    // VNeID alone proves who it is and level2 in one step.
    expect(visitor.has('form-zalo')).toBe(true);
    await proveWithVneid(visitor, 'bay');
    const claims = (await party.redeem(visitor, attempt)).claims();
    expect(claims).toMatchObject({ acr: 'level2', amr: ['vneid'] });
  });

  it('signing in anew with Zalo alone does not keep level2', async () => {
    const visitor = party.visitor();
    await signIn(visitor, 'bay', {}, true);
    const attempt = await party.ask(visitor, { prompt: 'login' });
    await signInWithZalo(visitor, 'bay');
    expect((await party.redeem(visitor, attempt)).claims()).toMatchObject({ acr: 'level1', amr: ['zalo'] });
  });

  it('a new session of a verified account begins at level1', async () => {
    const claims = (await signIn(party.visitor(), 'bay')).claims();
    expect(claims?.acr).toBe('level1');
  });
});

describe('when level2 ends', () => {
  const scope = 'openid offline_access hoso.xem hoso.nop';

  it('introspection says so at once, with the reason, and the refresh token carries no more', async () => {
    const tokens = await signIn(party.visitor(), 'binh', { scope }, true);
    const { access_token, refresh_token } = tokens;
    expect(refresh_token).toBeDefined();
    expect(await introspectAsService(product, access_token)).toMatchObject({
      acr: 'level2',
      scope: 'hoso.xem hoso.nop',
    });

    await revokeVerification(tokens.claims()?.sub ?? '');
    const answer = await introspectAsService(product, access_token);
    expect(answer).toMatchObject({
      active: true,
      acr: 'level1',
      acr_reason: 'verification_revoked',
      scope: 'hoso.xem',
    });

    const renewed = await party.refresh(refresh_token ?? '');
    expect(renewed.claims()?.acr).toBe('level1');
    expect(renewed.scope).toBe('hoso.xem');
    expect(await introspectAsService(product, renewed.access_token)).toMatchObject({
      acr: 'level1',
      scope: 'hoso.xem',
    });
  });

  it('what fell to level1 stays there, though the citizen verifies again', async () => {
    const visitor = party.visitor();
    const tokens = await signIn(visitor, 'khanh', { scope }, true);
    await revokeVerification(tokens.claims()?.sub ?? '');
    const lowered = await party.refresh(tokens.refresh_token ?? '');
    await signIn(party.visitor(), 'khanh', { scope }, true);
    const renewed = await party.refresh(lowered.refresh_token ?? '');
    expect(renewed.claims()?.acr).toBe('level1');
  });

  it('what was proved before does not come back with a verification anew', async () => {
    const visitor = party.visitor();
    const before = await signIn(visitor, 'tuan', { scope }, true);
    product.travel(60);
    await revokeVerification(before.claims()?.sub ?? '');
    product.travel(60);
    const elsewhere = await signIn(party.visitor(), 'tuan', { scope }, true);
    expect(await introspectAsService(product, elsewhere.access_token)).toMatchObject({ acr: 'level2' });

    expect(await introspectAsService(product, before.access_token)).toMatchObject({
      acr: 'level1',
      scope: 'hoso.xem',
    });
    const silent = await party.ask(visitor, { prompt: 'none' });
    expect((await party.redeem(visitor, silent)).claims()?.acr).toBe('level1');
    const renewed = await party.refresh(before.refresh_token ?? '');
    expect(renewed.claims()?.acr).toBe('level1');
    expect(renewed.scope).toBe('hoso.xem');
  });

  it('a client whose minimum is level2 gets no more tokens', async () => {
    const visitor = strict.visitor();
    const attempt = await strict.ask(visitor, { scope: 'openid offline_access' });
    await signInWithZalo(visitor, 'my');
    if (visitor.has('form-vneid')) await proveWithVneid(visitor, 'my');
    await agree(visitor);
    const tokens = await strict.redeem(visitor, attempt);
    await revokeVerification(tokens.claims()?.sub ?? '');
    await expect(strict.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('a suspended account', () => {
  it('has no active tokens, no refresh, no sign-in; and all of it again when reinstated', async () => {
    const visitor = party.visitor();
    const tokens = await signIn(visitor, 'duom', { scope: 'openid offline_access hoso.xem' });
    const accountId = await accountIdOf(product, tokens.claims()?.sub);
    const change = { accountId, actor: 'officer-1', reason: 'reported' };
    await suspendAccount(product.deps, change);

    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    await expect(party.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await party.ask(visitor, { prompt: 'none' });
    expect(errorOf(visitor)).toBe('login_required');
    await party.ask(visitor);
    await signInWithZalo(visitor, 'duom');
    expect(visitor.page.status).toBe(403);
    expect(visitor.text).toContain('account_suspended');

    await reinstateAccount(product.deps, change);
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
  });
});

describe('clients acting for themselves', () => {
  it('get no scope that needs a verified citizen', async () => {
    const resource = 'urn:sandbox:ho-so';
    const tokens = await party.clientCredentials({ scope: 'hoso.xem', resource });
    const answer = await introspectAsService(product, tokens.access_token);
    expect(answer).toMatchObject({ active: true, scope: 'hoso.xem' });
    expect(answer).not.toHaveProperty('acr');
    const more = await party.clientCredentials({ scope: 'hoso.nop', resource }).catch((error) => error);
    expect(more.scope ?? more.error).not.toBe('hoso.nop');
  });
});

describe('posted requests (OpenID Connect Core section 3.1.2.1)', () => {
  it('are answered as those by GET', async () => {
    const visitor = party.visitor();
    const query = {
      client_id: 'sandbox-app',
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    await visitor.open(`${product.issuer}/auth`, { method: 'POST', body: new URLSearchParams(query) });
    await signInWithZalo(visitor, 'na');
    await agree(visitor);
    expect(new URL(visitor.page.url).searchParams.get('code')).toBeTruthy();
    await visitor.open(`${product.issuer}/session/end`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'sandbox-app' }),
    });
    expect(visitor.has('form-sign-out')).toBe(true);
  });
});

describe('an app in the browser', () => {
  it('may call the token endpoint from its own origin, and no other page may', async () => {
    const call = (origin: string) =>
      fetch(`${product.issuer}/token`, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: 'x',
          client_id: 'sandbox-app',
        }),
      });
    const own = await call('http://localhost:4999');
    expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:4999');
    const foreign = await call('https://evil.example');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('signing out while requests are under way', () => {
  it('the session does not come back', async () => {
    for (let round = 0; round < 5; round += 1) {
      const visitor = party.visitor();
      await signIn(visitor, 'khanh');
      const stale = visitor.copy();
      let over = false;
      const busy = [1, 2, 3].map(async () => {
        while (!over) await party.ask(stale.copy(), { prompt: 'none' });
      });
      await visitor.open(`${product.issuer}/session/end?client_id=sandbox-web`);
      await visitor.submit('form-sign-out', { logout: 'yes' });
      over = true;
      await Promise.all(busy);
      await party.ask(stale, { prompt: 'none' });
      expect(errorOf(stale)).toBe('login_required');
    }
  });
});

describe('the personal number', () => {
  it('asked for as essential needs level2', async () => {
    const visitor = party.visitor();
    await party.ask(visitor, { claims: { userinfo: { personal_number: { essential: true } } } });
    await signInWithZalo(visitor, 'toan');
    expect(visitor.has('form-vneid')).toBe(true);
    expect(visitor.has('form-decline')).toBe(false);
  });

  it('is shown at level2 only, however it is asked for', async () => {
    const visitor = party.visitor();
    const claims = { userinfo: { personal_number: null, verified_name: null } };
    const low = await signIn(visitor, 'my', { claims });
    const sub = low.claims()?.sub ?? '';
    expect(await party.userInfo(low.access_token, sub)).not.toHaveProperty('personal_number');

    const high = await signIn(visitor, 'my', { scope: 'openid identity' }, true);
    expect(await party.userInfo(high.access_token, sub)).toMatchObject({ personal_number: '080307000105' });
    // The account is level2 now; the older token still speaks for a level1 sign-in.
    expect(await party.userInfo(low.access_token, sub)).not.toHaveProperty('personal_number');
  });
});

async function revokeVerification(sub: string): Promise<void> {
  const id = await findActiveId(product.deps.db, await accountIdOf(product, sub));
  if (!id) throw new Error('the account has no active verification');
  await performAct(product.deps, (act) =>
    endVerification(act, { id, status: 'revoked', reason: 'officer', actor: 'officer-1' }),
  );
  // Times in tokens are whole seconds: what is proved from now on is not of the second of the revocation.
  product.travel(2);
}
