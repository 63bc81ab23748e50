/** The pages of the console: whole, escaped, without inline script, and fit for 390 and 1280 px, both languages, keyboard. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConsolePageProps } from '../../views/console-layout.ts';
import type { Lang } from '../../views/messages.ts';
import { checkAccessibility, openBrowser } from '../support/browser.ts';
import { tinyJpeg } from '../support/card-factory-files.ts';
import { CONSOLE_SAMPLES, type ConsoleSample, FACE_HREF, PASSKEY_HREF } from './console-samples.ts';

const views = new URL('../../views/', import.meta.url);
const css = readFileSync(new URL('assets/console.css', views));
const passkey = readFileSync(new URL('assets/console-passkey.js', views));
const langs: Lang[] = ['vi', 'en'];
const asGiven = (value: string) => value;

function pageProps(lang: Lang, { outside }: Pick<ConsoleSample, 'outside'>): ConsolePageProps {
  const frame = {
    lang,
    cssHref: '/assets/console.css',
    otherLanguageHref: '?lang=other',
    requestId: '01JD8',
  };
  if (outside) return frame;
  return {
    ...frame,
    officer: {
      name: 'Nguyễn Hoàng Thị Phương Thảo',
      role: 'Cán bộ phụ trách',
      signOutAction: '/console/sign-out',
    },
    places: [
      { href: '/console', label: lang === 'vi' ? 'Việc đang chờ' : 'Waiting for you', here: true },
      { href: '/console/officers', label: lang === 'vi' ? 'Cán bộ' : 'Officers', here: false },
      { href: '/console/own', label: lang === 'vi' ? 'Tài khoản của mình' : 'My account', here: false },
    ],
  };
}

describe('the markup', () => {
  test('every page of the console has a sample', async () => {
    const pages: string[] = [];
    for (const file of readdirSync(views).filter((name) => /^console-.*\.ts$/.test(name))) {
      const module: Record<string, unknown> = await import(new URL(file, views).href);
      pages.push(...Object.keys(module).filter((name) => name.endsWith('Page')));
    }
    expect(pages.length).toBeGreaterThan(8);
    expect([...new Set(CONSOLE_SAMPLES.map(({ shows }) => shows))].sort()).toEqual(pages.sort());
  });

  describe.each(langs)('%s', (lang) => {
    const pages = CONSOLE_SAMPLES.map((sample) => ({
      ...sample,
      markup: sample.render(pageProps(lang, sample), asGiven),
    }));

    test('every page is a whole document in its language, with one heading, which is its title', () => {
      for (const { name, markup } of pages) {
        expect(markup, name).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${lang}">`));
        expect(markup.match(/<h1[\s>]/g), name).toHaveLength(1);
        expect(markup, name).toContain(
          `<title>${markup.match(/<h1>([^<]+)<\/h1>/)?.[1]} · Tây Ninh ID</title>`,
        );
        expect(markup, name).not.toMatch(/undefined|\[object|>(true|false|null)</);
      }
    });

    test('no page has an inline script or style; a page stays small', () => {
      const ours = `<script type="module" src="${PASSKEY_HREF}"></script>`;
      for (const { name, markup, largest = 20 } of pages) {
        expect(markup.replace(ours, ''), name).not.toMatch(
          /<script|<style|\sstyle=|\son[a-z]+=|javascript:/i,
        );
        expect(markup.includes(ours), name).toBe(markup.includes('data-passkey'));
        expect(Buffer.byteLength(markup) + gzipSync(css).byteLength, name).toBeLessThan(largest * 1024);
      }
    });

    test('what comes from outside is escaped', () => {
      const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
      for (const sample of pages) {
        const attacked = sample.render(pageProps(lang, sample), (value) => value + hostile);
        expect(attacked, sample.name).not.toMatch(/"'>|"&#39;|&quot;'/);
        expect(attacked.match(/<[a-z0-9/]+/g), sample.name).toEqual(sample.markup.match(/<[a-z0-9/]+/g));
      }
    });
  });

  test('stylesheet and script ask for nothing from elsewhere', () => {
    expect(css.toString()).not.toMatch(/url\(|@import/);
    expect(passkey.toString()).not.toMatch(/import|innerHTML|https?:|fetch/);
  });
});

describe('in a browser', () => {
  let server: Server;
  let browser: Browser;
  let base: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      response.setHeader(
        'content-security-policy',
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'",
      );
      if (pathname === '/assets/console.css') return response.setHeader('content-type', 'text/css').end(css);
      if (pathname === FACE_HREF) return response.setHeader('content-type', 'image/jpeg').end(tinyJpeg);
      if (pathname === PASSKEY_HREF)
        return response.setHeader('content-type', 'text/javascript').end(passkey);
      const sample = CONSOLE_SAMPLES.find(({ name }) => pathname === `/${name}`);
      if (!sample) return response.writeHead(404).end();
      const lang = searchParams.get('lang') === 'en' ? 'en' : 'vi';
      return response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(sample.render(pageProps(lang, sample), asGiven));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

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
    for (const { name } of CONSOLE_SAMPLES) {
      await page.goto(`${base}/${name}?lang=${lang}`);
      const wrong = [...(await look(page)), ...complaints.splice(0)];
      if (wrong.length > 0) found[name] = wrong;
    }
    await context.close();
    return found;
  }

  const phone = { width: 390, height: 800 };
  const desk = { width: 1280, height: 800 };

  for (const lang of langs) {
    test(`axe finds nothing, by day on a desk and by night on a phone: ${lang}`, {
      timeout: 120_000,
    }, async () => {
      for (const options of [
        { viewport: desk, colorScheme: 'light' },
        { viewport: phone, colorScheme: 'dark' },
      ] as const) {
        expect(await lookAtAll(lang, options, checkAccessibility)).toEqual({});
      }
    });

    test(`nothing sticks out at 390 px, nor at 1280 px with text of 200 %: ${lang}`, async () => {
      expect(await lookAtAll(lang, { viewport: phone }, findOverflow)).toEqual({});
      const doubled = async (page: Page) => {
        await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
        return findOverflow(page);
      };
      expect(await lookAtAll(lang, { viewport: desk }, doubled)).toEqual({});
    });

    test(`everything to press is big enough: ${lang}`, async () => {
      expect(await lookAtAll(lang, { viewport: phone }, findSmallTargets)).toEqual({});
    });
  }

  test('every form posts by its own button, and each id is there once', async () => {
    const wrong = await lookAtAll('vi', { viewport: desk }, (page) =>
      page.evaluate<string[]>(`(() => {
        const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
        const forms = [...document.forms];
        return [
          ...ids.filter((id, index) => ids.indexOf(id) !== index),
          ...forms.filter((form) => form.method !== 'post' || !form.id.startsWith('form-')).map((form) => form.outerHTML),
        ];
      })()`),
    );
    expect(wrong).toEqual({});
  });

  test('the keyboard finds the content first, every place by its digit, and the focus is seen', async () => {
    const context = await browser.newContext({ viewport: desk });
    const page = await context.newPage();
    await page.goto(`${base}/console-home`);
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string[]>(
      `[document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]`,
    );
    expect(focused).toEqual(['skip', 'solid']);
    expect(await page.locator('nav a[accesskey]').count()).toBe(3);
    await page.goto(`${base}/console-factor`);
    // A browser sets the focus when it first paints, which may be after the page has loaded.
    await expect.poll(() => page.evaluate(`document.activeElement.name`)).toBe('code');
    await context.close();
  });
});

async function findOverflow(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    const wrong = document.documentElement.scrollWidth > width ? ['the page scrolls sideways'] : [];
    for (const element of document.querySelectorAll('main *, header *')) {
      if (element.getClientRects().length === 0 || element.closest('thead, .skip')) continue;
      const { left, right } = element.getBoundingClientRect();
      if (left < -1 || right > width + 1) wrong.push('sticks out: ' + element.outerHTML.slice(0, 80));
    }
    return wrong;
  })()`);
}

/** WCAG 2.2, 2.5.8 asks for 24 px; links inside a sentence or a table's row are as high as their line. */
async function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll('a, button, input:not([type=hidden]), select')]
      .filter((element) => {
        if (element.closest('.skip, td, .hint, .crumb, .choice') || element.hidden) return false;
        const { width, height } = element.getBoundingClientRect();
        return width < 40 || height < 44;
      })
      .map((element) => element.outerHTML)`);
}
