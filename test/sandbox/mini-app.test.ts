/** The sandbox's Mini App, as a person tries it: forms only, against the whole product. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agree, proveWithVneid } from '../support/citizen.ts';
import { type Product, startProduct } from '../support/product.ts';
import { Visitor } from '../support/visitor.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

async function open(person: string, form: Record<string, string> = {}): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.open(`${product.sandbox}/mini-app`);
  await visitor.submit('form-mini-app', { person, phone: 'yes', ...form });
  return visitor;
}

const read = (visitor: Visitor, id: string) =>
  new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(visitor.page.html)?.[1];

describe('the Mini App in miniature', () => {
  it('signs in with a number, or without', async () => {
    const an = await open('an');
    expect([read(an, 'level'), read(an, 'phone-number')]).toEqual(['level1', '+84900000101']);
    const binh = await open('binh', { phone: 'no' });
    expect([read(binh, 'level'), read(binh, 'phone-number')]).toEqual(['level1', '—']);
  });

  it('shows what a recycled number looks like', async () => {
    expect(read(await open('binh'), 'phone-number')).toBe('+84900000102');
    const cuong = await open('cuong');
    expect(read(cuong, 'phone-number')).toBe('—');
    await cuong.submit('form-account');
    await cuong.submit('form-open');
    expect(cuong.text).toContain('dấu hiệu đổi chủ');
  });

  it('steps out, comes back at level2, and files a dossier', async () => {
    const an = await open('an');
    await an.submit('form-step', { scope: 'hoso.xem hoso.nop' });
    await an.submit('form-open');
    await proveWithVneid(an, 'an');
    await agree(an);
    const back = /id="link-return"[^>]*href="([^"]+)"/.exec(an.page.html)?.[1];
    await an.open(back ?? '');
    expect([read(an, 'level'), read(an, 'scope')]).toEqual(['level2', 'hoso.xem hoso.nop']);
    await an.submit('form-dossier', { title: 'Đơn', text: 'Nội dung' });
    expect(read(an, 'notice')).toMatch(/^HS-\d{4}-\d{6}$/);
  });

  it('is back without level2 when the page was only closed, or left', async () => {
    const an = await open('an');
    await an.submit('form-step', { scope: '' });
    await an.open(`${product.sandbox}/mini-app`);
    await an.submit('form-return');
    expect(read(an, 'notice')).toBe('authorization_pending');
    await an.submit('form-step', { scope: '' });
    await an.submit('form-leave');
    await an.open(`${product.sandbox}/mini-app`);
    await an.submit('form-return');
    expect([read(an, 'notice'), read(an, 'level')]).toEqual(['access_denied', 'level1']);
  });
});
