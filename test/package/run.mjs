/**
 * `npm run test:package`: the packed library as its users meet it. It is packed, installed into scratch folders, and used from
 * each module system, Node, compiler, test runner, bundler and browser; ends in a table of consumers and results.
 * Exit code 1 where one fails; 2 where the arguments are none.
 *
 *     npm run test:package                    # all, some minutes: the tools are installed anew
 *     npm run test:package -- --quick         # Node 20 to 26, the command line, declarations, links, the size: three minutes
 *     npm run test:package -- --only vite,Bun # those whose name begins so
 */
import { parseArgs } from 'node:util';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../src/package/twins.mjs';
import { consumers } from './consumers.mjs';
import { clear, must, scratch } from './tools.mjs';

const refuse = (found) => {
  console.error(`options error at test:package: expected --quick, --only <name> or --keep, found ${found}`);
  process.exit(2);
};

const parsed = () => {
  try {
    return parseArgs({
      options: { quick: { type: 'boolean' }, keep: { type: 'boolean' }, only: { type: 'string' } },
    });
  } catch ({ message }) {
    return refuse(message.split(/\.\s|\n/)[0]);
  }
};

const { quick = false, keep = false, only } = parsed().values;
const chosen = consumers.filter((one) =>
  only === undefined ? !quick || one.quick : only.split(',').some((name) => one.name.startsWith(name)),
);
if (chosen.length === 0) refuse(`--only ${only}`);

const results = [];
try {
  await mkdir(scratch, { recursive: true });
  await must('npm', ['run', 'build'], { cwd: root });
  const [{ filename }] = JSON.parse(
    (
      await must('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch], { cwd: root })
    ).replace(/^[^[]*/, ''),
  );
  const tarball = join(scratch, filename);
  for (const { name, check } of chosen) {
    const started = performance.now();
    const result = await check(tarball).then(
      (told) => ({ ok: true, told }),
      ({ message }) => ({ ok: false, told: message }),
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s): ${result.told}`);
    results.push({ name, ...result });
  }
} finally {
  if (keep) console.log(`kept: ${scratch}`);
  else await clear();
}

const line = (text) => text.split('\n')[0].replaceAll('|', '\\|').slice(0, 120);
console.log(
  [
    '',
    '| consumer | result | |',
    '| :-- | :-- | :-- |',
    ...results.map(({ name, ok, told }) => `| ${name} | ${ok ? 'works' : 'FAILED'} | ${line(told)} |`),
  ].join('\n'),
);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
