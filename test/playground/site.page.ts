/**
 * The built site in Chromium: axe finds nothing, in light and dark and at 360 px; search, links and the playground work, and nothing is
 * asked of another host. `npm run docs` comes first; `npm run test:playground -- -t quick site` runs a part.
 */
import axe from 'axe-core';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { type Server } from 'node:http';
import { extname, join } from 'node:path';
import { type Browser, type BrowserContext, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reference, sitePages } from '../../docs/.vitepress/pages.mjs';
import { chromium } from '../gpu/chromium.mjs';
import { serve } from '../gpu/served';

const root = join(__dirname, '..', '..');
const site = join(root, 'dist', 'site');
const pictures = join(root, 'runs', 'site');

let server: Server;
let url: string;
let browser: Browser;

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  await stat(join(site, 'index.html'));
  const started = await serve(site, {});
  server = started.server;
  url = started.url.replace('/index.html', '');
  browser = await engine.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser.close();
  await new Promise((done) => server.close(done));
});

interface Look {
  readonly dark?: boolean;
  readonly width?: number;
}

/** A page of the site; whatever it throws, and what it asks of another host, fails the test. */
const open = async (
  route: string,
  { dark = false, width = 1440 }: Look = {},
): Promise<{
  readonly page: Page;
  readonly context: BrowserContext;
  readonly elsewhere: readonly string[];
}> => {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) elsewhere.push(request.url());
  });
  page.on('pageerror', (thrown) => {
    throw thrown;
  });
  await page.goto(`${url}/${route}`, { waitUntil: 'networkidle' });
  return { page, context, elsewhere };
};

const addressOf = (route: string): string => `${route}.html`;

const looks = [
  ['light', {}],
  ['dark', { dark: true }],
  ['narrow', { width: 360 }],
  ['narrow-dark', { width: 360, dark: true }],
] as const;

const checked = async (route: string, name: string, look: Look): Promise<void> => {
  const { page, context, elsewhere } = await open(addressOf(route), look);
  await page.screenshot({ path: join(pictures, `${route.replaceAll('/', '-')}-${name}.png`) });
  await page.evaluate(axe.source);
  // The playground has tests of its own.
  const found: unknown = await page.evaluate(
    'axe.run({ exclude: ["iframe"] }, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 5).map(({ target }) => target.join(" ")).join(", ")}`))',
  );
  expect(found).toEqual([]);
  const overflow: unknown = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow).toBe(0);
  expect(elsewhere).toEqual([]);
  await context.close();
};

const quickRoutes = ['index', 'energy', 'laws', 'findings', `${reference.route}/methods`];

describe('quick: the built site', () => {
  it('has every page, and says how large it is', async () => {
    const files = await readdir(site, { recursive: true });
    for (const { route } of sitePages) expect(files).toContain(`${route}.html`);
    const sizes = await Promise.all(
      files.filter((file) => extname(file) !== '').map(async (file) => (await stat(join(site, file))).size),
    );
    console.log(`${files.length} files, ${(sizes.reduce((a, b) => a + b, 0) / 1e6).toFixed(1)} MB`);
  });

  it.each(
    quickRoutes.flatMap((route) => looks.slice(1, 3).map(([name, look]) => [route, name, look] as const)),
  )('%s, %s: axe finds nothing, nothing is wider than the screen, nothing comes from elsewhere', checked);

  it('finds words of pages and of docstrings, by the keyboard and without a network', async () => {
    const { page, context, elsewhere } = await open('index.html');
    await page.keyboard.press('Control+k');
    const box = page.locator('.VPLocalSearchBox input[type=search]');
    await box.waitFor();
    await page.keyboard.type('predictiveCoding');
    // Results of the first letters come before those of the word.
    await page.waitForSelector(
      `.VPLocalSearchBox .results a[href="/${reference.route}/methods.html#predictivecoding"]`,
    );
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\.html/);
    expect(elsewhere).toEqual([]);
    await context.close();
  });

  it('shows the playground, which trains', async () => {
    const { page, context } = await open('playground.html');
    const frame = page.frameLocator('iframe');
    await frame.locator('[data-phase=ready]').waitFor({ timeout: 60_000 });
    await frame.locator('.runbar .primary').click();
    await frame.locator('.card .numbers[data-loss]').first().waitFor();
    await page.screenshot({ path: join(pictures, 'playground-running.png') });
    await context.close();
  });

  it('is read by the keyboard: the first stop skips to the content, and each stop is seen', async () => {
    const { page, context } = await open('why.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab');
      const seen: unknown = await page.evaluate(
        '(() => { const e = document.activeElement; const s = getComputedStyle(e); return e === document.body || s.outlineStyle !== "none" || s.boxShadow !== "none"; })()',
      );
      expect(seen).toBe(true);
    }
    await context.close();
  });
});

describe('every page', () => {
  const parts = async (): Promise<readonly string[]> =>
    (
      JSON.parse(await readFile(join(root, reference.folder, 'sidebar.json'), 'utf8')) as { link: string }[]
    ).map(({ link }) => link.slice(1));

  it.each(sitePages.flatMap(({ route }) => looks.map(([name, look]) => [route, name, look] as const)))(
    '%s, %s',
    checked,
  );

  it.each(looks)('the reference, %s', async (name, look) => {
    for (const route of await parts()) await checked(route, name, look);
  });
});
