/**
 * Cases in Chromium, with two officers at once: by keyboard, at a desk's width and a phone's, in both languages. The pages
 * are allowed no script, so nothing here rests on one.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleCases } from '../../src/officer/case-decisions.ts';
import { drawPortrait } from '../../src/sandbox/card-portrait.ts';
import { officerPassword } from '../../src/sandbox/officers.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { citizen, makeCard } from '../support/card-factory.ts';
import { readNatively, signer, trustFactory } from '../support/card-reader.ts';
import { nextCode } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { numberOf, openWaitingCase } from '../support/waiting-case.ts';

let product: Product;
let browser: Browser;
const shots = process.env.TNID_SHOTS;
const desk = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 } };

beforeAll(async () => {
  product = await startProduct({ prepare: trustFactory });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const at = (path = '') => `${product.issuer}/console${path}`;

/** An officer in a browser of their own. */
async function signIn(
  login: string,
  options: BrowserContextOptions,
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(at('/sign-in'));
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', officerPassword);
  await page.click('#button-sign-in');
  await page.fill('[name=code]', nextCode(product, login));
  await page.click('#button-factor');
  await page.waitForURL(at());
  return { page, complaints };
}

async function keepPicture(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/cases-${name}.png`, fullPage: true });
}

/** What axe says, and whether everything fits. The engine runs over CDP, so that it needs no script of the page's. */
async function look(page: Page, name: string): Promise<void> {
  await keepPicture(page, name);
  expect(await page.locator('script').count(), name).toBe(0);
  expect(await checkAccessibility(page), name).toEqual([]);
  const sticksOut = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  expect(await page.evaluate(sticksOut), name).toBe(false);
}

describe('two officers at once', () => {
  it('take the next case with one key each, decide by keyboard, undo, and never meet in one', async () => {
    await openWaitingCase(product, {
      number: numberOf(1),
      fullName: 'Nguyễn Thị Ly Na',
      zaloName: 'Bé Na shop',
    });
    await openWaitingCase(product, { number: numberOf(2) });
    await openWaitingCase(product, { number: numberOf(3), fullName: 'Đỗ Quốc Vương', photo: false });
    product.travel(50 * 3600);
    await openWaitingCase(product, { number: numberOf(4) });
    const hanh = await signIn('hanh', desk);
    const quang = await signIn('quang', phone);
    await hanh.page.click('a[href="/console/cases"] >> nth=-1');
    await look(hanh.page, 'queue-1280');
    await quang.page.goto(`${at('/cases')}?lang=en`);
    await look(quang.page, 'queue-390-en');
    // The button has the focus: Enter is all it needs.
    await hanh.page.waitForSelector('#button-next:focus');
    await Promise.all([hanh.page.keyboard.press('Enter'), quang.page.click('#button-next')]);
    await hanh.page.waitForSelector('#form-decide');
    await quang.page.waitForSelector('#form-decide');
    expect(hanh.page.url()).not.toBe(quang.page.url());
    for (const { page } of [hanh, quang]) {
      const drawn = await page.evaluate<number[]>('[...document.images].map((image) => image.naturalWidth)');
      expect(drawn).toEqual([96, 96]);
    }
    await look(hanh.page, 'case-1280');
    await look(quang.page, 'case-390-en');

    // Enlarged and back, by keyboard.
    await hanh.page.focus('.faces summary');
    const small = await hanh.page.locator('.faces img').first().boundingBox();
    await hanh.page.keyboard.press('Enter');
    const large = await hanh.page.locator('.faces img').first().boundingBox();
    expect(large?.width ?? 0).toBeGreaterThan((small?.width ?? 0) * 1.8);
    await look(hanh.page, 'case-1280-zoomed');
    await hanh.page.keyboard.press('Enter');

    await hanh.page.focus('[name=decision]');
    await hanh.page.keyboard.press('ArrowDown');
    await hanh.page.focus('#button-decide');
    await hanh.page.keyboard.press('Enter');
    // Signed in a moment ago on this clock, or asked once more.
    await hanh.page.waitForSelector('#button-undo, #button-confirm');
    if (await hanh.page.isVisible('#button-confirm')) {
      await hanh.page.fill('[name=code]', nextCode(product, 'hanh'));
      await hanh.page.keyboard.press('Enter');
    }
    await hanh.page.waitForSelector('#button-undo');
    await look(hanh.page, 'decided-1280');
    await hanh.page.click('#button-undo');
    await hanh.page.waitForSelector('#form-decide');
    expect(await hanh.page.textContent('#done')).toContain('Đã rút quyết định');
    await hanh.page.check('[value="approve:same_face_nickname"]');
    await hanh.page.click('#button-decide');
    await hanh.page.waitForSelector('#button-next:focus');
    await hanh.page.keyboard.press('Enter');
    await hanh.page.waitForSelector('#form-decide');
    expect(hanh.page.url()).not.toBe(quang.page.url());
    expect(await hanh.page.isDisabled('[value="approve:same_face"]')).toBe(true);
    await look(hanh.page, 'case-without-photo-1280');
    await quang.page.goto(hanh.page.url());
    expect(await quang.page.textContent('#state')).toContain('Phan Thị Hạnh');
    await look(quang.page, 'held-by-other-390-en');
    expect([...hanh.complaints, ...quang.complaints]).toEqual([]);
    product.travel(3 * 60);
    await settleCases(product.deps);
    const approved = await product.deps.db.selectFrom('verifications').select('id').execute();
    expect(approved).toHaveLength(1);
    await hanh.page.context().close();
    await quang.page.context().close();
  });
});

describe('the citizen', () => {
  it('takes a photo on a phone without script, or goes on without', async () => {
    const context = await browser.newContext({ ...phone, viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    await page.goto(`${product.sandbox}/app/sign-in?acr_values=level2`);
    await page.click('#button-zalo');
    await page.click('button[name=person][value=an]');
    await page.click('#button-card');
    const code = ((await page.textContent('#code')) ?? '').trim();
    const person = { ...citizen, personalNumber: '072090000101', birthDate: '1990-03-15' };
    expect(await readNatively(product, code, makeCard(signer, { person }))).toMatchObject({ status: 202 });
    await page.click('#link-next');
    await look(page, 'photo-360');
    await page.click('#link-skip');
    await look(page, 'waiting-without-360');
    await page.click('#link-photo');
    const buffer = Buffer.from(drawPortrait('an').image);
    await page.setInputFiles('#input-photo', {
      name: 'x.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('text'),
    });
    await page.click('#button-photo');
    await page.waitForSelector('#error-photo');
    await look(page, 'photo-wrong-360');
    await page.setInputFiles('#input-photo', { name: 'an.jpg', mimeType: 'image/jpeg', buffer });
    await page.click('#button-photo');
    await page.waitForSelector('#photo');
    await look(page, 'waiting-with-360');
    await context.close();
  });
});
