/** Signing keys move on while nodes run: nobody who trusts the key set is surprised, and a retired key signs nothing. */
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepAll } from '../../src/db/sweep.ts';
import { rotateSigningKeys } from '../../src/oidc/keys.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { type Ask, askAt, type SecondNode, startSecondNode, within1Second } from '../support/second-node.ts';

const DAY = 24 * 3600;
let product: Product;
let second: SecondNode;
let nodes: Ask[];
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct();
  second = await startSecondNode(product);
  nodes = [askAt(product.deps.config.port, new URL(product.issuer).host), second.ask];
  party = await RelyingParty.register(product);
});
afterAll(async () => {
  await second?.close();
  await product?.close();
});

const published = async (ask: Ask): Promise<string[]> =>
  (JSON.parse((await ask('/jwks')).text) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
const inState = async (status: string): Promise<Record<string, string>> => {
  const rows = await product.deps.db
    .selectFrom('signing_keys')
    .select(['alg', 'kid'])
    .where('status', '=', status)
    .orderBy('created_at')
    .execute();
  return Object.fromEntries(rows.map(({ alg, kid }) => [alg, kid]));
};
const rotate = (more = {}) => rotateSigningKeys(product.deps, { actor: 'test', ...more });

async function signIn() {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope: 'openid' });
  await signInWithZalo(visitor, 'an');
  await agree(visitor);
  const { id_token: idToken = '' } = await party.redeem(visitor, attempt);
  return { visitor, idToken, kid: decodeProtectedHeader(idToken).kid };
}

/** Whether the provider knows its own signature: nobody is signed in here, so it sends on, or refuses the hint. */
async function acceptsHint(ask: Ask, idToken: string): Promise<boolean> {
  const { status } = await ask(`/session/end?id_token_hint=${idToken}`);
  expect([303, 400]).toContain(status);
  return status === 303;
}

describe('a rotation', () => {
  it('waits until relying parties have had a day to learn the next key', async () => {
    const before = await inState('active');
    expect(await rotate()).toMatchObject([
      { alg: 'ES256', rotated: false, reason: 'next_too_young' },
      { alg: 'EdDSA', rotated: false, reason: 'next_too_young' },
      { alg: 'PS256', rotated: false, reason: 'next_too_young' },
      { alg: 'RS256', rotated: false, reason: 'next_too_young' },
    ]);
    expect(await inState('active')).toEqual(before);
  });

  it('lets the next key sign at both nodes within a second; what the old one signed stays good', async () => {
    const before = await signIn();
    const [active, next] = [await inState('active'), await inState('next')];
    expect(Object.values(active)).toContain(before.kid);
    product.travel(DAY + 1);
    expect(await rotate()).toMatchObject([
      { alg: 'ES256', rotated: true, kid: next.ES256, retired: active.ES256 },
      { alg: 'EdDSA', rotated: true, kid: next.EdDSA, retired: active.EdDSA },
      { alg: 'PS256', rotated: true, kid: next.PS256, retired: active.PS256 },
      { alg: 'RS256', rotated: true, kid: next.RS256, retired: active.RS256 },
    ]);
    const fresh = await inState('next');
    for (const ask of nodes)
      await within1Second(async () => (await published(ask)).includes(String(fresh.ES256)));
    const after = await signIn();
    expect(Object.values(next)).toContain(after.kid);

    const keys = createRemoteJWKSet(new URL(`${product.issuer}/jwks`));
    const old = { currentDate: new Date(Date.now() - (DAY + 60) * 1000) };
    await jwtVerify(before.idToken, keys, old);
    await jwtVerify(after.idToken, keys);
    for (const ask of nodes) {
      const kids = await published(ask);
      expect(new Set(kids).size).toBe(kids.length);
      expect(kids.sort()).toEqual(
        [...Object.values(active), ...Object.values(next), ...Object.values(fresh)].sort(),
      );
      // OpenID Connect RP-Initiated Logout §2: a hint that expired is still a hint.
      expect(await acceptsHint(ask, before.idToken)).toBe(true);
    }
  });

  it('leaves no private part of the retired key, in the database or in the key set', async () => {
    const rows = await product.deps.db
      .selectFrom('signing_keys')
      .select(['kid', 'jwk_sealed'])
      .where('status', '=', 'retired')
      .execute();
    expect(rows).toHaveLength(4);
    for (const { kid, jwk_sealed } of rows) {
      const jwk = JSON.parse(product.deps.keyring.open('signing-key', kid, jwk_sealed).toString());
      for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(jwk).not.toHaveProperty(part);
    }
    for (const ask of nodes) expect((await ask('/jwks')).text).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it('is known to a node that starts later', async () => {
    const third = await startSecondNode(product);
    expect((await published(third.ask)).sort()).toEqual((await published(second.ask)).sort());
    await third.close();
  });

  it('of two operators at once happens once', async () => {
    product.travel(2 * DAY + 2);
    const [one, other] = await Promise.all([rotate(), rotate()]);
    const rotated = [...one, ...other].filter((result) => result.rotated).map(({ alg }) => alg);
    expect(rotated.sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256']);
  });

  it('of compromised keys waits for nothing, and takes them and the next ones out of the key set', async () => {
    const before = await signIn();
    const suspect = [...Object.values(await inState('active')), ...Object.values(await inState('next'))];
    expect((await rotate({ compromised: true })).every(({ rotated }) => rotated)).toBe(true);
    const fresh = [...Object.values(await inState('active')), ...Object.values(await inState('next'))];
    for (const ask of nodes) {
      await within1Second(async () => !(await published(ask)).some((kid) => suspect.includes(kid)));
      expect(await published(ask)).toEqual(expect.arrayContaining(fresh));
      expect(await acceptsHint(ask, before.idToken)).toBe(false);
    }
    expect(fresh).toContain((await signIn()).kid);
  });

  it('is an event for each key, and the retired leave the database at the end of their time', async () => {
    const events = await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('event', '=', 'keys.rotated')
      .orderBy('seq')
      .execute();
    expect(events).toHaveLength(12);
    expect(events.at(-1)?.body).toMatchObject({ actor: 'test', compromised: true, alg: 'RS256' });
    product.travel(20 * DAY);
    await sweepAll(product.deps);
    expect(await inState('retired')).toEqual({});
    const [active, next] = [await inState('active'), await inState('next')];
    for (const ask of nodes) {
      await within1Second(async () => (await published(ask)).length === 8);
      expect((await published(ask)).sort()).toEqual(
        [...Object.values(active), ...Object.values(next)].sort(),
      );
    }
  });
});
