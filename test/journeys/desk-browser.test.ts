/** The desk in Chromium: two officers and a citizen's phone at once, pages that move on by themselves, and the paper. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { officerPassword } from '../../src/sandbox/officers.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { nextCode } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const at = (path = '') => `${product.issuer}/console${path}`;
const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 800 };

async function signIn(context: BrowserContext, login: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(at('/sign-in'));
  await page.fill('[name=login]', login);
  await page.fill('[name=password]', officerPassword);
  await page.click('#button-sign-in');
  await page.fill('[name=code]', nextCode(product, login));
  await page.click('#button-factor');
  return page;
}

/** For whoever looks at the pages: TNID_SHOTS names a folder. */
const shots = process.env.TNID_SHOTS;

async function shoot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function isFine(page: Page, name: string): Promise<void> {
  expect([name, await checkAccessibility(page)]).toEqual([name, []]);
  const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  expect([name, wide]).toEqual([name, false]);
  await shoot(page, name);
}

describe('a visit', () => {
  it.each([
    ['vi', desk],
    ['en', phone],
  ] as const)('goes from hand to hand without a reload: %s', { timeout: 120_000 }, async (lang, viewport) => {
    const person = lang === 'vi' ? 'an' : 'my';
    const [one, two, own] = await Promise.all([
      browser.newContext({ viewport }),
      browser.newContext({ viewport }),
      browser.newContext({ viewport: phone }),
    ]);
    const complaints: string[] = [];
    for (const context of [one, two, own])
      context.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('403')) complaints.push(message.text());
      });
    const officer = await signIn(one, 'hanh');
    const second = await signIn(two, 'lien');
    await officer.goto(at(`/desk?lang=${lang}`));
    await second.goto(at(`/desk?lang=${lang}`));
    await officer.click('#button-start');
    await isFine(officer, `account-${lang}`);
    const visit = officer.url();

    // The citizen scans; the officer's page moves on by itself.
    await officer.click('#button-link');
    await isFine(officer, `link-${lang}`);
    const citizen = await own.newPage();
    await citizen.goto(`${await officer.textContent('#link')}`);
    await citizen.click('#button-zalo');
    await citizen.click(`button[value=${person}]`);
    await isFine(citizen, `citizen-ask-${lang}`);
    await citizen.click('#button-here');
    await isFine(citizen, `citizen-number-${lang}`);
    await officer.waitForSelector('#number');
    expect(await officer.textContent('#number')).toBe(await citizen.textContent('#code'));
    await isFine(officer, `answered-${lang}`);
    await officer.click('#button-same');

    await officer.click('#button-reading');
    await isFine(officer, `reading-${lang}`);
    const [reader] = await Promise.all([one.waitForEvent('page'), officer.click('#link-reader')]);
    await reader.click(`button[value=${person}]`);
    await reader.waitForSelector('#answer-code');
    await officer.bringToFront();
    await officer.waitForSelector('#form-seen');
    await officer.waitForLoadState('load');
    expect(await officer.evaluate('document.getElementById("portrait").naturalWidth')).toBeGreaterThan(0);
    await isFine(officer, `face-${lang}`);
    await officer.check('#box-looked');
    await officer.check('#box-asked');
    await officer.click('#button-seen');
    if (await officer.isVisible('#form-confirm')) {
      await officer.fill('[name=code]', nextCode(product, 'hanh'));
      await officer.click('#button-confirm');
    }
    await officer.waitForSelector('.steps .now');
    await isFine(officer, `second-${lang}`);

    await second.goto(at('/desk'));
    await isFine(second, `list-${lang}`);
    await second.click('#link-waiting-0');
    await isFine(second, `decide-${lang}`);
    await second.click('#button-agree');
    if (await second.isVisible('#form-confirm')) {
      await second.fill('[name=code]', nextCode(product, 'lien'));
      await second.click('#button-confirm');
    }
    await second.waitForSelector('#result');

    await officer.bringToFront();
    await officer.waitForSelector('#form-slip');
    await isFine(officer, `end-${lang}`);
    await citizen.bringToFront();
    await citizen.click('#link-next');
    await isFine(citizen, `citizen-pin-${lang}`);
    await citizen.fill('#input-pin', '482915');
    await citizen.fill('#input-again', '482915');
    await citizen.click('#button-pin');
    await isFine(citizen, `citizen-set-${lang}`);

    await officer.click('#button-slip');
    await officer.waitForSelector('#slip');
    await isFine(officer, `slip-${lang}`);
    await officer.emulateMedia({ media: 'print' });
    const pdf = (await officer.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
    // One sheet of A5: 148 mm are 419.5 points.
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    expect(pdf).toMatch(/\/MediaBox \[0 0 (419|420)[\d.]* (594|595|596)/);
    expect(officer.url()).toBe(`${visit.split('?')[0]}/slip`);

    // Whoever scans the paper: the signed text goes into the form and out of the address.
    const row = await product.deps.db
      .selectFrom('proof_slips')
      .select(['id', 'signed_sealed'])
      .orderBy('issued_at', 'desc')
      .executeTakeFirstOrThrow();
    const signed = product.deps.keyring.open('person', `slip/${row.id}`, row.signed_sealed).toString();
    const asked: string[] = [];
    citizen.on('request', (request) => asked.push(request.url()));
    await citizen.goto(`${product.issuer}/slip#${signed}`);
    await citizen.waitForSelector('[data-outcome=holds]');
    expect(citizen.url()).toBe(`${product.issuer}/slip`);
    expect(asked.every((url) => !url.split('#')[0]?.includes(signed.slice(0, 20)))).toBe(true);
    await isFine(citizen, `check-${lang}`);
    expect(complaints).toEqual([]);
    await Promise.all([one.close(), two.close(), own.close()]);
  });

  it('keeps no officer signed in by a page that only waits', { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ viewport: desk });
    const officer = await signIn(context, 'hanh');
    await officer.goto(at('/desk'));
    await officer.click('#button-start');
    const status = `${officer.url()}/status?step=account`;
    for (let minute = 0; minute < 15; minute += 3) {
      product.travel(3 * 60 + 1);
      await officer.request.get(status);
    }
    await officer.goto(at('/desk'));
    expect(officer.url()).toContain('/console/sign-in');
    await context.close();
  });
});
