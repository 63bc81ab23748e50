import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorStatus } from '../../src/errors.ts';
import type { PageProps } from '../../views/layout.ts';
import { type Lang, messagesFor } from '../../views/messages.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { CARD_WAIT_HREF, FORM_POST_HREF, PASSKEY_HREF, SAMPLES, type Sample } from './samples.ts';
import { SLIP_HREF } from './samples-desk.ts';

const views = new URL('../../views/', import.meta.url);
const css = readFileSync(new URL('assets/app.css', views));
const cardWait = readFileSync(new URL('assets/card-wait.js', views));
const passkey = readFileSync(new URL('assets/passkey.js', views));
const langs: Lang[] = ['vi', 'en'];
const asGiven = (value: string) => value;

function pageProps(lang: Lang): PageProps {
  return { lang, cssHref: '/assets/app.css', otherLanguageHref: '?lang=other', requestId: '01JD8Q3M7X9V2K' };
}

/** All pages of one language; the error pages differ in words only, so a browser looks at the longest. */
function samplesToLookAt(lang: Lang): Sample[] {
  const length = (code: keyof typeof errorStatus) =>
    Object.values(messagesFor(lang).errors[code]).join('').length;
  const codes = (Object.keys(errorStatus) as (keyof typeof errorStatus)[]).sort(
    (a, b) => length(b) - length(a),
  );
  return SAMPLES.filter(({ shows, name }) => shows !== 'errorPage' || name === `error-${codes[0]}`);
}

