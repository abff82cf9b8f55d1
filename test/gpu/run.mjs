/**
 * `npm run test:gpu`: the suites that take each backend, on WebGPU in Node, and on wasm, WebGL and WebGPU in Chromium;
 * and the page of examples/browser, and a report. Ends in a table of laws and backends: cases that were run and held.
 * Exit code 1 where a test fails, or a backend does not start; 2 where the arguments are none.
 *
 *     npm run test:gpu                              # all, an hour on the software adapters of two cores
 *     npm run test:gpu -- --quick                   # every backend and the page, a few files each: five minutes
 *     npm run test:gpu -- --only webgpu-node,page   # some of them
 *     npm run test:gpu -- --only chromium-webgl test/laws/ridge.test.ts
 *
 * Results are kept in runs/gpu. The table has what each test file said last, so that runs of some files add up; a run of a whole
 * leg starts anew.
 */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';

const suites = [
  'test/autodiff/ops.test.ts',
  'test/autodiff/ties.test.ts',
  'test/backend/nan',
  'test/backend/reductions.test.ts',
  'test/backend/wholeNumbers.test.ts',
  'test/ops/formula.test.ts',
  'test/gpu',
  'test/laws',
  'test/layer/normalisation.test.ts',
  'test/layer/values.test.ts',
  'test/loss',
  'test/solver',
  'test/step/elementwise.test.ts',
];
/** Of each backend at least this much, where minutes count: the laws of linear systems and of keys, and training beside cpu. */
const few = [
  'test/backend/wholeNumbers.test.ts',
  'test/gpu/training.test.ts',
  'test/gpu/products.test.ts',
  'test/laws/key.test.ts',
  'test/laws/ridge.test.ts',
];
/** These name their backend themselves. */
const apart = ['--exclude', 'test/laws/layers.cpu.test.ts', '--exclude', 'test/laws/layers.wasm.test.ts'];

const inChromium = (backend) => ({
  args: ['--config', 'vitest.browser.config.mts', ...apart],
  env: { PROXPROP_BACKENDS: backend },
  files: suites,
  quick: few,
});

const legs = {
  'webgpu-node': { args: ['--mode', 'webgpu', ...apart], env: {}, files: suites, quick: few },
  page: { args: ['--mode', 'page'], env: {}, files: [], quick: [] },
  'chromium-wasm': inChromium('wasm'),
  'chromium-webgl': inChromium('webgl'),
  'chromium-webgpu': inChromium('webgpu'),
};

const folder = join('runs', 'gpu');

const run = (name, { args, env }, files) =>
  new Promise((resolve) => {
    const output = join(folder, name, `${Date.now()}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
    const child = spawn('npx', ['vitest', 'run', ...args, ...reporters, ...files], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', ({ message }) => {
      console.error(`backend error at ${name}: expected npx to start vitest, found ${message}`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });

/** What a run has written; nothing, with a line that says so, where it was stopped before it had written all. */
const resultsIn = async (path) => {
  try {
    const { testResults } = JSON.parse(await readFile(path, 'utf8'));
    if (Array.isArray(testResults)) return testResults;
  } catch {
    // Told below: a file that ends early is as good as one of another kind.
  }
  console.error(`file error at ${path}: expected the results of a run, found others (left out of the table)`);
  return [];
};

/** The tests of each file of a leg, as they were run last. */
const lastRuns = async (name) => {
  const files = (await readdir(join(folder, name))).sort();
  const results = await Promise.all(files.map((file) => resultsIn(join(folder, name, file))));
  return new Map(results.flat().map((result) => [result.name, result.assertionResults]));
};

/** Cases by law, of the tests of one leg. */
const lawsOf = async (name) => {
  const found = new Map();
  for (const tests of (await lastRuns(name)).values())
    for (const { meta } of tests)
      for (const { law, cases, held } of meta?.laws ?? []) {
        const number = Number.parseInt(law, 10);
        const before = found.get(number) ?? { cases: 0, held: 0 };
        found.set(number, { cases: before.cases + cases, held: before.held + (held ? cases : 0) });
      }
  return found;
};

/** End with one line: what was asked for cannot be run. */
const refuse = (path, expected, found) => {
  console.error(`options error at ${path}: expected ${expected}, found ${found}`);
  process.exit(2);
};

const parsed = () => {
  try {
    return parseArgs({
      options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch ({ message }) {
    return refuse('test:gpu', '--only <backend>, --quick and test files', message.split(/\.\s|\n/)[0]);
  }
};

const { values, positionals } = parsed();
const wanted = values.only?.split(',') ?? Object.keys(legs);
for (const name of wanted)
  if (!Object.hasOwn(legs, name)) refuse('--only', `names among ${Object.keys(legs).join(', ')}`, name);
const chosen = Object.entries(legs).filter(([name]) => wanted.includes(name));

const passed = [];
for (const [name, leg] of chosen) {
  console.log(`\n=== ${name}`);
  const files = positionals.length > 0 ? positionals : values.quick ? leg.quick : leg.files;
  if (positionals.length === 0) await rm(join(folder, name), { recursive: true, force: true });
  await mkdir(join(folder, name), { recursive: true });
  passed.push([name, await run(name, leg, files)]);
}

const present = await readdir(folder);
const columns = Object.keys(legs).filter((name) => name !== 'page' && present.includes(name));
const byLeg = new Map(await Promise.all(columns.map(async (name) => [name, await lawsOf(name)])));
const numbers = [...new Set([...byLeg.values()].flatMap((laws) => [...laws.keys()]))].sort((a, b) => a - b);
const cell = (found) =>
  found === undefined
    ? '·'
    : found.held === found.cases
      ? `${found.cases}`
      : `${found.held} of ${found.cases}`;
console.log('\nCases that held, by law and backend (· not run):\n');
console.log(
  markdownTable([
    ['law', ...columns],
    ...numbers.map((number) => [`${number}`, ...columns.map((name) => cell(byLeg.get(name)?.get(number)))]),
  ]),
);
for (const [name, ok] of passed) console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
process.exitCode = passed.every(([, ok]) => ok) ? 0 : 1;
