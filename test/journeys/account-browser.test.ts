/**
 * The account pages and the consent page as a citizen sees them: Chromium, 360 px, without script, in both languages.
 * Every page on the way is held against axe and the narrow screen.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { type Product, startProduct } from '../support/product.ts';

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  page = await context.newPage();
  page.setDefaultTimeout(5_000);
});
afterEach(() => context?.close());

const shots = process.env.TNID_SHOTS;
const account = (path = '') => `${product.issuer}/account${path}`;

/** axe is a script, and the citizen's browser here has none: the same page, byte for byte, is shown to one that has. */
async function look(name: string): Promise<void> {
  const html = await page.content();
  const tab = await browser.newPage({ viewport: { width: 360, height: 740 } });
  await tab.route(page.url(), (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
  );
  await tab.goto(page.url());
  expect(await checkAccessibility(tab), name).toEqual([]);
  for (const width of [360, 1280]) {
    await tab.setViewportSize({ width, height: 740 });
    const wide = await tab.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide, `${name} scrolls sideways at ${width} px`).toBeLessThanOrEqual(width);
    if (shots) await tab.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true });
  }
  await tab.close();
}

async function signInAs(person: string): Promise<void> {
  await page.click('#button-zalo');
  await page.click(`button[name=person][value=${person}]`);
}

/** At the demo app's consent page. */
async function atConsent(person: string): Promise<void> {
  await page.goto(`${product.sandbox}/app`);
  await page.click('a[href="/app/sign-in"]');
  await signInAs(person);
  await page.waitForSelector('#button-consent');
}

describe('consent', () => {
  it('a ticked line makes "only what I ticked" the main button, and gives just that', async () => {
    await atConsent('an');
    await look('consent-vi');
    // Playwright's own script runs also where the page's may not.
    const colourOf = (id: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${id}')).backgroundColor`);
    const main = await colourOf('#button-consent');
    expect(await page.locator('input:checked').count()).toBe(0);
    expect(await colourOf('#button-choose')).not.toBe(main);
    await page.check('#purpose-profile');
    expect(await colourOf('#button-choose')).toBe(main);
    expect(await colourOf('#button-consent')).not.toBe(main);
    if (shots) await page.screenshot({ path: `${shots}/consent-ticked-360.png`, fullPage: true });
    await page.click('#button-choose');
    expect(await page.textContent('#level')).toContain('level1');
    await page.goto(account('/services'));
    await look('services-vi');
    expect(await page.textContent('main')).toContain('Tên và ảnh đại diện');
  });

  it('can be pressed through by whoever only wants to go on', async () => {
    await atConsent('bay');
    await page.click('#button-consent');
    expect(await page.textContent('#level')).toContain('level1');
  });
});

describe.each(['vi', 'en'] as const)('the account pages: %s', (lang) => {
  const open = (path = '') => page.goto(`${account(path)}?lang=${lang}`);

  it('overview, sessions, services, ledger, data and closing', { timeout: 60_000 }, async () => {
    const person = lang === 'vi' ? 'my' : 'khanh';
    await atConsent(person);
    if (lang === 'en') {
      await page.click('a.language');
      await look('consent-en');
    }
    await page.click('#button-consent');
    await open();
    await page.click('#button-verify');
    await page.click('#button-vneid');
    await page.click(`button[name=person][value=${person}]`);
    await page.fill('#input-pin', '482915');
    await page.fill('#input-again', '482915');
    await page.click('#button-set-pin');
    await page.waitForSelector('#level');
    await look(`overview-${lang}`);
    for (const path of ['sessions', 'services', 'ledger', 'ledger/asked', 'data', 'close']) {
      await open(`/${path}`);
      await look(`${path.replace('/', '-')}-${lang}`);
    }
    await open('/data');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#button-data')]);
    expect(file.suggestedFilename()).toMatch(/^tay-ninh-id-.*\.json$/);

    await open('/close');
    await page.click('#button-close');
    await page.waitForSelector('#closing');
    await look(`closing-${lang}`);
    await open();
    await look(`overview-closing-${lang}`);
    await page.click('#button-notice');
    await page.waitForSelector('#button-close');
  });

  it('"not me", from the ledger to the way back in', { timeout: 60_000 }, async () => {
    await open('/ledger');
    await signInAs(lang === 'vi' ? 'toan' : 'tuan');
    await page.click('.day a >> nth=0');
    await look(`not-me-${lang}`);
    await page.click('#link-cancel');
    await page.click('.day a >> nth=0');
    await page.click('#button-not-me');
    await page.waitForSelector('#link-sign-in');
    await look(`reported-${lang}`);
    await page.click('#link-sign-in');
    await page.waitForSelector('#button-zalo');
  });
});
