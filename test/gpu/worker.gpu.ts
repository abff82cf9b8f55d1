/**
 * Training in a Web Worker, in Chromium: its kernels run on all threads, and give what they give in Node. The thread of a page
 * itself, a page that is not isolated, and one whose Content-Security-Policy keeps out workers of text, have one thread, and are
 * told why.
 */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { type Server } from 'node:http';
import { join } from 'node:path';
import { type Browser, chromium as engine } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relaxedSimd } from '../../src';
import { chromium, chromiumArguments } from './chromium.mjs';
import { isolation, serve } from './served';
import { kernels } from '../determinism/kernels';
import { type Asked } from './worker/program';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');
const folder = join(root, 'runs', 'worker');

interface Answer {
  readonly running?: { readonly threads: number; readonly note?: string };
  readonly workers?: number;
  readonly found?: object;
  readonly thrown?: string;
}

/** What Node gives on one thread, by name; with relaxed SIMD, which Node 20 has by a flag. */
const inNode = (what: 'kernels' | 'trainings', relaxed = false): object => {
  const program = join('test', 'determinism', 'program.ts');
  const flags = relaxed && !relaxedSimd() ? ['--experimental-wasm-relaxed-simd'] : [];
  const args = [...flags, ...typeScript, program, what, '1', '1'];
  const env = { ...process.env, PROXPROP_RELAXED: relaxed ? '1' : '0' };
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env });
  // Boundary with another process: its first line is an object by name, without the slow trainings.
  return JSON.parse(printed.split('\n')[0] ?? '{}') as object;
};

/** Ask a worker of the page, and end it. */
const askWorker = (asked: Asked) => `new Promise((resolve) => {
  const worker = new Worker('./worker.js', { type: 'module' });
  const end = (answer) => { worker.terminate(); resolve(answer); };
  worker.onmessage = ({ data }) => end(data);
  worker.onerror = ({ message }) => end({ thrown: message ?? 'a worker that may not load' });
  worker.postMessage(${JSON.stringify(asked)});
})`;

/** Start wasm on the page's own thread. */
const askPage = (threads: number) => `import('./library.js').then(async ({ start }) => {
  const { heap, ...running } = (await start('wasm', { threads: ${threads} })()).right;
  return { running };
})`;

describe('a Web Worker in Chromium', () => {
  let browser: Browser;
  const servers: Server[] = [];
  let processors = 0;
  /** Helpers of ours, and the threads of tfjs, which takes at most half of the processors. */
  const workersOf = (threads: number): number =>
    threads - 1 + Math.max(1, Math.min(threads, Math.floor(processors / 2))) - 1;
  const ask = async (script: string, headers: { readonly [name: string]: string } = isolation) => {
    const { server, url } = await serve(folder, headers);
    servers.push(server);
    const page = await browser.newPage();
    try {
      await page.goto(url);
      return await page.evaluate<Answer>(script);
    } finally {
      await page.close();
    }
  };
  beforeAll(async () => {
    const { bundle } = await import('../../examples/browser/build.mjs');
    await bundle(join(root, 'test/gpu/worker/program.ts'), folder, 'worker.js');
    await bundle(join(root, 'src/index.ts'), folder, 'library.js');
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><title>p</title>',
    );
    browser = await engine.launch({ executablePath: chromium, args: [...chromiumArguments] });
    const page = await browser.newPage();
    processors = await page.evaluate<number>('navigator.hardwareConcurrency');
    await page.close();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    for (const server of servers) server.close();
  });

  it.each(['kernels', 'trainings'] as const)(
    '%s give the bytes of Node on 1, 2 and 3 threads',
    async (what) => {
      const expected = inNode(what);
      expect(Object.keys(expected).length).toBe(what === 'kernels' ? Object.keys(kernels).length : 8);
      for (const threads of [1, 2, 3]) {
        const { running, workers, found, thrown } = await ask(askWorker({ what, threads }));
        expect(thrown).toBeUndefined();
        expect(running).toEqual({ backend: 'wasm', simd: true, threads, relaxed: false });
        expect(workers).toBe(workersOf(threads));
        expect(found).toEqual(expected);
      }
    },
  );

  it('kernels with relaxed SIMD give the bytes of Node with it', async () => {
    const { running, found, thrown } = await ask(askWorker({ what: 'kernels', threads: 2, relaxed: true }));
    expect(thrown).toBeUndefined();
    expect(running).toEqual({ backend: 'wasm', simd: true, threads: 2, relaxed: true });
    expect(found).toEqual(inNode('kernels', true));
  });

  it('has a thread for each processor that the browser tells of', async () => {
    const { running } = await ask(askWorker({ what: 'start' }));
    expect(running?.threads).toBe(Math.min(8, processors));
  });

  it('holds as many tensors, bytes and workers after trainings as before, and no workers in the end', async () => {
    const { found, thrown } = await ask(askWorker({ what: 'leaks', threads: 3 }));
    expect(thrown).toBeUndefined();
    const { before, after, removed } = found as { before: number[]; after: number[]; removed: number };
    expect(before[2]).toBe(workersOf(3));
    expect(after).toEqual(before);
    expect(removed).toBe(0);
  });

  it('ends a kernel in which the script of a helper ends with one Fault, and goes on alone', async () => {
    expect(await ask(askWorker({ what: 'death' }))).toEqual({
      told: [
        'backend error at wasm: expected kernel sumMiddle to end, found a thread that ended in it (the others go on)',
      ],
      later: Array(5).fill('no error'),
      sums: true,
    });
  });

  it('has one thread where the page is not isolated', async () => {
    const { running, workers } = await ask(askWorker({ what: 'start', threads: 2 }), {});
    expect(running).toEqual({
      backend: 'wasm',
      simd: true,
      threads: 1,
      relaxed: false,
      note: 'wasm runs on 1 of 2 threads: the page is not cross-origin isolated (headers COOP and COEP)',
    });
    expect(workers).toBe(0);
  });

  it.each([
    ['worker-src', "script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self'"],
    ['script-src', "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:"],
  ])('has one thread where %s keeps out blob:', async (_, policy) => {
    const { running, workers } = await ask(askWorker({ what: 'start', threads: 2 }), {
      ...isolation,
      'Content-Security-Policy': policy,
    });
    expect(running).toEqual({
      backend: 'wasm',
      simd: true,
      threads: 1,
      relaxed: false,
      note:
        'wasm runs on 1 of 2 threads: no worker starts from a blob: address ' +
        '(Content-Security-Policy: worker-src and script-src have to allow blob:)',
    });
    expect(workers).toBe(0);
  });

  it('has its threads where the policy allows blob: for both', async () => {
    const { running } = await ask(askWorker({ what: 'start', threads: 2 }), {
      ...isolation,
      'Content-Security-Policy':
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:",
    });
    expect(running).toEqual({ backend: 'wasm', simd: true, threads: 2, relaxed: false });
  });

  it("is what the page's own thread is told to take", async () => {
    const { running } = await ask(askPage(2));
    expect(running).toEqual({
      backend: 'wasm',
      simd: true,
      threads: 1,
      relaxed: false,
      note: "wasm runs on 1 of 2 threads: a page's own thread may not wait for others (train in a Web Worker)",
    });
  });
});
