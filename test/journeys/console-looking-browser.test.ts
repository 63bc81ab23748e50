/** Two officers at once, in a real browser: found by keyboard, asked for by one, looked at and agreed to by the other. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countWhatIf } from '../../src/reports/what-if.ts';
import { officerPassword } from '../../src/sandbox/officers.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { makeFullAccount } from '../support/full-account.ts';
import { nextCode } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';
import { introspectAsService, RelyingParty } from '../support/relying-party.ts';

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

async function signIn(login: string, width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, locale: 'vi' });
  const page = await context.newPage();
  await page.goto(at('/sign-in'));
  await page.waitForFunction(`document.activeElement?.name === 'login'`);
  await page.keyboard.type(login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(officerPassword);
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=code]');
  await page.fill('input[name=code]', nextCode(product, login));
  await page.keyboard.press('Enter');
  await page.waitForURL(at());
  return page;
}

async function looksRight(page: Page): Promise<void> {
  expect(await checkAccessibility(page)).toEqual([]);
  const overflow = await page.evaluate<number>(
    `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
  );
  expect(overflow).toBeLessThanOrEqual(0);
}

it('goes from a name to a decision of two, on a desk and on a phone', { timeout: 120_000 }, async () => {
  const app = await RelyingParty.register(product);
  const citizen = await makeFullAccount(product, app, 'an');
  const [lien, quang] = [await signIn('lien', 1280), await signIn('quang', 390)];

  // Alt with the digit is the browser's own way; the focus is on the field at once.
  await lien.goto(at('/citizens'));
  await lien.waitForFunction(`document.activeElement?.name === 'what'`);
  await lien.keyboard.type('nguyen van an');
  await lien.keyboard.press('Enter');
  await lien.waitForURL(/\/looks\/[\w-]{36}$/);
  await looksRight(lien);
  await lien.click('tbody a');
  await lien.waitForURL(new RegExp(citizen.account));
  await looksRight(lien);
  await lien.focus('details:last-of-type summary');
  await lien.keyboard.press('Enter');
  await lien.selectOption('#form-revoke select[name=reason]', 'wrong_person');
  await lien.fill('#form-revoke input[name=reference]', 'CV 120/UBND-VX');
  await looksRight(lien);
  await lien.click('#button-revoke');
  await lien.waitForSelector('#done');

  await quang.goto(at('/citizens'));
  await looksRight(quang);
  await quang.click('#button-proposal-0');
  await quang.waitForURL(new RegExp(citizen.account));
  await looksRight(quang);
  await quang.click('#button-agree-0');
  await quang.waitForSelector('#done');
  expect(await introspectAsService(product, citizen.tokens.access_token)).toMatchObject({ acr: 'level1' });
  await lien.reload();
  expect(await lien.textContent('main')).toContain('đã thu hồi');
});

it('shows every page of clients, the test and what if as well in English on a phone', {
  timeout: 120_000,
}, async () => {
  const page = await signIn('tri', 390);
  for (const path of ['/clients', '/clients/sandbox-web', '/services/sandbox-api', '/clients/new']) {
    await page.goto(at(`${path}?lang=en`));
    await looksRight(page);
  }
  await page.goto(at('/services/sandbox-api/test'));
  await page.click('#button-test');
  await page.waitForSelector('.good');
  await looksRight(page);
  expect(await page.textContent('main')).toContain('asks for level2 (RFC 9470)');
  await countWhatIf(product.deps, 0);
  await page.goto(at('/what-if'));
  await page.selectOption('select[name=of]', 'client:sandbox-web');
  await page.click('#button-what-if');
  await page.waitForSelector('.figures');
  await looksRight(page);
});
