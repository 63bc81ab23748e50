/** Tokens for services (RFC 8707): each is for one of those whose scopes the citizen allowed. */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deps } from '../../src/deps.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { RelyingParty } from '../support/relying-party.ts';

const DOSSIERS = 'urn:sandbox:ho-so';
const SCHOOL = 'https://school.example/api';

let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct({ prepare: registerSchool });
  party = await RelyingParty.register(product);
});
afterAll(() => product?.close());

/** A second service, whose tokens say for whom they are. */
async function registerSchool({ db, clock }: Deps): Promise<void> {
  await db
    .insertInto('resource_servers')
    .values({
      resource: SCHOOL,
      client_id: 'school',
      secret_hash: createHash('sha256').update('school-secret').digest(),
      name: 'school',
      access_token_format: 'jwt',
      metadata: '{}',
      sandbox: true,
      created_at: clock(),
    })
    .execute();
  const scope = { name: 'school.fees', description_vi: 'Học phí', description_en: 'School fees' };
  await db
    .insertInto('scopes')
    .values({ ...scope, resource: SCHOOL, minimum_level: 'level1' })
    .execute();
  const scopes = ['openid', 'profile', 'offline_access', 'hoso.xem', 'school.fees'];
  await db.updateTable('clients').set({ scopes }).where('client_id', '=', 'sandbox-web').execute();
}

async function begin(person: string) {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope: 'openid profile offline_access hoso.xem school.fees' });
  await signInWithZalo(visitor, person);
  await agree(visitor);
  return { visitor, attempt };
}

describe('scopes of two services', () => {
  it('a code brings a token for the one that is named, and a refresh for either', async () => {
    const { visitor, attempt } = await begin('an');
    const first = await party.redeem(visitor, attempt, { resource: SCHOOL });
    expect([first.scope, decodeJwt(first.access_token).aud]).toEqual(['school.fees', SCHOOL]);

    let token = first.refresh_token ?? '';
    for (const [asked, scope] of [
      [{ resource: DOSSIERS }, 'hoso.xem'],
      [{ resource: SCHOOL }, 'school.fees'],
      // The scope alone says which, where it is of one service.
      [{ scope: 'openid hoso.xem' }, 'hoso.xem'],
      [{ scope: 'school.fees' }, 'school.fees'],
      [{ scope: 'openid profile' }, 'openid profile'],
    ] as [Record<string, string>, string][]) {
      const tokens = await party.refresh(token, asked);
      expect(tokens.scope, JSON.stringify(asked)).toBe(scope);
      token = tokens.refresh_token ?? '';
    }
  });

  it('with none named, or both, is told so (§2)', async () => {
    const refused = { error: 'invalid_target' };
    const { visitor, attempt } = await begin('binh');
    await expect(party.redeem(visitor, attempt)).rejects.toMatchObject(refused);
    const again = await begin('bay');
    const { refresh_token = '' } = await party.redeem(again.visitor, again.attempt, { resource: SCHOOL });
    await expect(party.refresh(refresh_token)).rejects.toMatchObject(refused);
  });
});
