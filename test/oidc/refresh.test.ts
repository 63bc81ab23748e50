/** Rotation of refresh tokens: an honest second send, and what a thief's looks like (RFC 9700 §4.14.2). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct();
  party = await RelyingParty.register(product);
});
afterAll(() => product?.close());

async function firstTokens(person = 'an', scope = 'openid offline_access hoso.xem') {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope });
  await signInWithZalo(visitor, person);
  await agree(visitor);
  return party.redeem(visitor, attempt);
}

const refresh = async (token: string | undefined) => party.refresh(token ?? '');
const replayed = { error: 'invalid_grant' };

describe('a refresh token that comes twice', () => {
  it('within ten seconds brings the same successor, and the chain goes on', async () => {
    const first = await firstTokens();
    const second = await refresh(first.refresh_token);
    const again = await refresh(first.refresh_token);
    expect(again.refresh_token).toBe(second.refresh_token);
    expect(again.access_token).not.toBe(second.access_token);
    const third = await refresh(again.refresh_token);
    expect(third.refresh_token).not.toBe(second.refresh_token);
    expect(await introspectAsService(product, third.access_token)).toMatchObject({ active: true });
  });

  it('later ends everything under the grant', async () => {
    const first = await firstTokens('binh');
    const second = await refresh(first.refresh_token);
    product.travel(11);
    await expect(refresh(first.refresh_token)).rejects.toMatchObject(replayed);
    await expect(refresh(second.refresh_token)).rejects.toMatchObject(replayed);
    expect(await introspectAsService(product, second.access_token)).toEqual({ active: false });
  });

  it('within ten seconds, but when its successor was used, is no second send: everything ends', async () => {
    const first = await firstTokens('bay');
    const third = await refresh((await refresh(first.refresh_token)).refresh_token);
    await expect(refresh(first.refresh_token)).rejects.toMatchObject(replayed);
    await expect(refresh(third.refresh_token)).rejects.toMatchObject(replayed);
  });

  it('gives a thief no chain of their own: the first to use the successor is found out by the other', async () => {
    const stolen = await firstTokens('khanh');
    const citizen = await refresh(stolen.refresh_token);
    const thief = await refresh(stolen.refresh_token);
    expect(thief.refresh_token).toBe(citizen.refresh_token);
    const further = await refresh(thief.refresh_token);
    product.travel(11);
    await expect(refresh(citizen.refresh_token)).rejects.toMatchObject(replayed);
    await expect(refresh(further.refresh_token)).rejects.toMatchObject(replayed);
    expect(await introspectAsService(product, further.access_token)).toEqual({ active: false });
  });

  it('is no longer said to be active while it may come again', async () => {
    const first = await firstTokens('my');
    await refresh(first.refresh_token);
    expect(await party.introspect(first.refresh_token ?? '')).toEqual({ active: false });
  });
});

describe('an app that holds a service’s scope', () => {
  it('refreshes for a token of each kind: the service’s, and userinfo’s (RFC 6749 §6; RFC 8707 §2.2)', async () => {
    const first = await firstTokens('toan', 'openid profile offline_access hoso.xem');
    expect(first.scope).toBe('hoso.xem');
    const sub = first.claims()?.sub ?? '';
    const own = await party.refresh(first.refresh_token ?? '', { scope: 'openid profile' });
    expect(own.scope?.split(' ').sort()).toEqual(['openid', 'profile']);
    expect(await party.userInfo(own.access_token, sub)).toMatchObject({ sub, name: expect.any(String) });
    expect(await introspectAsService(product, own.access_token)).toEqual({ active: false });
    // What stands at userinfo is not in the ID token any more (Core §5.4).
    expect(own.claims()).not.toHaveProperty('name');

    for (const asked of [{ resource: 'urn:sandbox:ho-so' }, { scope: 'openid hoso.xem' }, {}]) {
      const service = await party.refresh(own.refresh_token ?? '', asked);
      expect(service.scope).toBe('hoso.xem');
      expect(await introspectAsService(product, service.access_token)).toMatchObject({ scope: 'hoso.xem' });
    }
  });
});
