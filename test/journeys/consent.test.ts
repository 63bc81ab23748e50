/** Consent by purpose: what is ticked is given and nothing else, what was refused is remembered, and all can be taken back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSENT_TEXT_VERSION } from '../../src/interaction/consent.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { type Ask, introspectAsService, RelyingParty } from '../support/relying-party.ts';
import type { Visitor } from '../support/visitor.ts';

let product: Product;
let app: RelyingParty;
beforeAll(async () => {
  product = await startProduct();
  app = await RelyingParty.register(product);
});
afterAll(() => product?.close());

const scope = 'openid profile offline_access hoso.xem';

/** A new browser at the consent page. */
async function atConsent(person: string, ask: Ask = { scope }) {
  const visitor = app.visitor();
  const attempt = await app.ask(visitor, ask);
  await signInWithZalo(visitor, person);
  expect(visitor.has('form-consent')).toBe(true);
  return { visitor, attempt };
}

async function choose(visitor: Visitor, ...names: string[]): Promise<void> {
  await visitor.submit(
    'form-choose',
    {},
    names.map((name) => `purpose-${name}`),
  );
}

const consentsOf = (account: string) =>
  product.deps.db
    .selectFrom('consents')
    .selectAll()
    .where('account_id', '=', account)
    .orderBy('granted_at')
    .execute();

async function accountOf(person: string): Promise<string> {
  const { visitor } = await atConsent(person, { scope: 'openid profile', prompt: 'consent' });
  const uid = /\/interaction\/([^/"]+)\//.exec(visitor.page.html)?.[1] ?? '';
  return (await product.provider.Interaction.find(uid))?.session?.accountId ?? '';
}

describe('the consent page', () => {
  it('has a line and a box for each purpose; none is ticked, and who one is has no box', async () => {
    const { visitor } = await atConsent('an');
    const boxes = [...visitor.page.html.matchAll(/<input[^>]*type="checkbox"[^>]*>/g)].map(([tag]) => tag);
    expect(boxes.map((tag) => /value="([^"]+)"/.exec(tag)?.[1])).toEqual([
      'profile',
      'offline_access',
      'hoso.xem',
    ]);
    expect(boxes.join('')).not.toContain('checked');
    for (const words of ['Tên và ảnh đại diện', 'Xem lại khi mình không mở máy', 'Mã riêng của mình'])
      expect(visitor.text).toContain(words);
  });

  it('is one button where there is nothing to choose', async () => {
    const { visitor, attempt } = await atConsent('an', { scope: 'openid' });
    expect(visitor.has('form-choose')).toBe(false);
    await visitor.submit('form-consent');
    expect(await app.redeem(visitor, attempt)).toMatchObject({ scope: 'openid' });
  });

  it('gives all that is listed to whoever presses "all of it", and keeps the proof', async () => {
    const { visitor, attempt } = await atConsent('bay');
    await visitor.submit('form-consent');
    const tokens = await app.redeem(visitor, attempt);
    expect(tokens.scope).toBe('hoso.xem');
    expect(tokens.refresh_token).toBeDefined();
    const account = await accountOf('bay');
    expect(await consentsOf(account)).toEqual([
      expect.objectContaining({
        scopes: expect.arrayContaining(scope.split(' ')),
        refused: [],
        text_version: CONSENT_TEXT_VERSION,
        language: 'vi',
        granted_at: expect.any(Date),
        withdrawn_at: null,
      }),
    ]);
  });
});

