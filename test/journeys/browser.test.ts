/**
 * The main line as a citizen walks it, in a real browser without script: demo app → level1 → a report is taken →
 * a dossier is refused → step up → back in the form they had begun → filed. Every page on the way is accessible.
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
let shot = 0;

/** Holds the page the citizen sees against axe and the narrow screen; keeps a picture where one is asked for. */
async function look(name: string): Promise<void> {
  if (shots) {
    shot += 1;
    await page.screenshot({ path: `${shots}/${String(shot).padStart(2, '0')}-${name}.png`, fullPage: true });
  }
  if (!page.url().startsWith(product.issuer)) return;
  const { width } = page.viewportSize() ?? { width: 0 };
  const overflow = await page
    .locator('html')
    .evaluate((html) => (html as unknown as { scrollWidth: number }).scrollWidth);
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(width);
  expect(await checkInScriptedTab(), name).toEqual([]);
}

/** axe is a script, and the citizen's browser here has none: the same page, byte for byte, is shown to one that has. */
async function checkInScriptedTab() {
  const html = await page.content();
  const tab = await browser.newPage({ viewport: page.viewportSize() });
  await tab.route(page.url(), (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
  );
  await tab.goto(page.url());
  const violations = await checkAccessibility(tab);
  await tab.close();
  return violations;
}

async function signInAs(person: string): Promise<void> {
  await page.click('#button-zalo');
  await page.click(`button[name=person][value=${person}]`);
}

describe('from the demo app to a filed dossier', () => {
  it('level1 reports, is refused the dossier, steps up, and lands back in the form', async () => {
    await page.goto(`${product.sandbox}/app`);
    await page.click('a[href="/app/sign-in"]');
    await look('sign-in');
    await signInAs('bay');
    await look('consent');
    await page.click('#button-consent');
    await look('demo-signed-in');
    expect(await page.textContent('#level')).toContain('level1');

    await page.fill('#form-report textarea', 'Đèn đường trước chợ hỏng ba hôm nay.');
    await page.click('#form-report button');
    expect(await page.textContent('#number')).toMatch(/^[A-Z]{2}-\d{4}-\d{6}$/);
    await look('report-taken');

    await page.goto(`${product.sandbox}/app`);
    await page.fill('#form-dossier [name=title]', 'Xin cấp lại giấy khai sinh');
    await page.fill('#form-dossier [name=text]', 'Giấy cũ bị ướt trong mùa lũ.');
    await page.click('#form-dossier button');
    await look('step-up');
    expect(await page.locator('#button-decline').count()).toBe(0);
    await page.click('#button-vneid');
    await look('vneid');
    await page.click('button[name=person][value=bay]');
    await look('set-factor');
    await page.fill('#form-set-pin [name=pin]', '482915');
    await page.fill('#form-set-pin [name=again]', '482915');
    await page.click('#button-set-pin');
    await look('consent-more');
    await page.click('#button-consent');

    expect(await page.inputValue('#form-dossier [name=title]')).toBe('Xin cấp lại giấy khai sinh');
    expect(await page.inputValue('#form-dossier [name=text]')).toBe('Giấy cũ bị ướt trong mùa lũ.');
    await look('back-in-the-form');
    await page.click('#form-dossier button');
    expect(await page.textContent('#number')).toMatch(/^[A-Z]{2}-\d{4}-\d{6}$/);
    await look('filed');
  });

  it('a citizen who does not step up keeps the form, and nothing is filed', async () => {
    await page.goto(`${product.sandbox}/app`);
    await page.click('a[href="/app/sign-in"]');
    await signInAs('my');
    await page.click('#button-consent');
    await page.fill('#form-dossier [name=title]', 'Cấp đổi giấy phép');
    await page.fill('#form-dossier [name=text]', 'Nội dung đã viết rất lâu.');
    await page.click('#form-dossier button');
    await page.click('#button-cancel');
    expect(page.url()).toContain('/app');
    expect(await page.inputValue('#form-dossier [name=text]')).toBe('Nội dung đã viết rất lâu.');
  });

  it('refuses the second account of one person, with a way back', async () => {
    for (const person of ['an', 'an-2']) {
      // Two accounts at Zalo, one citizen at VNeID.
      await context.clearCookies();
      await page.goto(`${product.sandbox}/app/sign-in?acr_values=level2`);
      await signInAs(person);
      await page.click('#button-vneid');
      await page.click('button[name=person][value=an]');
      if (person === 'an') {
        await page.click('#button-later');
        await page.click('#button-consent');
      }
    }
    await look('duplicate');
    expect(await page.textContent('#error-code')).toContain('duplicate_person');
    await page.click('#link-back');
    await page.click('#button-decline');
    await page.click('#button-consent');
    expect(await page.textContent('#level')).toContain('level1');
  });
});

describe('signing out', () => {
  it('asks first, ends the session, and leads back to the app', async () => {
    await page.goto(`${product.sandbox}/app`);
    await page.click('a[href="/app/sign-in"]');
    await signInAs('khanh');
    await page.click('#button-consent');
    await page.click('#form-sign-out button');
    await look('sign-out');
    await page.click('#button-sign-out');
    expect(page.url()).toContain('/app');
    await page.click('a[href="/app/sign-in"]');
    expect(await page.locator('#button-zalo').count()).toBe(1);

    await page.goto(`${product.issuer}/session/end`);
    await look('signed-out');
    expect(await page.locator('form').count()).toBe(0);
    const back = `${product.sandbox}/app`;
    const query = new URLSearchParams({
      client_id: 'sandbox-web',
      post_logout_redirect_uri: back,
      state: 'hello',
    });
    await page.goto(`${product.issuer}/session/end?${query}`);
    expect(page.url()).toBe(`${back}?state=hello`);
  });
});

describe('in English', () => {
  it('every page follows the choice', async () => {
    await page.goto(`${product.sandbox}/app/sign-in?acr_values=level2`);
    await page.click('text=English');
    await look('sign-in-en');
    await signInAs('thuong');
    await look('step-up-en');
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    await page.goBack();
    await page.goto(`${product.issuer}/interaction/nothing-here`);
    await look('error-en');
    expect(await page.textContent('#error-code')).toContain('interaction_expired');
  });
});

describe('the answer as a posted form (OAuth 2.0 Form Post Response Mode)', () => {
  it('reaches the client under the content policy', async () => {
    const scripted = await browser.newContext();
    const tab = await scripted.newPage();
    let posted: string | null = null;
    await tab.route('http://127.0.0.1:65000/**', async (route) => {
      posted = route.request().postData();
      await route.fulfill({ body: 'taken' });
    });
    const query = new URLSearchParams({
      client_id: 'sandbox-app',
      redirect_uri: 'http://127.0.0.1:65000/cb',
      response_type: 'code',
      response_mode: 'form_post',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await tab.goto(`${product.issuer}/auth?${query}`);
    await tab.click('#button-zalo');
    await tab.click('button[name=person][value=binh]');
    await tab.click('#button-consent');
    await tab.waitForURL('http://127.0.0.1:65000/cb');
    expect(posted).toContain('code=');
    await scripted.close();
  });
});
