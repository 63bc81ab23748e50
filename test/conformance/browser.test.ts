/** The suite's click paths in a real Chromium without JavaScript: every button it presses is there, and enough. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plansFor, type Script } from '../../scripts/conformance-plans.ts';
import { openBrowser } from '../support/browser.ts';
import type { Product } from '../support/product.ts';
import { CALLBACK, LOGGED_OUT, matches, type Params, Requests, startForSuite } from './suite.ts';

let product: Product;
let browser: Browser;
let one: Requests;
let scripts: Script[];

beforeAll(async () => {
  [product, browser] = await Promise.all([startForSuite(), openBrowser()]);
  const plan = plansFor(product.issuer).ekyc;
  if (!plan) throw new Error('no plan');
  one = new Requests(product, plan.client);
  scripts = plan.browser;
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

/** A page without script in English, as the suite's is; what it sends to the suite is kept. */
async function openPage() {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US' });
  const page = await context.newPage();
  const arrived: { url: string; body: string | null }[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (url.startsWith(CALLBACK) || url.startsWith(LOGGED_OUT))
      arrived.push({ url, body: request.postData() });
  });
  for (const address of [CALLBACK, LOGGED_OUT]) {
    await page.route(`${address}**`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<p id="submission_complete">arrived</p>' }),
    );
  }
  return { context, page, arrived };
}

async function follow(page: Page, address: string): Promise<void> {
  await page.goto(address);
  const script = scripts.find(({ match }) => matches(match, address));
  for (const { task, match, optional, commands = [] } of script?.tasks ?? []) {
    if (!matches(match, page.url())) {
      if (!optional) throw new Error(`${task}: ${page.url()}`);
      continue;
    }
    for (const [what, how, target, , ...rest] of commands) {
      const found = page.locator(how === 'id' ? `#${target}` : String(target)).first();
      if (what === 'wait') expect([await found.count(), rest]).toEqual([1, []]);
      else if ((await found.count()) > 0) await found.click();
    }
  }
}

it('from a request for verified claims to the answer by a form, and out again', async () => {
  const { context, page, arrived } = await openPage();
  const verified = { verification: { trust_framework: null }, claims: { name: null } };
  const params: Params = {
    scope: 'openid profile offline_access',
    response_mode: 'form_post',
    claims: JSON.stringify({ id_token: { verified_claims: verified } }),
  };
  await follow(page, one.authorize(params));
  const answer = new URLSearchParams(arrived[0]?.body ?? '');
  expect(answer.get('iss')).toBe(product.issuer);
  const { body } = await one.redeem(answer.get('code') ?? '');
  expect((await one.readIdToken(body.id_token)).verified_claims).toMatchObject({
    claims: { name: 'Nguyễn Văn An' },
  });

  const asked = new URLSearchParams({
    id_token_hint: String(body.id_token),
    post_logout_redirect_uri: LOGGED_OUT,
    state: 'x',
  });
  await follow(page, `${product.issuer}/session/end?${asked}`);
  expect(arrived.at(-1)?.url).toBe(`${LOGGED_OUT}?state=x`);
  await context.close();
});
