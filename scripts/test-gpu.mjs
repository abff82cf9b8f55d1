/**
 * `npm run test:gpu`: the suites that take each backend, on WebGPU in Node, and on wasm, WebGL and WebGPU in Chromium;
 * and the page of examples/browser, and a report. Ends in a table of laws and backends: cases that were run and held.
 * Fails where a test does, or where a backend does not start.
 *
 *     npm run test:gpu                              # all, half an hour on the software adapters of two cores
 *     npm run test:gpu -- --only webgpu-node        # one of them
 *     npm run test:gpu -- --only chromium-webgl test/laws/ridge.test.ts
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';

const suites = [
  'test/autodiff/ops.test.ts',
  'test/gpu',
  'test/laws',
  'test/layer/values.test.ts',
  'test/loss',
  'test/solver',
  'test/step/elementwise.test.ts',
];
/** These name their backend themselves. */
const apart = ['--exclude', 'test/laws/layers.cpu.test.ts', '--exclude', 'test/laws/layers.wasm.test.ts'];

const inChromium = (backend) => ({
  args: ['--config', 'vitest.browser.config.mts', ...apart],
  env: { PROXPROP_BACKENDS: backend },
  files: suites,
});

const legs = {
  'webgpu-node': { args: ['--mode', 'webgpu', ...apart], env: {}, files: suites },
  page: { args: ['--mode', 'page'], env: {}, files: [] },
  'chromium-wasm': inChromium('wasm'),
  'chromium-webgl': inChromium('webgl'),
  'chromium-webgpu': inChromium('webgpu'),
};

const folder = join('runs', 'gpu');

const run = (name, { args, env, files }, chosen) =>
  new Promise((resolve) => {
    const output = join(folder, `${name}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
    const child = spawn(
      'npx',
      ['vitest', 'run', ...args, ...reporters, ...(chosen.length > 0 ? chosen : files)],
      {
        stdio: 'inherit',
        env: { ...process.env, ...env },
      },
    );
    child.on('close', (code) => resolve(code === 0));
  });

/** Cases by law, of the tests of one leg. */
const lawsOf = async (name) => {
  const file = join(folder, `${name}.json`);
  const found = new Map();
  if (!existsSync(file)) return found;
  const { testResults } = JSON.parse(await readFile(file, 'utf8'));
  for (const { assertionResults } of testResults)
    for (const { meta } of assertionResults)
      for (const { law, cases, held } of meta?.laws ?? []) {
        const number = Number.parseInt(law, 10);
        const before = found.get(number) ?? { cases: 0, held: 0 };
        found.set(number, { cases: before.cases + cases, held: before.held + (held ? cases : 0) });
      }
  return found;
};

const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
const chosen = Object.entries(legs).filter(([name]) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(
    `options error at --only: expected one of ${Object.keys(legs).join(', ')}, found ${values.only}`,
  );
  process.exit(1);
}

await mkdir(folder, { recursive: true });
const passed = [];
for (const [name, leg] of chosen) {
  console.log(`\n=== ${name}`);
  passed.push([name, await run(name, leg, positionals)]);
}

const columns = (await readdir(folder))
  .filter((f) => f.endsWith('.json') && f !== 'page.json')
  .map((f) => f.slice(0, -5));
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
