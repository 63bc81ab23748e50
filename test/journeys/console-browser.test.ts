/** The console in Chromium: an officer who comes by an invitation with a security key, with and without script. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addByOperator } from '../../src/officer/commands.ts';
import { codeOf, officerPassword } from '../../src/sandbox/officers.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { testOfficer } from '../support/officer.ts';
import { type Product, startProduct } from '../support/product.ts';

const PASSWORD = 'cau vong tren nui ba den';

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

async function plugInKey(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: false,
      hasUserVerification: false,
      isUserVerified: false,
      automaticPresenceSimulation: true,
    },
  });
  return cdp;
}

describe('a security key', () => {
  it('is set with the invitation, signs in, and confirms what matters; another’s is refused', async () => {
    const { db, clock, random } = product.deps;
    const words = { login: 'khoa', name: 'Ngô Thị Khóa', role: 'supervisor', communes: [] };
    const { said } = await addByOperator({ db, clock, random, issuer: product.issuer }, words);
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await plugInKey(page);
    await page.goto(said[0] ?? '');
    await page.fill('[name=password]', PASSWORD);
    await page.fill('[name=again]', PASSWORD);
    await page.fill('[name=number]', '072092000777');
    expect(await checkAccessibility(page)).toEqual([]);
    await Promise.all([page.waitForURL(/sign-in/), page.click('#button-passkey')]);

    await page.fill('[name=login]', 'khoa');
    await page.fill('[name=password]', PASSWORD);
    await page.click('#button-sign-in');
    expect(await page.isVisible('[name=code]')).toBe(false);
    await Promise.all([page.waitForURL(at()), page.click('#button-passkey')]);
    expect(await page.textContent('.officer')).toContain('Ngô Thị Khóa');
    const events = await db
      .selectFrom('audit_events')
      .select('body')
      .where('event', '=', 'officer.signed_in')
      .execute();
    expect(events.map(({ body }) => (body as { kind: string }).kind)).toEqual(['passkey']);

    product.travel(6 * 60);
    await page.goto(at('/officers/new'));
    await page.fill('[name=name]', 'Trương Văn Mới');
    await page.fill('[name=login]', 'moi');
    await page.check('[name=role][value=auditor]');
    await page.check('[name=province]');
    await page.click('#button-new');
    expect(await page.textContent('h1')).toContain('Xác nhận lại');
    await page.click('#button-passkey');
    await page.waitForSelector('#link');
    expect(await page.textContent('h1')).toContain('Trương Văn Mới');
    expect(complaints.filter((text) => !text.includes('403'))).toEqual([]);
    await context.close();

    // An answer that was heard is worth nothing in another session, and a foreign key is nobody's.
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await plugInKey(other);
    await other.goto(at('/sign-in'));
    await other.fill('[name=login]', 'khoa');
    await other.fill('[name=password]', PASSWORD);
    await other.click('#button-sign-in');
    await other.click('#button-passkey');
    await other.waitForTimeout(300);
    expect(other.url()).toContain('/sign-in/factor');
    await stranger.close();
  });
});

describe('without script, by keyboard alone', () => {
  it('an officer signs in, reaches every place, and signs out', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    const page = await context.newPage();
    await page.goto(at());
    await page.waitForSelector('[name=login]:focus');
    await page.keyboard.type('lien');
    await page.keyboard.press('Tab');
    await page.keyboard.type(officerPassword);
    await page.keyboard.press('Enter');
    await page.waitForURL(/factor/);
    await page.waitForSelector('[name=code]:focus');
    await page.keyboard.type(codeOf(testOfficer('lien'), product.deps.clock()));
    await page.keyboard.press('Enter');
    await page.waitForURL(at());
    const work = ['', '/cases', '/desk', '/re-audits', '/duplicates', '/citizens', '/clients'];
    for (const [index, path] of [...work, '/officers', '/audit', '/reports', '/own'].entries()) {
      // The digit is an access key; which keys go with it is the browser's own affair, and no test can press them.
      const key = '1234567890'[index];
      await page.focus(key ? `nav a[accesskey="${key}"]` : 'nav li:last-child a');
      await page.keyboard.press('Enter');
      await page.waitForURL(at(path), { timeout: 5_000 });
    }
    await page.click('#button-sign-out');
    expect(page.url()).toContain('/console/sign-in');
    await context.close();
  });
});