describe('choosing', () => {
  it('puts only what was ticked into the tokens; what was not is kept as refused', async () => {
    const { visitor, attempt } = await atConsent('my');
    await choose(visitor, 'hoso.xem');
    const tokens = await app.redeem(visitor, attempt);
    expect(tokens.scope).toBe('hoso.xem');
    expect(tokens.refresh_token).toBeUndefined();
    expect(await introspectAsService(product, tokens.access_token)).toMatchObject({ active: true });
    const [consent] = await consentsOf(await accountOf('my'));
    expect(consent).toMatchObject({ refused: ['profile', 'offline_access'] });
    expect(consent?.scopes.sort()).toEqual(['hoso.xem', 'openid']);
  });

  it('of nothing a service offers gives a token for who it is, not an empty one for the service', async () => {
    const { visitor, attempt } = await atConsent('binh');
    await choose(visitor, 'profile', 'offline_access');
    const tokens = await app.redeem(visitor, attempt);
    expect(new Set(tokens.scope?.split(' '))).toEqual(new Set(['openid', 'profile', 'offline_access']));
    expect(await introspectAsService(product, tokens.access_token)).toEqual({ active: false });
    const renewed = await app.refresh(tokens.refresh_token ?? '');
    expect(await app.userInfo(renewed.access_token, tokens.claims()?.sub ?? '')).toHaveProperty('name');
  });

  it('of nothing still signs in: who it is, and no more', async () => {
    const { visitor, attempt } = await atConsent('khanh', { scope: 'openid profile' });
    await choose(visitor);
    const tokens = await app.redeem(visitor, attempt);
    expect(tokens.scope).toBe('openid');
    const info = await app.userInfo(tokens.access_token, tokens.claims()?.sub ?? '');
    expect(info).not.toHaveProperty('name');
  });

  it('holds for single claims as for the purpose they belong to', async () => {
    const claims = { id_token: { name: null } };
    const first = await atConsent('toan', { scope: 'openid', claims });
    expect(first.visitor.text).toContain('Tên và ảnh đại diện');
    await choose(first.visitor);
    expect((await app.redeem(first.visitor, first.attempt)).claims()).not.toHaveProperty('name');
    const again = await atConsent('toan', { scope: 'openid', claims, prompt: 'consent' });
    await choose(again.visitor, 'profile');
    expect((await app.redeem(again.visitor, again.attempt)).claims()).toHaveProperty('name');
  });

  it('takes no purpose that was not asked for', async () => {
    const { visitor, attempt } = await atConsent('tuan', { scope: 'openid profile' });
    const uid = /\/interaction\/([^/"]+)\//.exec(visitor.page.html)?.[1];
    await visitor.open(`${product.issuer}/interaction/${uid}/consent`, {
      method: 'POST',
      body: new URLSearchParams([
        ['purpose', 'hoso.xem'],
        ['purpose', 'identity'],
      ]),
      headers: { origin: product.issuer, 'sec-fetch-site': 'same-origin' },
    });
    expect((await app.redeem(visitor, attempt)).scope).toBe('openid');
  });
});

describe('a no', () => {
  it('is remembered in the next session: nobody is asked again and again', async () => {
    const first = await atConsent('na', { scope: 'openid profile hoso.xem' });
    await choose(first.visitor, 'profile');
    const second = app.visitor();
    const attempt = await app.ask(second, { scope: 'openid profile hoso.xem' });
    await signInWithZalo(second, 'na');
    expect(second.page.url).toContain('code=');
    const { scope: given } = await app.redeem(second, attempt);
    expect(new Set(given?.split(' '))).toEqual(new Set(['openid', 'profile']));
  });

  it('is asked about anew when the service asks for consent (prompt=consent), everything and nothing ticked', async () => {
    const visitor = app.visitor();
    const attempt = await app.ask(visitor, { scope: 'openid profile hoso.xem', prompt: 'consent' });
    await signInWithZalo(visitor, 'na');
    expect(visitor.page.html).toContain('value="profile"');
    expect(visitor.page.html).not.toMatch(/\schecked/);
    await agree(visitor);
    expect((await app.redeem(visitor, attempt)).scope).toBe('hoso.xem');
    expect((await consentsOf(await accountOf('na'))).at(-1)).toMatchObject({ refused: [] });
  });

  it('to what was allowed before takes it back: what was issued under the old yes ends', async () => {
    const first = await atConsent('nhi');
    await agree(first.visitor);
    const before = await app.redeem(first.visitor, first.attempt);
    const second = await atConsent('nhi', { scope, prompt: 'consent' });
    await choose(second.visitor, 'profile');
    const after = await app.redeem(second.visitor, second.attempt);
    expect(await introspectAsService(product, before.access_token)).toEqual({ active: false });
    await expect(app.refresh(before.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(new Set(after.scope?.split(' '))).toEqual(new Set(['openid', 'profile']));
    expect(await app.userInfo(after.access_token, after.claims()?.sub ?? '')).toHaveProperty('name');
  });

  it('to all of it ends the request, and is written down', async () => {
    const { visitor } = await atConsent('cuong', { scope: 'openid profile' });
    await visitor.submit('form-cancel');
    expect(visitor.page.url).toContain('error=access_denied');
    const { body } = await product.deps.db
      .selectFrom('audit_events')
      .select('body')
      .where('event', '=', 'consent.refused')
      .executeTakeFirstOrThrow();
    expect(body).toMatchObject({ client: 'sandbox-web' });
  });
});

describe('more than before', () => {
  it('asks only about what is new', async () => {
    const { visitor } = await atConsent('thuong', { scope: 'openid profile' });
    await choose(visitor, 'profile');
    const attempt = await app.ask(visitor, { scope: 'openid profile hoso.xem' });
    expect(visitor.page.html).toContain('purpose-hoso.xem');
    expect(visitor.page.html).not.toContain('purpose-profile');
    await agree(visitor);
    expect((await app.redeem(visitor, attempt)).scope).toBe('hoso.xem');
    const [consent] = (await consentsOf(await accountOf('thuong'))).slice(-1);
    expect(consent?.scopes.sort()).toEqual(['hoso.xem', 'openid', 'profile']);
  });
});
