/** The books in Chromium: an auditor searches, takes a signed file, has the log checked and reads the reports, by keyboard and on a phone. */
import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performAct } from '../../src/audit/audit.ts';
import { keepDailyHeads } from '../../src/audit/heads.ts';
import { codeOf, officerPassword } from '../../src/sandbox/officers.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { testOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';

const shots = process.env.TNID_SHOTS;

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
beforeAll(async () => {
  product = await startProduct();
  await fillBooks();
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, javaScriptEnabled: true });
  page = await context.newPage();
  await page.goto(at('/sign-in'));
  await page.fill('[name=login]', 'yen');
  await page.fill('[name=password]', officerPassword);
  await page.click('#button-sign-in');
  await page.fill('[name=code]', codeOf(testOfficer('yen'), product.deps.clock()));
  await page.click('#button-factor');
  await page.waitForURL(at());
});
afterAll(async () => {
  await browser?.close();
  await product?.close();
});

const at = (path = '') => `${product.issuer}/console${path}`;

/** Some lines, and a month of counts as a province might have them. */
async function fillBooks(): Promise<void> {
  const { deps } = product;
  await performAct(deps, async ({ record }) => {
    for (let line = 0; line < 40; line += 1)
      record({ event: 'client.changed', client: 'demo', actor: 'operator', members: ['name'] });
  });
  product.travel(24 * 3600);
  await keepDailyHeads(deps.db, deps.clock());
  const rows = Array.from({ length: 30 }, (_, back) => {
    const time = deps.clock().getTime() + 7 * 3600_000 - back * 24 * 3600_000;
    const day = new Date(time).toISOString().slice(0, 10);
    const busy = new Date(time).getUTCDay() % 6 === 0 ? 0.35 : 1 + ((back * 7) % 5) / 10;
    const count = (name: string, key: string, detail: string, size: number) => ({
      name,
      day: day as never,
      key,
      detail,
      count: BigInt(Math.round(size * busy)),
    });
    return [
      count('sign_ins', 'demo-app', 'level1', 31_200),
      count('sign_ins', 'demo-app', 'level2', 4_800),
      count('sign_ins', 'tay-ninh-id', 'continued', 12_100),
      count('level2_granted', 'vneid', '', 640),
      count('level2_granted', 'chip', '', 210),
      count('step_ups_asked', 'demo-app', '', 6_400),
      count('step_ups_started', 'demo-app', 'vneid', 5_900),
      count('step_ups', 'demo-app', 'vneid', 3_600),
      count('step_ups', 'demo-app', 'pin', 1_300),
      count('step_ups', 'demo-app', 'declined', 700),
      count('step_up_refusals', 'vneid', 'vneid_denied', 120),
      count('sign_in_refusals', 'zalo', 'zalo_denied', 260),
      count('factor_refusals', 'pin', 'wrong_pin', 90),
      count('factor_refusals', 'pin', 'locked', 6),
      count('upstream_errors', 'zalo', 'zalo_unavailable', back === 6 ? 800 : 14),
    ];
  }).flat();
  await deps.db.insertInto('report_counts').values(rows).execute();
}

/** axe and the width, on a desk by day in Vietnamese and on a phone by night in English; pictures where they are asked for. */
async function look(name: string): Promise<void> {
  const url = page.url();
  const inLanguage = (lang: string) => `${url}${url.includes('?') ? '&' : '?'}lang=${lang}`;
  for (const [width, colorScheme, lang] of [
    [390, 'dark', 'en'],
    [1280, 'light', 'vi'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.goto(inLanguage(lang));
    expect(await checkAccessibility(page), `${name} ${width} ${lang}`).toEqual([]);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide, `${name} ${lang} scrolls sideways`).toBeLessThanOrEqual(width);
    if (shots) await page.screenshot({ path: `${shots}/${name}-${width}-${lang}.png`, fullPage: true });
  }
}

describe('an auditor', () => {
  it('searches by keyboard, turns the page, and takes a signed file', async () => {
    await page.goto(at('/audit'));
    await look('audit');
    expect(await page.evaluate('document.activeElement.name')).toBe('who');
    await page.selectOption('[name=event]', 'client.changed');
    await page.press('[name=officer]', 'Enter');
    await page.waitForURL(/event=client\.changed/);
    expect(await page.locator('.log > li').count()).toBe(25);
    await look('audit-found');
    await page.click('#link-older');
    expect(await page.locator('.log > li').count()).toBe(15);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#button-export')]);
    expect(download.suggestedFilename()).toMatch(/^tay-ninh-id-audit-\d{4}-\d\d-\d\d\.zip$/);
    const files = unzipSync(new Uint8Array(await readFile(await download.path())));
    const lines = Buffer.from(files['tay-ninh-id-audit.csv'] ?? [])
      .toString()
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(41);
  });

  it('has the whole log checked', async () => {
    await page.click('#link-chain');
    await page.click('#button-check');
    await expect
      .poll(async () => {
        await page.goto(at('/audit/chain'));
        return page.getAttribute('#last', 'data-state');
      })
      .toBe('whole');
    await look('chain');
  });

  it('reads the reports, each with its chart, and the numbers below it', { timeout: 90_000 }, async () => {
    await page.goto(at('/reports'));
    await look('reports');
    for (const kind of ['sign-ins', 'verified', 'times', 'refusals', 'step-ups', 'lockouts', 'upstreams']) {
      await page.goto(at('/reports'));
      await page.click(`.tiles a[href*="/${kind}?"]`);
      await look(`report-${kind}`);
    }
    await page.goto(at('/reports/sign-ins'));
    await page.click('summary');
    await look('report-open');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#link-csv')]);
    expect(download.suggestedFilename()).toMatch(/^tay-ninh-id-sign-ins-.*\.csv$/);
  });
});
