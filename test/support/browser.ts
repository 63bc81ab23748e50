/**
 * A real Chromium for the tests. It comes as an npm package (@sparticuz/chromium) and is unpacked once beside
 * the packages; nothing is downloaded. One browser a test file, a new context a test.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import chromiumPackage from '@sparticuz/chromium';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** The package's arguments that make the browser another one than the citizen's: they would hide our faults. */
const unwantedArgs = [
  '--single-process', // a crash of one page, or closing one context, would take the browser along
  '--disable-web-security', // CORS is part of what is tested
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
  "--headless='shell'", // with the quotes of a shell in it; ours is below
];

const ownArgs = [
  '--headless',
  '--no-sandbox', // the tests also run as root in a container
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Starts Chromium. The caller closes it. `browser.newContext({ javaScriptEnabled: false })` works as usual. */
export async function openBrowser(): Promise<Browser> {
  const folder = await unpackChromium();
  const args = [...chromiumPackage.args.filter((arg) => !unwantedArgs.includes(arg)), ...ownArgs];
  return await chromium.launch({
    executablePath: join(folder, 'chromium'),
    args,
    env: { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  });
}

export type AccessibilityViolation = { rule: string; help: string; targets: string[] };

/** What axe finds wrong on the page as it stands; [] is good. Runs over CDP, so the page's CSP is no obstacle. */
export async function checkAccessibility(page: Page): Promise<AccessibilityViolation[]> {
  await page.evaluate(axe.source);
  // As text, because the programs are checked without the types of a browser's window.
  const results = await page.evaluate<axe.AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return results.violations.map(({ id, help, nodes }) => ({
    rule: id,
    help,
    targets: nodes.map((node) => node.target.join(' ')),
  }));
}

/**
 * Unpacks browser and fonts and gives the folder. The package itself unpacks to the shared temporary folder and
 * takes whatever lies there: half a file, when two test files start at once, or an older version. So it is
 * sent to a folder of its own, which takes its final name (with the version) only when it is complete.
 */
async function unpackChromium(): Promise<string> {
  const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')));
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const cache = join(packageFolder, '../../.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;

  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'chromium-unpacking-'));
  const usualTmp = process.env.TMPDIR;
  process.env.TMPDIR = unfinished;
  try {
    await chromiumPackage.executablePath();
  } finally {
    if (usualTmp === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usualTmp;
  }
  // The package's own font list names the folders of a cloud function. One known font makes widths repeatable.
  await writeFile(
    join(unfinished, 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir prefix="relative">fonts</dir><cachedir>${folder}/font-cache</cachedir></fontconfig>`,
  );
  try {
    await rename(unfinished, folder);
  } catch (error) {
    // Another test file was first: its folder is as good as ours.
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
