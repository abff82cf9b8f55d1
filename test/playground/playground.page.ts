/**
 * The playground in Chromium: it trains, its numbers are those of Node, its lessons show what they say, and it works by keyboard, on a
 * narrow screen, in the dark and offline. Pictures of it go to runs/playground. `npm run test:playground -- -t quick` runs a part.
 */
import axe from 'axe-core';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Browser,
  type BrowserContext,
  chromium as engine,
  type Download,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addressOf } from '../../examples/playground/model/address';
import { keysOf } from '../../examples/playground/model/keys';
import { saved } from '../../examples/playground/model/lessons';
import { lessonIds, type State } from '../../examples/playground/model/state';
import { above, line, type Place, quadratic, START, STEPS } from '../../examples/playground/model/valley';
import { chromium } from '../gpu/chromium.mjs';
import { built, buildPlayground, serve } from './serve';

const pictures = join(__dirname, '..', '..', 'runs', 'playground');

/** Bytes that a page of this size may send. */
const MOST_BYTES = 700_000;

/** A run that is over soon. */
const short = (state: State): State => ({ ...state, steps: 6, pace: 0, data: { ...state.data, count: 60 } });

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  await buildPlayground();
  server = await serve();
  browser = await engine.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

interface Look {
  readonly dark?: boolean;
  readonly width?: number;
  readonly serviceWorkers?: 'allow' | 'block';
}

/** A page with a state; whatever it throws fails the test. */
const open = async (
  hash: string,
  { dark = false, width = 1440, serviceWorkers = 'block' }: Look = {},
  url = server.url,
): Promise<{ readonly page: Page; readonly context: BrowserContext }> => {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    serviceWorkers,
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  page.on('pageerror', (thrown) => {
    throw thrown;
  });
  await page.goto(`${url}${hash}`);
  return { page, context };
};

const phase = (page: Page, name: string) => page.waitForSelector(`[data-phase=${name}]`);

const run = async (page: Page): Promise<void> => {
  await phase(page, 'ready');
  await page.click('.runbar .primary');
  await phase(page, 'finished');
  await page.waitForFunction(
    'document.querySelector(".runbar .progress").textContent.match(/step (\\d+) of \\1/)',
  );
};

interface Shown {
  readonly loss: number;
  readonly testLoss: number;
}

const shownLosses = async (page: Page): Promise<readonly Shown[]> => {
  const found: unknown = await page.evaluate(
    '[...document.querySelectorAll(".card .numbers")].map((e) => ({ loss: Number(e.dataset.loss), testLoss: Number(e.dataset.testLoss) }))',
  );
  // What the line above makes.
  return found as readonly Shown[];
};

const textOf = async (download: Download): Promise<Buffer> => readFile(await download.path());

const downloaded = async (page: Page, button: string): Promise<Buffer> => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  return textOf(download);
};

/** What Node prints for an exported program; the library comes from its sources. */
const printed = async (program: string, name: string): Promise<readonly unknown[]> => {
  await mkdir(join(pictures, 'programs'), { recursive: true });
  const file = join(pictures, 'programs', `${name}-${Date.now()}.ts`);
  await writeFile(file, program.replaceAll("from 'proxprop'", "from '../../../src'"));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import(/* @vite-ignore */ file);
    return log.mock.calls.map(([text]) => JSON.parse(String(text)) as unknown);
  } finally {
    log.mockRestore();
  }
};

