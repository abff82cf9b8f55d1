/**
 * A report in Chromium, from its file and without a network: every plot is drawn, nothing is asked for, nothing is
 * complained of. Pictures of it go to runs/browser.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { type Browser, type BrowserContextOptions, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Report } from '../../src';
import { right } from '../support';
import { sample } from '../report/sample';
import { chromium, chromiumArguments } from './chromium.mjs';

const folder = join(__dirname, '..', '..', 'runs', 'browser');
const file = join(folder, 'report.html');
const address = pathToFileURL(file).href;
const PLOTS = 3;
const SEED = 20;

describe('a report in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(file, right(await Report.htmlReport(sample)()));
    browser = await engine.launch({ executablePath: chromium, args: [...chromiumArguments] });
  });
  afterAll(() => browser.close());

  /** The page, and what it asked for and said. */
  const open = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({
      offline: true,
      viewport: { width: 1100, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const requests: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url());
    });
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (thrown) => said.push(String(thrown)));
    await page.goto(address);
    return { page, requests, said };
  };
  const drawn = async (page: Page): Promise<void> => {
    for (let i = 0; i < PLOTS; i++) await page.locator('figure.plot .live svg.marks').nth(i).waitFor();
  };

  it.each(['light', 'dark'] as const)('draws every plot, %s', async (colorScheme) => {
    const { page, requests, said } = await open({ colorScheme });
    await drawn(page);
    expect(await page.locator('figure.plot .live svg.marks').count()).toBe(PLOTS);
    expect(await page.locator('figure.plot .still').count()).toBe(0);
    await page.screenshot({ path: join(folder, `report-${colorScheme}.png`), fullPage: true });
    expect(requests).toEqual([address]);
    expect(said).toEqual([]);
    await page.context().close();
  });

  it('answers to the mouse', async () => {
    const { page, said } = await open();
    await drawn(page);
    const tooltip = page.locator('#vg-tooltip-element.visible');
    for (const [plot, mark, words] of [
      // The text of a cell lies above its colour.
      [0, '.mark-rect.role-mark path', 'training loss0.03298'],
      [1, '.mark-symbol.role-mark path', 'greatest'],
      [2, '.mark-symbol.role-mark path', 'step size'],
    ] as const) {
      await page.locator('figure.plot').nth(plot).locator(mark).nth(1).hover({ force: true });
      await tooltip.waitFor();
      expect(await tooltip.textContent()).toContain(words);
      if (plot === 0) await page.screenshot({ path: join(folder, 'report-tooltip.png') });
    }
    expect(said).toEqual([]);
    await page.context().close();
  });

  it('shows still pictures where scripts do not run', async () => {
    const { page, requests } = await open({ javaScriptEnabled: false });
    const still = page.locator('figure.plot .still');
    expect(await still.count()).toBe(PLOTS);
    for (let i = 0; i < PLOTS; i++) {
      expect(await still.nth(i).isVisible()).toBe(true);
      // One without a picture is as high as a line of its text.
      expect((await still.nth(i).boundingBox())?.height).toBeGreaterThan(150);
    }
    await page.screenshot({ path: join(folder, 'report-still.png'), fullPage: true });
    expect(requests).toEqual([address]);
    await page.context().close();
  });

  it('has every text where it belongs', async () => {
    console.log(`texts: 60 cases, seed ${SEED}`);
    const { page } = await open();
    const pieces = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '/',
      'script',
      '!--',
      'pre',
      'title',
      ' ',
      '=',
      'lt;',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 14 }).map((p) => p.join('')),
      fc.string({ unit: 'grapheme' }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (t) => {
        const report: Report.HtmlReport = {
          title: `${t}.`,
          sections: [
            {
              heading: t,
              parts: [
                { tag: 'paragraph', text: t },
                { tag: 'table', header: [t], rows: [[t]] },
                { tag: 'data', title: t, value: [t] },
                { tag: 'links', links: [{ label: t, href: `https://example.org/#${t}` }] },
              ],
            },
          ],
        };
        const source = right(await Report.htmlReport(report)());
        const found = await page.evaluate<readonly (string | null)[]>(`(() => {
          const page = new DOMParser().parseFromString(${JSON.stringify(source)}, 'text/html');
          return ['title', 'h1', 'h2', 'p', 'th', 'td', 'summary', 'pre', 'li a']
            .map((name) => page.querySelector(name)?.textContent ?? null)
            .concat(page.querySelector('li a')?.getAttribute('href'), String(page.querySelectorAll('body *').length));
        })()`);
        const heading = `${t}.`;
        expect(found).toEqual([
          heading,
          heading,
          ...Array<string>(5).fill(t),
          JSON.stringify([t], null, 2),
          t,
          `https://example.org/#${t}`,
          '19',
        ]);
      }),
      { seed: SEED, numRuns: 60 },
    );
    await page.context().close();
  });
});