describe('the markup', () => {
  test('every page of views/ has a sample', async () => {
    const pages: string[] = [];
    // The officers' pages have a look, a frame and samples of their own: console.test.ts.
    const files = readdirSync(views).filter((name) => name.endsWith('.ts') && !name.startsWith('console-'));
    for (const file of files) {
      const module: Record<string, unknown> = await import(new URL(file, views).href);
      pages.push(...Object.keys(module).filter((name) => name.endsWith('Page')));
    }
    expect(pages.length).toBeGreaterThan(0);
    expect([...new Set(SAMPLES.map(({ shows }) => shows))].sort()).toEqual(pages.sort());
    expect(new Set(SAMPLES.map(({ name }) => name)).size).toBe(SAMPLES.length);
  });

  // One test a rule: the message names the page that breaks it.
  describe.each(langs)('%s', (lang) => {
    const page = pageProps(lang);
    const pages = SAMPLES.map((sample) => ({ ...sample, markup: sample.render(page, asGiven) }));

    test('every page is a whole document in its language, with one heading, which is its title', () => {
      for (const { name, markup } of pages) {
        expect(typeof markup, name).toBe('string');
        expect(markup, name).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${lang}">`));
        expect(markup, name).toContain(
          '<meta name="viewport" content="width=device-width, initial-scale=1">',
        );
        expect(markup.match(/<h1[\s>]/g), name).toHaveLength(1);
        const heading = markup.match(/<h1>([^<]+)<\/h1>/)?.[1];
        expect(heading, name).toBeTruthy();
        expect(markup, name).toContain(`<title>${heading} · Tây Ninh ID</title>`);
        expect(markup, name).not.toMatch(/undefined|\[object|>(true|false|null)</);
      }
    });

    test('a page and its stylesheet are at most 14 KB on the wire', () => {
      // The stylesheet goes compressed, the page as it is: it holds what is somebody's.
      const { byteLength } = gzipSync(css, { level: 9 });
      const tooHeavy = pages.filter(({ markup }) => Buffer.byteLength(markup) + byteLength > 14 * 1024);
      expect(tooHeavy.map(({ name }) => name)).toEqual([]);
    });

    test('no page has an inline script or style; what waits, asks for a passkey or posts itself has its script', () => {
      const moduleOf = (href: string) => `<script type="module" src="${href}"></script>`;
      const posts = `<script defer src="${FORM_POST_HREF}"></script>`;
      for (const { name, markup } of pages) {
        expect(markup.includes(moduleOf(CARD_WAIT_HREF)), name).toBe(name.startsWith('card-read'));
        expect(markup.includes(moduleOf(PASSKEY_HREF)), name).toBe(markup.includes('data-ask='));
        expect(markup.includes(posts), name).toBe(name === 'form-post');
        expect(markup.includes(moduleOf(SLIP_HREF)), name).toBe(name === 'slip');
        const ours = [moduleOf(CARD_WAIT_HREF), moduleOf(PASSKEY_HREF), moduleOf(SLIP_HREF), posts];
        const rest = ours.reduce((text, script) => text.replace(script, ''), markup);
        expect(rest, name).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|javascript:/i);
      }
    });

    test('a case that waits is named, and the card is not asked for again', () => {
      const pending = pages.filter(({ name }) => name.startsWith('step-up-pending'));
      expect(pending).toHaveLength(3);
      for (const { name, markup } of pending) {
        expect(markup, name).toMatch(/<p id="pending" class="note">[^<]*14:05 ngày 21\/11\/2026/);
        expect(markup, name).not.toContain('form-card');
        expect(markup, name).not.toContain(messagesFor(lang).stepUp.noMethod);
        expect(markup.includes('form-vneid'), name).toBe(name !== 'step-up-pending-no-way');
      }
    });

    test('the first way offered is the main one, and there is one main button', () => {
      for (const { name, markup } of pages.filter(({ shows }) => shows === 'stepUpPage')) {
        expect(markup.match(/<button[^>]* class="button main"/g), name).toHaveLength(1);
      }
      const markupOf = (name: string) => pages.find((one) => one.name === name)?.markup;
      expect(markupOf('step-up-two-ways')).toContain('id="button-vneid" class="button main"');
      expect(markupOf('step-up-two-ways')).toContain('id="button-card" class="button other"');
      expect(markupOf('step-up-card')).toContain('id="button-card" class="button main"');
    });

    test('a passkey is hidden until its module shows it, and never the only way on', () => {
      const withKey = pages.filter(({ markup }) => markup.includes('data-ask='));
      expect(withKey.length).toBeGreaterThanOrEqual(5);
      for (const { name, markup } of withKey) {
        expect(markup, name).toMatch(/<form[^>]*data-ask="(get|create)"[^>]* hidden>/);
        expect(markup.match(/<form /g)?.length, name).toBeGreaterThanOrEqual(3);
      }
    });

    test('whoever reads a card on another phone is warned before anything can be pressed', () => {
      const { points } = messagesFor(lang).cardHelper;
      for (const { name, markup } of pages.filter(({ shows }) => shows === 'cardHelperPage')) {
        const firstButton = markup.search(/class="button|id="code"/);
        for (const { text } of points) {
          expect(markup.indexOf(text), name).toBeGreaterThan(0);
          expect(markup.indexOf(text), name).toBeLessThan(firstButton);
        }
      }
    });

    test('whoever opens a handle reads whose account it is, and the warning, before anything can be pressed', () => {
      const { safety } = messagesFor(lang).miniApp.open;
      for (const { name, markup } of pages.filter(({ shows }) => shows === 'miniAppOpenPage')) {
        const firstButton = markup.search(/<button/);
        for (const said of [safety, 'id="account-name"']) {
          expect(markup.indexOf(said), name).toBeGreaterThan(0);
          expect(markup.indexOf(said), name).toBeLessThan(firstButton);
        }
      }
    });

    test('what comes from outside is escaped', () => {
      const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
      const hostilePage: PageProps = {
        lang,
        cssHref: page.cssHref + hostile,
        otherLanguageHref: page.otherLanguageHref + hostile,
        requestId: page.requestId + hostile,
      };
      const tags = (markup: string) => markup.match(/<[a-z0-9/]+/g);
      for (const { name, render, markup } of pages) {
        const attacked = render(hostilePage, (value) => value + hostile);
        expect(attacked, name).toContain('&lt;script&gt;');
        // The two quotes together would survive wherever one of them does: then an attribute ends early.
        expect(attacked, name).not.toMatch(/"'>|"&#39;|&quot;'/);
        expect(tags(attacked), name).toEqual(tags(markup));
      }
    });

    test('the words of the State for its own grades are not used', () => {
      for (const { name, markup } of pages) expect(markup, name).not.toMatch(/mức độ|cấp độ|level ?[12]/i);
    });
  });

  test('the two languages are two: no sentence is left untranslated', () => {
    const same = leaves(messagesFor('vi')).filter((text) => leaves(messagesFor('en')).includes(text));
    // Names and terms that are the same in both.
    const names = [
      'Zalo',
      'Zalo:',
      'VNeID',
      'level1',
      'level1 (Zalo)',
      'level2',
      'device_code',
      'token-exchange',
    ];
    expect(same.filter((text) => !names.includes(text))).toEqual([]);
  });

  test('the stylesheet and the module stay small and ask for nothing from elsewhere', () => {
    expect(gzipSync(css, { level: 9 }).byteLength).toBeLessThanOrEqual(3.5 * 1024);
    expect(css.toString()).not.toMatch(/url\(|@import/);
    expect(cardWait.byteLength).toBeLessThanOrEqual(1024);
    expect(passkey.byteLength).toBeLessThanOrEqual(2560);
    for (const script of [cardWait, passkey])
      expect(script.toString()).not.toMatch(/import|innerHTML|https?:/);
  });
});

describe('in a browser', () => {
  let server: Server;
  let browser: Browser;
  let base: string;
  /** What the server says of the reading, and how often it was asked. */
  const reading = { http: 200, status: 'waiting', asked: 0 };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      // The strictest policy the pages claim to need: whatever breaks it shows up in the console.
      const scripted = [
        '/card-read',
        '/sign-in',
        '/step-up',
        '/set-factor',
        '/account-factors',
        '/form-post',
        '/slip',
      ];
      const waits = scripted.some((name) => pathname.startsWith(name))
        ? "; script-src 'self'; connect-src 'self'"
        : '';
      response.setHeader(
        'content-security-policy',
        `default-src 'none'; style-src 'self'; form-action 'self'${waits}`,
      );
      if (pathname === '/assets/app.css') return response.setHeader('content-type', 'text/css').end(css);
      if (pathname === CARD_WAIT_HREF)
        return response.setHeader('content-type', 'text/javascript').end(cardWait);
      if (pathname === PASSKEY_HREF)
        return response.setHeader('content-type', 'text/javascript').end(passkey);
      // Empty: the sample must stay to be looked at.
      if (pathname === SLIP_HREF) return response.setHeader('content-type', 'text/javascript').end();
      if (pathname === FORM_POST_HREF) return response.setHeader('content-type', 'text/javascript').end();
      if (pathname.endsWith('/card/status')) {
        reading.asked++;
        response.writeHead(reading.http, { 'content-type': 'application/json' });
        return response.end(JSON.stringify({ status: reading.status }));
      }
      if (pathname.endsWith('/card/next')) return response.end('next');
      const sample = SAMPLES.find(({ name }) => pathname === `/${name}`);
      if (!sample) return response.writeHead(404).end();
      const lang = searchParams.get('lang') === 'en' ? 'en' : 'vi';
      return response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(sample.render(pageProps(lang), asGiven));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Opens every sample in one context, one after the other, and gives what `look` finds wrong, by sample. */
  async function lookAtAll(
    lang: Lang,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<unknown[]>,
  ): Promise<Record<string, unknown[]>> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const found: Record<string, unknown[]> = {};
    for (const { name } of samplesToLookAt(lang)) {
      await page.goto(`${base}/${name}?lang=${lang}`);
      const wrong = [...(await look(page)), ...complaints.splice(0)];
      if (wrong.length > 0) found[name] = wrong;
    }
    await context.close();
    return found;
  }

  const phone = { width: 320, height: 640 };

  for (const lang of langs) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`axe finds nothing: ${lang}, ${colorScheme}`, { timeout: 120_000 }, async () => {
        expect(await lookAtAll(lang, { viewport: phone, colorScheme }, checkAccessibility)).toEqual({});
      });
    }

    test(`fits a phone of 320 px, without JavaScript: ${lang}`, async () => {
      const options = { viewport: phone, javaScriptEnabled: false };
      expect(await lookAtAll(lang, options, findOverflow)).toEqual({});
    });

    test(`fits a phone of 320 px with text of 200 %: ${lang}`, async () => {
      const doubled = async (page: Page) => {
        const size = 'parseFloat(getComputedStyle(document.body).fontSize)';
        const before = await page.evaluate<number>(size);
        await page.evaluate(`document.documentElement.style.fontSize = '225%'`);
        const after = await page.evaluate<number>(size);
        return after === 2 * before ? await findOverflow(page) : [`text grew from ${before} to ${after} px`];
      };
      expect(await lookAtAll(lang, { viewport: phone }, doubled)).toEqual({});
    });

    test(`everything to press is big enough for a thumb: ${lang}`, async () => {
      expect(await lookAtAll(lang, { viewport: phone }, findSmallTargets)).toEqual({});
    });
  }

  test('every form posts by its own button, and each id is there once', async () => {
    const wrong = await lookAtAll('vi', { viewport: phone }, (page) =>
      page.evaluate<string[]>(`(() => {
        const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
        const forms = [...document.forms];
        return [
          ...ids.filter((id, index) => ids.indexOf(id) !== index),
          ...forms.filter((form) => form.method !== 'post' || !form.id.startsWith('form-')).map((form) => form.outerHTML),
          ...forms.filter((form) => !document.getElementById(form.id.replace('form-', 'button-'))).map((form) => form.id),
        ];
      })()`),
    );
    expect(wrong).toEqual({});
  });

  test('the QR is black on white with four modules of white around, by day and night', async () => {
    for (const [colorScheme, width] of [
      ['light', 320],
      ['dark', 320],
      ['dark', 1280],
    ] as const) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 640 } });
      const page = await context.newPage();
      await page.goto(`${base}/card-read`);
      const [white, quiet, module] = await page.evaluate<[string, number, number]>(`(() => {
        const frame = document.querySelector('.qr');
        const svg = frame.querySelector('svg');
        const { backgroundColor, paddingLeft } = getComputedStyle(frame);
        return [backgroundColor, parseFloat(paddingLeft), svg.clientWidth / svg.viewBox.baseVal.width];
      })()`);
      expect(white).toBe('rgb(255, 255, 255)');
      expect(quiet / module).toBeGreaterThanOrEqual(4);
      expect(module).toBeGreaterThanOrEqual(5);
      await context.close();
    }
  });

  test('on a phone the app is offered; on a computer it is not, and the QR is in sight', async () => {
    for (const [width, height, seen] of [
      [360, 740, true],
      [1280, 800, false],
    ] as const) {
      const context = await browser.newContext({ viewport: { width, height } });
      const page = await context.newPage();
      await page.goto(`${base}/card-read-app`);
      expect(await page.isVisible('#link-app')).toBe(seen);
      const box = await page.locator('.qr').boundingBox();
      if (!seen && box) expect(box.y + box.height).toBeLessThan(height);
      await context.close();
    }
  });

  test('without JavaScript the button moves the waiting page on, and nothing claims to move by itself', async () => {
    const context = await browser.newContext({ viewport: phone, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${base}/card-read`);
    expect(await page.isVisible('#progress')).toBe(false);
    await page.click('#link-next');
    expect(page.url()).toMatch(/\/card\/next$/);
    await context.close();
  });

  test('the waiting page asks, slows down, rests while hidden, bears a fault, and moves on', async () => {
    const context = await browser.newContext({ viewport: phone });
    const page = await context.newPage();
    const { cardRead } = messagesFor('vi');
    // The answer to a request made later has come: so has the one to the status, and its timer is set.
    const settle = () => page.evaluate(`fetch('${CARD_WAIT_HREF}').then((answer) => answer.text())`);
    const wait = async (ms: number) => {
      await page.clock.fastForward(ms);
      await settle();
      await settle();
      return reading.asked;
    };
    const turn = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        for (const _ of 'ab') document.dispatchEvent(new Event('visibilitychange'))`);

    Object.assign(reading, { http: 200, status: 'waiting', asked: 0 });
    await page.clock.install({ time: 0 });
    await page.goto(`${base}/`); // any page: from here on time stands still
    await page.clock.pauseAt(60_000);
    await page.goto(`${base}/card-read`);
    await expect.poll(() => wait(0)).toBe(1);
    expect(await page.textContent('#progress')).toBe(cardRead.waiting);
    expect(await wait(2900)).toBe(1);
    expect(await wait(200)).toBe(2);
    expect(await wait(120_000)).toBe(3);
    expect(await wait(9900)).toBe(3);
    expect(await wait(200)).toBe(4);

    await turn(true);
    expect(await wait(60_000)).toBe(4);
    Object.assign(reading, { http: 503, status: 'busy' });
    await turn(false);
    expect(await wait(0)).toBe(5);
    expect(await page.textContent('#progress')).toBe(cardRead.waiting);

    Object.assign(reading, { http: 200, status: 'approved' });
    expect(await wait(10_100)).toBe(6);
    expect(await page.textContent('#progress[role=status]')).toBe(cardRead.finished);
    await Promise.all([page.waitForURL(/\/card\/next$/), page.clock.fastForward(1000)]);
    await context.close();
  });

  test('a focused button is seen to be focused', async () => {
    const context = await browser.newContext({ viewport: phone });
    const page = await context.newPage();
    await page.goto(`${base}/sign-in`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate<string[]>(
      `[document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle]`,
    );
    expect(outline).toEqual(['button-zalo', 'solid']);
    await context.close();
  });
});

/** Elements that stick out of the window, or whose words stick out of themselves. */
async function findOverflow(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    const wrong = document.documentElement.scrollWidth > width ? ['the page scrolls sideways'] : [];
    const main = document.querySelector('main').getBoundingClientRect();
    for (const element of document.querySelectorAll('main *, .bar *, footer *')) {
      if (element.getClientRects().length === 0) continue;
      const { left, right } = element.getBoundingClientRect();
      const room = element.closest('main') ? main : { left: 0, right: width };
      if (left < room.left - 1 || right > room.right + 1) wrong.push('sticks out: ' + element.outerHTML.slice(0, 80));
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
        wrong.push('its words stick out: ' + element.outerHTML.slice(0, 80));
    }
    return wrong;
  })()`);
}

/** Buttons and links under 44 px in either direction (WCAG 2.2, 2.5.5). */
async function findSmallTargets(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`
    [...document.querySelectorAll('a, button, input:not([type=hidden])')]
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 44 || height < (element.matches('.button') ? 48 : 44);
      })
      .map((element) => element.outerHTML)`);
}

/** Every sentence of the messages, however deep; sentences with a name in them are filled in. */
function leaves(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (typeof node === 'function') return [node('X')];
  return Object.values(node as object).flatMap(leaves);
}