describe('quick: the built page', () => {
  it('is at most 700 kB gzipped, all scripts together, before a .wasm file is asked for', async () => {
    const files = await readdir(built, { recursive: true });
    const scripts = files.filter((file) => /\.(js|css|html|svg)$/.test(file));
    const sizes = await Promise.all(
      scripts.map(async (file) => [file, gzipSync(await readFile(join(built, file))).length] as const),
    );
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    const first = sizes
      .filter(([file]) => /^(index\.html|assets\/index-)/.test(file))
      .reduce((sum, [, size]) => sum + size, 0);
    console.log(`gzip: ${first} bytes to the first picture, ${total} bytes in all`);
    expect(total).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('trains both methods, and its exported program gives the same numbers in Node', async () => {
    const { page, context } = await open(addressOf(short(saved('free'))));
    await run(page);
    const paint: unknown = await page.evaluate(
      'performance.getEntriesByName("first-contentful-paint")[0]?.startTime',
    );
    console.log(`first contentful paint: ${String(paint)} ms`);
    const shown = await shownLosses(page);
    const program = (await downloaded(page, 'button:has-text("Program")')).toString();
    const lines = await printed(program, 'free');
    console.log(shown, lines);
    expect(lines).toMatchObject(shown.map(({ loss, testLoss }) => ({ step: 6, loss, testLoss })));
    await page.screenshot({ path: join(pictures, 'trained.png'), fullPage: true });
    await context.close();
  });

  it('keeps the state in the address: a link shows the same run', async () => {
    const { page, context } = await open(addressOf(short(saved('free'))));
    await phase(page, 'ready');
    const slider = page.locator('.card').nth(1).locator('[data-slider=tauTheta]');
    await slider.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    const value = await slider.getAttribute('aria-valuetext');
    await phase(page, 'ready');
    await run(page);
    const first = await shownLosses(page);
    const address = page.url();
    await context.close();
    const { page: second, context: other } = await open(new URL(address).hash);
    expect(
      await second.locator('.card').nth(1).locator('[data-slider=tauTheta]').getAttribute('aria-valuetext'),
    ).toBe(value);
    await run(second);
    expect(await shownLosses(second)).toEqual(first);
    await other.close();
  });

  it('takes an address that it does not know for one line and the first page', async () => {
    const { page, context } = await open('#/free/nonsense');
    expect(await page.textContent('[role=alert]')).toBe(
      'options error at address: expected a state as this page writes it, found nonsense',
    );
    await phase(page, 'ready');
    await context.close();
  });
});

describe('the lessons', () => {
  it('a step beyond 2/λ: explicit steps leave the valley, implicit ones land in it', async () => {
    const { page, context } = await open('#/valley');
    await page.waitForSelector('polyline');
    const { curvatures, hessian, minimum } = quadratic(line());
    const slider = page.locator('[data-slider=eta]');
    const after = async (presses: number, key: string) => {
      await slider.focus();
      for (let i = 0; i < presses; i++) await page.keyboard.press(key);
      const eta = Number(await slider.getAttribute('aria-valuetext'));
      const row = page.locator(`.numbers[data-eta="${eta}"]`);
      const shown = {
        explicit: await row.getAttribute('data-explicit'),
        implicit: await row.getAttribute('data-implicit'),
      };
      return { eta, shown };
    };
    /** q after all steps, of θ ← θ − η·H(θ − θ*) or θ ← θ* + (I + ηH)⁻¹(θ − θ*), by the eigenvectors of H. */
    const closed = (eta: number, factor: (eigenvalue: number) => number): number => {
      const [ww, wb, bb] = hessian;
      const angle = Math.atan2(2 * wb, ww - bb) / 2;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const [dw, db] = [START[0] - minimum[0], START[1] - minimum[1]];
      const u = (c * dw + s * db) * factor(curvatures[0] * eta) ** STEPS;
      const v = (c * db - s * dw) * factor(curvatures[1] * eta) ** STEPS;
      const end: Place = [minimum[0] + c * u - s * v, minimum[1] + s * u + c * v];
      return above({ curvatures, hessian, minimum }, end);
    };
    for (const [presses, key] of [
      [12, 'ArrowLeft'],
      [30, 'ArrowRight'],
    ] as const) {
      const { eta, shown } = await after(presses, key);
      const [explicit, implicit] = [closed(eta, (a) => 1 - a), closed(eta, (a) => 1 / (1 + a))];
      console.log(eta, shown, explicit, implicit);
      // Three digits are shown; sixteen steps in float32 leave more than those.
      expect(Number(shown.implicit?.replace('−', '-')) / implicit).toBeCloseTo(1, 1);
      if (eta > 2 / curvatures[0]) {
        expect(shown.explicit).toBe('beyond 10⁶');
        expect(explicit).toBeGreaterThan(1e6);
        expect(await page.textContent('.verdict')).toContain('beyond 2/λ');
      } else expect(Number(shown.explicit?.replace('−', '-')) / explicit).toBeCloseTo(1, 1);
    }
    await context.close();
  });

  it('backprop is a sweep: the steps are those of the gradient, until a dot is moved', async () => {
    const { page, context } = await open('#/sweep');
    await page.waitForSelector('.dot');
    for (let i = 0; i < 5; i++) await page.click('button:has-text("Next link")');
    await page.waitForSelector('text=below 10⁻⁶');
    expect(await page.locator('.steps tr.equal').count()).toBe(6);
    await page.locator('.dot').nth(1).focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForSelector('text=away from the forward pass');
    expect(await page.locator('.steps tr.equal').count()).toBeLessThan(6);
    // By the mouse too.
    const box = await page.locator('.dot').nth(2).boundingBox();
    if (box === null) throw new Error('no dot');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y - 40, { steps: 4 });
    await page.mouse.up();
    expect(Number(await page.locator('.dot').nth(2).getAttribute('aria-valuenow'))).toBeGreaterThan(0.1);
    await context.close();
  });

  it('robust to τ: the map fills, and the best of ProxProp is far below the best of backprop', async () => {
    const { page, context } = await open('#/robust');
    await page.click('button:has-text("Fill the map")');
    await page.waitForSelector('button:has-text("Fill again")');
    const cells = page.locator('.map tbody td');
    expect(await cells.count()).toBe(24);
    const texts = await cells.allTextContents();
    console.log(texts.join(' '));
    expect(texts.every((text) => text !== '')).toBe(true);
    const best = (method: number): number =>
      Math.min(
        ...texts
          .filter((_, i) => i % 3 === method)
          .map((text) => (text === 'diverged' ? Infinity : Number(text))),
      );
    // What the paragraph says: far lower.
    expect(best(1)).toBeLessThan(best(0) / 3);
    await page.screenshot({ path: join(pictures, 'map.png'), fullPage: true });
    await context.close();
  });

  it('your own layer: the laws first, then the training; what is wrong is one line', async () => {
    const { page, context } = await open(addressOf(short(saved('layer'))));
    await run(page);
    expect(await page.textContent('.editor [role=status]')).toMatch(/^All \d+ laws hold\.$/);
    const program = (await downloaded(page, 'button:has-text("Program")')).toString();
    expect(await printed(program, 'layer')).toMatchObject(await shownLosses(page));
    const edit = async (text: string): Promise<void> => {
      await page.fill('textarea', text);
      await page.focus('textarea');
      await page.keyboard.press('Control+Enter');
    };
    await edit('({ init: () => ({}), forward: (_, x) => mul(x, Math.random()) })');
    await page.waitForSelector('.laws .broken');
    expect(await page.locator('.laws .broken').first().textContent()).toContain('pure');
    await page.waitForSelector('text=laws violated');
    await page.click('.runbar .primary');
    await page.waitForSelector('text=Not trained: a law is violated');
    await edit('({ init: ');
    const line_ = page.locator('[role=alert]', { hasText: 'layer error at your layer' });
    expect(await line_.textContent()).toMatch(
      /^layer error at your layer: expected JavaScript of a layer, found .{5,200}$/,
    );
    await edit('({ init: () => ({}), forward: (_, x) => { for (;;) {} } })');
    await page.waitForSelector('text=it was silent for 20 s');
    await edit(saved('layer').own);
    await page.waitForSelector('text=laws hold.');
    await context.close();
  });
});

describe('the page', () => {
  it('stays awake while it trains at full speed', async () => {
    const { page, context } = await open(addressOf({ ...saved('free'), steps: 5000, pace: 0 }));
    await phase(page, 'ready');
    await page.click('.runbar .primary');
    const frames: unknown = await page.evaluate(
      'new Promise((done) => { let n = 0; const end = performance.now() + 2000; const tick = () => { n++; if (performance.now() < end) requestAnimationFrame(tick); else done(n / 2); }; tick(); })',
    );
    console.log(`frames per second while two methods train: ${String(frames)}`);
    await page.click('.runbar .primary');
    await phase(page, 'paused');
    await context.close();
  });

  it('builds networks by the mouse and by the keyboard', async () => {
    const { page, context } = await open(addressOf(short(saved('free'))));
    await phase(page, 'ready');
    await page.click('button:has-text("+ attention")');
    await page.click('button:has-text("+ residual block")');
    const names = () => page.locator('.brick-name').allTextContents();
    expect(await names()).toEqual(['dense', 'dense', 'attention', 'residual block']);
    await page.dragAndDrop('.brick >> nth=3', '.brick >> nth=1');
    expect(await names()).toEqual(['dense', 'residual block', 'dense', 'attention']);
    await page.locator('.brick').nth(3).locator('button:enabled').first().focus();
    await page.keyboard.press('Alt+ArrowUp');
    expect(await names()).toEqual(['dense', 'residual block', 'attention', 'dense']);
    await run(page);
    expect((await shownLosses(page)).every(({ loss }) => Number.isFinite(loss))).toBe(true);
    await page.locator('.brick').nth(2).locator('select').first().selectOption('16');
    await page.locator('.brick').nth(0).locator('select').first().selectOption('12');
    const alert = page.locator('[role=alert]');
    await alert.waitFor();
    expect(await alert.textContent()).toBe(
      'shape error at layer 3: expected a number of tokens that divides 12, found 16',
    );
    await context.close();
  });

  it('is used by the keyboard alone: from the address to a run', async () => {
    const { page, context } = await open(addressOf(short(saved('free'))));
    await phase(page, 'ready');
    const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent');
    for (let i = 0; i < 80 && (await focused()) !== 'Run'; i++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await phase(page, 'finished');
    await context.close();
  });

  it('saves a PNG of what it shows', async () => {
    for (const lesson of ['free', 'valley', 'robust'] as const) {
      const { page, context } = await open(addressOf(short(saved(lesson))));
      await page.waitForSelector(lesson === 'valley' ? 'polyline' : '.numbers[data-loss]');
      const png = await downloaded(page, 'button:has-text("PNG")');
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(png.readUInt32BE(16)).toBeGreaterThan(500);
      await writeFile(join(pictures, `export-${lesson}.png`), png);
      await context.close();
    }
  });

  it('shows every data set', async () => {
    for (const kind of ['moons', 'circles', 'xor', 'curve', 'digits'] as const) {
      const { page, context } = await open('');
      await phase(page, 'ready');
      await page.selectOption('.panel select >> nth=0', kind);
      await page.fill('.setup input[type=number] >> nth=1', '5');
      await page.keyboard.press('Tab');
      await page.waitForSelector('text=step 0 of 5');
      await run(page);
      expect((await shownLosses(page)).every(({ loss }) => Number.isFinite(loss))).toBe(true);
      await page.screenshot({ path: join(pictures, `data-${kind}.png`), fullPage: true });
      await context.close();
    }
  });

  it('runs on one thread where it is not isolated', async () => {
    const bare = await serve(false);
    const { page, context } = await open(addressOf(short(saved('free'))), {}, bare.url);
    await run(page);
    expect(await page.textContent('.facts')).toContain('1 thread');
    await context.close();
    await bare.close();
  });

  it('works offline after the first load', async () => {
    const { page, context } = await open(addressOf(short(saved('free'))), { serviceWorkers: 'allow' });
    await phase(page, 'ready');
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await page.waitForFunction('navigator.serviceWorker.controller !== null');
    await context.setOffline(true);
    await page.reload();
    await run(page);
    await page.goto(`${server.url}#/layer`);
    await page.click('button:has-text("Check the laws")');
    await page.waitForSelector('text=laws hold.');
    await context.close();
  });

  const looks = [
    ['light', {}],
    ['dark', { dark: true }],
    ['narrow', { width: 360 }],
  ] as const;
  it.each(keysOf(lessonIds).flatMap((lesson) => looks.map(([name, look]) => [lesson, name, look] as const)))(
    '%s, %s: axe finds nothing, and nothing is wider than the screen',
    async (lesson, name, look: Look) => {
      const { page, context } = await open(addressOf(short(saved(lesson))), look);
      await page.waitForSelector(
        lesson === 'valley' ? 'polyline' : lesson === 'sweep' ? '.dot' : '.numbers[data-loss]',
      );
      await page.screenshot({ path: join(pictures, `${lesson}-${name}.png`), fullPage: true });
      await page.evaluate(axe.source);
      const found: unknown = await page.evaluate(
        'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`))',
      );
      expect(found).toEqual([]);
      const overflow: unknown = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
      await context.close();
    },
  );
});
