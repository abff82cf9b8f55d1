/** Threads of the WASM backend, each time in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

/** What each program prints, given `start` and tfjs: how it runs, a product, and the globals before and after. */
const body = `
const globals = () => [
  Object.getOwnPropertyNames(globalThis).sort().join(),
  os.cpus().length,
  process.listenerCount('uncaughtException'),
  process.listenerCount('unhandledRejection'),
].join(' ');
const main = async () => {
  const before = globals();
  const running = await start('wasm', { threads: 2 })();
  const product = tf.matMul(tf.ones([300, 400]), tf.ones([400, 200]));
  const { heap, ...shown } = running.right;
  console.log(JSON.stringify([shown, product.dataSync().every((v) => v === 400), globals() === before]));
};
main();
`;
const proof = '[{"backend":"wasm","simd":true,"threads":2,"relaxed":false},true,true]';

/** Run a program; an exit by itself is what a result within the time means. */
const run = (args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string => {
  const done = spawnSync(process.execPath, [...args], { cwd, env, encoding: 'utf8', timeout: 60_000 });
  expect(done.error).toBeUndefined();
  expect(done.status).toBe(0);
  return done.stdout.trim();
};

describe('two threads', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'proxprop-'));
  // Inside of the project, so that its packages are found.
  mkdirSync(join(root, 'runs'), { recursive: true });
  const built = mkdtempSync(join(root, 'runs', 'threads-'));
  beforeAll(() => {
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    };
    const sources = ['src', 'laws'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    );
    for (const file of sources.filter((name) => name.endsWith('.ts') && !name.includes('assembly'))) {
      const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), { compilerOptions });
      const to = join(built, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, outputText);
    }
  });
  afterAll(() => {
    for (const folder of [elsewhere, built]) rmSync(folder, { recursive: true });
  });
  const program = (name: string, head: string): string => {
    const file = join(built, name);
    writeFileSync(file, head + body);
    return file;
  };
  const required = (source: string): string =>
    `const os = require('node:os'); const tf = require('@tensorflow/tfjs-core'); const { start } = require(${JSON.stringify(source)});`;

  it('run under ts-node, from another working folder', () => {
    const file = program('program.ts', required(join(root, 'src')));
    expect(run([join(root, 'node_modules', 'ts-node', 'dist', 'bin.js'), file], elsewhere)).toBe(proof);
  });

  it('run compiled, from CommonJS', () => {
    expect(run([program('compiled.cjs', required(join(built, 'src', 'index.js')))], elsewhere)).toBe(proof);
  });

  it('run compiled, from an ES module', () => {
    const index = pathToFileURL(join(built, 'src', 'index.js')).href;
    const file = program(
      'compiled.mjs',
      `import os from 'node:os'; import * as tf from '@tensorflow/tfjs-core'; import { start } from ${JSON.stringify(index)};`,
    );
    expect(run([file], elsewhere)).toBe(proof);
  });

  const hook = (name: string): string => {
    const file = join(elsewhere, name);
    writeFileSync(file, 'globalThis.hooked = true;');
    return file;
  };
  const given: readonly (readonly [string, () => string])[] = [
    ['--require', (): string => `--require ${hook('hook.cjs')}`],
    ['--import', (): string => `--import ${hook('hook.mjs')}`],
    ['--max-old-space-size', (): string => '--max-old-space-size=512'],
    ['--experimental-vm-modules', (): string => '--experimental-vm-modules'],
    ['--input-type', (): string => '--input-type=module'],
    ['--unhandled-rejections', (): string => '--unhandled-rejections=strict'],
  ];
  it.each(given)('run with %s in NODE_OPTIONS', (_name, options) => {
    const file = program('options.cjs', required(join(built, 'src', 'index.js')));
    expect(run([file], elsewhere, { ...process.env, NODE_OPTIONS: options() })).toBe(proof);
  });

  it('give way to one thread under Bun, which does not run those of tfjs, and say so', () => {
    const file = program(
      'bun.cjs',
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1' } });` +
        required(join(built, 'src', 'index.js')),
    );
    const [running] = JSON.parse(run([file], elsewhere)) as readonly unknown[];
    expect(running).toMatchObject({
      threads: 1,
      note: 'wasm runs on 1 of 2 threads: Bun cannot run the threads of tfjs (take Node)',
    });
  });

  it('of tfjs that end after the start are not waited for', () => {
    const file = join(built, 'ended.cjs');
    const source = JSON.stringify(join(built, 'src', 'index.js'));
    // The kernel of `sigmoid` is tfjs's own, and shared among its threads.
    writeFileSync(
      file,
      `const tf = require('@tensorflow/tfjs-core');
       const { attempt, describe, orThrow, start } = require(${source});
       const main = async () => {
         orThrow(await start('wasm', { threads: 2 })());
         const x = tf.ones([64, 64]);
         const [worker] = tf.backend().wasm.PThread.runningWorkers;
         await worker.terminate();
         console.log(describe(attempt(() => tf.sigmoid(x).dataSync()).left));
         console.log(x.dataSync().every((v) => v === 1));
       };
       main();`,
    );
    expect(run([file], elsewhere)).toBe(
      'backend error at wasm: expected threads that keep running (restart the program), found a thread of tfjs that ended\ntrue',
    );
  });

  it('give way to one thread where workers are not allowed, and say so', () => {
    const file = program('denied.cjs', required(join(built, 'src', 'index.js')));
    const [running, right, same] = JSON.parse(
      run(['--no-warnings', '--experimental-permission', '--allow-fs-read=*', file], elsewhere),
    ) as readonly unknown[];
    expect(running).toMatchObject({ backend: 'wasm', simd: true, threads: 1, relaxed: false });
    // Node 22 adds how to allow them.
    expect(running).toHaveProperty(
      'note',
      expect.stringMatching(/^wasm runs on 1 of 2 threads: Access to this API has been restricted/),
    );
    expect([right, same]).toEqual([true, true]);
  });
});
