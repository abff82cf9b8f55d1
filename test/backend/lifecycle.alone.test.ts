/** Starts that come late, again, or by another copy of the library; and programs that were started in unusual ways. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engine, removeBackend, sum, matMul } from '@tensorflow/tfjs-core';
import { attempt, Key, linear, start, toNumber } from '../../src';
import { notStarted } from '../../src/internal';
import { VERSION } from '../../src/backend/records';
import { check, showReport } from '../../laws';
import pkg from '../../package.json';
import { messageOf, right } from '../support';

const root = join(__dirname, '..', '..');
const none =
  'backend error at backend: expected one that runs (start a backend first: await start()()), found none';

const used = (): number => {
  const a = Key.normal(Key.key(1), [300, 300]);
  return toNumber(sum(matMul(a, a, true, false)));
};

it('the version of records is that of the package', () => {
  expect(VERSION).toBe(pkg.version);
});

describe('a program that has started nothing', () => {
  it('is told so', () => {
    expect(messageOf(attempt(() => linear(3, 2).init(Key.key(1))))).toBe(none);
    expect(messageOf(attempt(() => Key.uniform(Key.key(1), [2])))).toBe(none);
    expect(notStarted()).toBeDefined();
    const law = {
      ...{ number: 0, name: 'a test', arbitrary: fc.constant(1) },
      holds: () => Key.uniform(Key.key(1), [2]).size === 2 || 'another size',
    };
    expect(showReport(check(law, { numRuns: 1 }))).toBe(
      `law 0 a test: 0 cases, seed 1: COULD NOT RUN: ${none}`,
    );
  });
});

describe.each(['wasm', 'cpu', 'float64'] as const)('%s', (backend) => {
  it('starts again after a reset and a removal, on other threads', async () => {
    for (const threads of [2, 3, 1]) {
      const running = right(await start(backend, { threads })());
      expect(running.threads).toBe(backend === 'wasm' ? threads : 1);
      expect(Number.isFinite(used())).toBe(true);
      if (threads === 3) removeBackend(backend);
      else engine().reset();
      expect(messageOf(attempt(() => linear(3, 2).init(Key.key(1))))).toBe(none);
    }
  });
});

/** What a program prints. */
const printed = (args: readonly string[], input: string, env: Record<string, string> = {}): string => {
  const given = {
    cwd: root,
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [...args, '-'], given);
  expect(stderr.length).toBeLessThan(300);
  return stdout.trim();
};

/** What a program does; `before` stands behind what it loads: a loader may need the folder. */
const body = (before = ''): string => `
load('ts-node/register');
const { start, Key } = load('./src');
const { matMul } = load('@tensorflow/tfjs-core');
${before}
const started = await start('wasm', { threads: 2 })();
const a = Key.normal(Key.key(1), [512, 128]);
matMul(a, a, true, false).dataSync();
console.log(JSON.stringify([started.right.threads, started.right.note]));`;
const file = JSON.stringify(join(root, 'package.json'));
const asModule = `import { createRequire } from 'node:module';\nconst load = createRequire(${file});${body()}`;
const asScript = (before = ''): string =>
  `const load = require('node:module').createRequire(${file});\nvoid (async () => {${body(before)}})();`;

describe('helpers start', () => {
  it('in a program that is a text with --input-type=module', () => {
    expect(printed(['--input-type=module'], asModule)).toBe('[2,null]');
  });

  it('with a program loaded before, by flags', () => {
    const threadsOnly =
      'data:text/javascript,import { isMainThread } from "node:worker_threads"; if (!isMainThread) process.exit(1)';
    expect(printed(['--import', threadsOnly], asScript())).toBe('[2,null]');
  });

  it('but not in a folder that was deleted, which is told', () => {
    const gone = `const { mkdtempSync, rmdirSync } = require('node:fs'); const f = mkdtempSync('/tmp/proxprop-'); process.chdir(f); rmdirSync(f);`;
    expect(printed([], asScript(gone))).toBe(
      '[1,"wasm runs on 1 of 2 threads: the current folder was deleted (start in another one)"]',
    );
  });
});
