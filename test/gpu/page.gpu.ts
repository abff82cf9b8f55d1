/**
 * The page of `examples/browser` in Chromium: it trains on each backend, shows the losses, and says what is missing
 * where it cannot. Pictures of it go to runs/browser.
 */
import { type Server } from 'node:http';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, chromiumArguments } from './chromium.mjs';
import { isolation, serve } from './served';

const root = join(__dirname, '..', '..');
const folder = join(root, 'runs', 'browser');
const training = async (page: Page, backend: string) => {
  await page.selectOption('#backend', backend);
  await page.click('#train');
  await page.waitForSelector('#train:not([disabled])', { timeout: 120_000 });
  return {
    status: (await page.textContent('#status')) ?? '',
    failure: (await page.textContent('#failure')) ?? '',
    points: ((await page.getAttribute('#losses', 'points')) ?? '').split(' ').filter((p) => p !== ''),
  };
};
type Training = Awaited<ReturnType<typeof training>>;
const backends = ['wasm', 'webgl', 'webgpu', 'cpu'] as const;

describe('the page in Chromium', () => {
  let browser: Browser;
  const servers: Server[] = [];
  const open = async (isolated = true): Promise<Page> => {
    const { server, url } = await serve(folder, isolated ? isolation : {});
    servers.push(server);
    const page = await browser.newPage();
    page.on('pageerror', (thrown) => {
      throw thrown;
    });
    await page.goto(url);
    return page;
  };
  const trainings = new Map<string, Promise<Training>>();
  /** Trains on a backend once for all tests, and takes a picture. */
  const trainedOn = (backend: string): Promise<Training> => {
    const begin = async (): Promise<Training> => {
      const page = await open();
      const found = await training(page, backend);
      await page.screenshot({ path: join(folder, `${backend}.png`) });
      await page.close();
      return found;
    };
    const found = trainings.get(backend) ?? begin();
    trainings.set(backend, found);
    return found;
  };
  beforeAll(async () => {
    const { bundle } = await import('../../examples/browser/build.mjs');
    for (const name of ['main', 'worker'])
      await bundle(join(root, `examples/browser/${name}.ts`), folder, `${name}.js`);
    await copyFile(join(root, 'examples/browser/index.html'), join(folder, 'index.html'));
    browser = await engine.launch({ executablePath: chromium, args: [...chromiumArguments] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    for (const server of servers) server.close();
  });

  it.each(backends)('trains on %s', async (backend) => {
    const { status, failure, points } = await trainedOn(backend);
    console.log(status, failure);
    expect(failure).toBe('');
    expect(status).toMatch(
      new RegExp(`^${backend}, .*: epoch 10 of 10, loss 0\\.\\d+, accuracy \\d+\\.\\d %$`),
    );
    expect(points.length).toBe(100);
  });

  it('trains on wasm in a Web Worker, with a thread for each processor', async () => {
    const page = await open();
    const processors = await page.evaluate<number>('navigator.hardwareConcurrency');
    await page.check('#worker');
    const { status, failure, points } = await training(page, 'wasm');
    expect(failure).toBe('');
    expect(status).toMatch(
      new RegExp(`^wasm, threads: ${Math.min(8, processors)}: epoch 10 of 10, loss 0\\.`),
    );
    expect(await page.textContent('#note')).toBe('');
    expect(points.length).toBe(100);
    await page.close();
  });

  it('gives the same losses on each backend', async () => {
    const losses = new Map<string, number>();
    for (const backend of backends)
      losses.set(backend, Number(/loss ([\d.]+)/.exec((await trainedOn(backend)).status)?.[1]));
    console.log(Object.fromEntries(losses));
    const cpu = losses.get('cpu') ?? Number.NaN;
    // After a hundred steps float32 of another order of sums has grown; at twenty it is within 1e-3.
    for (const loss of losses.values()) expect(Math.abs(loss / cpu - 1)).toBeLessThan(1e-2);
  });

  it('runs wasm on one thread where the page is not isolated', async () => {
    const page = await open(false);
    const { status, failure } = await training(page, 'wasm');
    expect(failure).toBe('');
    expect(status).toMatch(/^wasm, threads: 1: epoch 10/);
    await page.close();
  });

  it('says where the .wasm files are looked for', async () => {
    const page = await open();
    await page.route('**/*.wasm', (route) => route.fulfill({ status: 404 }));
    expect((await training(page, 'wasm')).failure).toMatch(
      /^backend error at wasm: expected the \.wasm files of tfjs in http:\/\/localhost:\d+\/ \(or their addresses as option wasmFiles\), found /,
    );
    await page.close();
  });

  it('says that WebGPU and WebGL are missing', async () => {
    const bare = await engine.launch({
      executablePath: chromium,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const { server, url } = await serve(folder, isolation);
    servers.push(server);
    const page = await bare.newPage();
    await page.goto(url);
    const withoutGpu = (await training(page, 'webgpu')).failure;
    // There is no switch that keeps Chromium from a WebGL in software: the page is shown a browser that has none.
    await page.addInitScript(`
      for (const canvas of [HTMLCanvasElement, OffscreenCanvas]) {
        const { getContext } = canvas.prototype;
        canvas.prototype.getContext = function (kind, ...how) {
          return kind.includes('webgl') ? null : getContext.call(this, kind, ...how);
        };
      }`);
    await page.reload();
    const withoutWebgl = (await training(page, 'webgl')).failure;
    console.log(withoutGpu, withoutWebgl);
    expect(withoutGpu).toMatch(
      /^backend error at webgpu: expected a (GPU that WebGPU can use|browser with WebGPU)/,
    );
    expect(withoutWebgl).toMatch(
      /^backend error at webgl: expected WebGL 2 with float32 textures .*found no WebGL/,
    );
    await bare.close();
  });
});
