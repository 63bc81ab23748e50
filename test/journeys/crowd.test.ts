/** Everybody signs in at the same moment, for the first time, through two nodes: each once, with every line, and the chain holds. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/audit.ts';
import { agree, signInWithZalo } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { accountIdOf, RelyingParty } from '../support/relying-party.ts';

let product: Product;
let party: RelyingParty;

beforeAll(async () => {
  product = await startProduct({ nodes: 2 });
  party = await RelyingParty.register(product);
});
afterAll(() => product?.close());

const people = ['an', 'binh', 'bay', 'khanh', 'my', 'duom', 'toan', 'tuan', 'na', 'thuong', 'nhi', 'tho'];

async function enter(person: string): Promise<string> {
  const visitor = party.visitor();
  const attempt = await party.ask(visitor, { scope: 'openid profile hoso.xem' });
  await signInWithZalo(visitor, person);
  await agree(visitor);
  const claims = (await party.redeem(visitor, attempt)).claims();
  expect(claims).toMatchObject({ acr: 'level1', amr: ['zalo'] });
  return claims?.sub ?? '';
}

it('the whole town, each of them in two browsers at once', async () => {
  const subjects = await Promise.all([...people, ...people].map(enter));
  const { db } = product.deps;
  for (const [at, person] of people.entries()) {
    expect(subjects[at], person).toBe(subjects[at + people.length]);
    const account = await accountIdOf(product, subjects[at]);
    const lines = await db
      .selectFrom('audit_events')
      .select('event')
      .where('account_id', '=', account)
      .orderBy('seq')
      .execute();
    const events = lines.map(({ event }) => event);
    expect(events.slice(0, 3)).toEqual(['account.created', 'device.first_seen', 'sign_in.succeeded']);
    // The second browser may come before or after the first one's consent, and consents are two when both are asked.
    const rest = events.slice(3).filter((event) => event !== 'consent.granted');
    expect(rest).toEqual(['device.first_seen', 'sign_in.succeeded']);
    expect(events).toContain('consent.granted');
  }
  const { count } = await db
    .selectFrom('accounts')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(people.length);
  expect(await verifyAudit(db)).toMatchObject({ ok: true });
});
