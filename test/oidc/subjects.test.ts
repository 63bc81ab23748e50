/** What a citizen is called outside (OpenID Connect Core §8): by each sector differently, everywhere alike. */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

const secret = 'a-secret-of-this-test';
let product: Product;

beforeAll(async () => {
  product = await startProduct({
    prepare: async ({ db }) => {
      const web = await db
        .selectFrom('clients')
        .selectAll()
        .where('client_id', '=', 'sandbox-web')
        .executeTakeFirstOrThrow();
      const common = { ...web, secret_hash: createHash('sha256').update(secret).digest() };
      await db
        .insertInto('clients')
        .values([
          { ...common, client_id: 'school', sector: 'school.example' },
          { ...common, client_id: 'school-moved', sector: 'school.example', name: 'At its new address' },
          { ...common, client_id: 'hospital', sector: 'hospital.example' },
          { ...common, client_id: 'statistics', subject_type: 'public', sector: 'statistics.example' },
          { ...common, client_id: 'reports', subject_type: 'public', sector: 'reports.example' },
        ])
        .execute();
    },
  });
});
afterAll(() => product?.close());

async function signIn(clientId: string, person = 'an', scope = 'openid hoso.xem') {
  const party = await RelyingParty.register(product, clientId, secret);
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope });
  await signInWithZalo(visitor, person);
  await agree(visitor);
  const tokens = await party.redeem(visitor, attempt);
  return { party, visitor, tokens, sub: tokens.claims()?.sub ?? '' };
}

describe('sub', () => {
  it('is another one in each sector, the same within one, and stays when an app moves (§8.1)', async () => {
    const school = await signIn('school');
    expect((await signIn('school')).sub).toBe(school.sub);
    expect((await signIn('school-moved')).sub).toBe(school.sub);
    const hospital = await signIn('hospital');
    expect(hospital.sub).not.toBe(school.sub);
    expect((await signIn('school', 'binh')).sub).not.toBe(school.sub);
  });

  it('is shared by clients that are public on the operator’s decision, and by no pairwise one', async () => {
    const { sub } = await signIn('statistics');
    expect((await signIn('reports')).sub).toBe(sub);
    expect((await signIn('school')).sub).not.toBe(sub);
  });

  it('is the same in ID token, userinfo (§5.3.2) and introspection by the app; a service has its own', async () => {
    const { party, tokens, sub } = await signIn('school', 'an', 'openid');
    expect(await party.userInfo(tokens.access_token, sub)).toEqual({ sub });
    expect(await party.introspect(tokens.access_token)).toMatchObject({ active: true, sub });

    const atService = await introspectAsService(product, (await signIn('school')).tokens.access_token);
    const fromHospital = await introspectAsService(product, (await signIn('hospital')).tokens.access_token);
    expect(atService.sub).not.toBe(sub);
    expect(fromHospital.sub).toBe(atService.sub);
  });

  it('names the citizen in a request: id_token_hint and claims (§3.1.2.1, §5.5.1)', async () => {
    const { party, visitor, tokens, sub } = await signIn('school', 'binh', 'openid');
    const hint = { prompt: 'none', extra: { id_token_hint: tokens.id_token ?? '' } };
    const again = await party.ask(visitor, hint);
    expect((await party.redeem(visitor, again)).claims()?.sub).toBe(sub);

    const other = await signIn('school', 'an', 'openid');
    await party.ask(other.visitor, hint);
    expect(new URL(other.visitor.page.url).searchParams.get('error')).toBe('login_required');
    await party.ask(other.visitor, { prompt: 'none', claims: { id_token: { sub: { value: sub } } } });
    expect(new URL(other.visitor.page.url).searchParams.get('error')).toBe('login_required');
  });

  it('is never the id of the account', async () => {
    const accounts = await product.deps.db.selectFrom('accounts').select('id').execute();
    for (const clientId of ['school', 'statistics']) {
      const { party, tokens } = await signIn(clientId, 'an', 'openid');
      const outside = JSON.stringify([
        decodeJwt(tokens.id_token ?? ''),
        await party.introspect(tokens.access_token),
      ]);
      for (const { id } of accounts) expect(outside).not.toContain(id);
    }
  });
});
