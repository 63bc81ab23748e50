/** The card in a real browser: the first screen moves on by itself, and without script by its button. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { readNatively, signer, trustFactory } from '../support/card-reader.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
let browser: Browser;
const shots = process.env.TNID_SHOTS;

beforeAll(async () => {
  product = await startProduct({ prepare: trustFactory, env: { TNID_CHIP_PILOT: '1' } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const cards = {
  an: makeCard(signer, { person: { ...citizen, personalNumber: '072090000101', birthDate: '1990-03-15' } }),
  binh: makeCard(signer, {
    person: {
      ...citizen,
      personalNumber: '072185000102',
      fullName: 'Trần Thị Bình',
      surname: 'TRAN',
      givenNames: 'THI BINH',
      birthDate: '1985-11-02',
      sex: 'female',
    },
  }),
};

async function toTheCard(context: BrowserContext, person: string): Promise<{ page: Page; code: string }> {
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  await page.goto(`${product.sandbox}/app/sign-in?acr_values=level2`);
  await page.click('#button-zalo');
  await page.click(`button[name=person][value=${person}]`);
  await page.click('#button-card');
  return { page, code: ((await page.textContent('#code')) ?? '').trim() };
}

async function keepPicture(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/card-${name}.png`, fullPage: true });
}

describe('the first screen', () => {
  it('moves on by itself when another device has read the card', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const { page, code } = await toTheCard(context, 'an');
    expect(await checkAccessibility(page)).toEqual([]);
    await keepPicture(page, 'wait-1280');
    expect(await readNatively(product, code, cards.an)).toMatchObject({ status: 202 });
    await page.fill('#form-set-pin [name=pin]', '482915');
    await page.fill('#form-set-pin [name=again]', '482915');
    await page.click('#button-set-pin');
    await page.click('#button-consent');
    expect(await page.textContent('#level')).toContain('level2');
    await context.close();
  });

  it('has a button where there is no script', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 360, height: 740 },
    });
    const { page, code } = await toTheCard(context, 'binh');
    await keepPicture(page, 'wait-360');
    await page.click('#link-next');
    expect((await page.textContent('#code'))?.trim()).toBe(code);
    await readNatively(product, code, cards.binh);
    await page.click('#link-next');
    await page.click('#button-later');
    await page.click('#button-consent');
    expect(await page.textContent('#level')).toContain('level2');
    await context.close();
  });

  it('sends the borrowed phone to a page that warns', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const { code } = await toTheCard(context, 'khanh');
    const borrowed = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await borrowed.newPage();
    await page.goto(`${product.issuer}/cccd/r/${code}`);
    expect(await checkAccessibility(page)).toEqual([]);
    await keepPicture(page, 'helper-360');
    await borrowed.close();
    await context.close();
  });
});
