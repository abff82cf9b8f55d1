/** The installed command `proxprop` as a newcomer types it: with all optional packages, and with none. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeOf } from './nodes.mjs';
import { experiment, ownModule } from './programs.mjs';
import { cached, folderOf, run } from './tools.mjs';

const FILES = {
  'own.mjs': ownModule,
  'small.json': JSON.stringify(experiment({ modules: ['./own.mjs'] })),
  'wrong.mjs': `import { layer } from 'proxprop';
export const boasting = layer({ name: 'boasting', input: [2], output: [2], init: () => ({}), forward: (_, x) => x.square(), affine: true });
export const notes = 'no layer';`,
  'never.mjs': 'await new Promise(() => undefined);\nexport const late = 1;\n',
  'late.mjs': `setTimeout(() => { throw new Error('too late'); }, 1);
await new Promise((done) => setTimeout(done, 1000));`,
  'reader.mjs': `import { defineDataset } from 'proxprop/experiment';
export const reader = defineDataset({ name: 'reader', files: false, read: () => { throw new Error('no such table'); } });`,
  'reader.json': JSON.stringify(
    experiment({
      modules: ['./reader.mjs'],
      data: { name: 'reader' },
      network: [{ layer: 'linear', units: 3 }],
    }),
  ),
};

const PACKAGES = ['vega', 'vega-lite', 'vega-embed', '@resvg/resvg-wasm', 'dejavu-fonts-ttf', 'fast-check'];

const whole = cached((tarball) => folderOf('command-line', [tarball, ...PACKAGES], FILES));
const alone = cached((tarball) => folderOf('command-line-alone', [tarball], FILES));

/** The command in a folder, on a version of Node: the file that npm links as the bin. */
const commandIn = (node, cwd) => (words) =>
  run(node, [join(cwd, 'node_modules/.bin/proxprop'), ...words], { cwd, seconds: 120 });

/** Throws where a command ends with another code, or does not say what it should. */
const expecting = (command) => async (words, code, text) => {
  const ended = await command(words);
  const shown = `proxprop ${words.join(' ')}`;
  if (ended.code !== code)
    throw new Error(`${shown}: expected exit code ${code}, found ${ended.code}: ${ended.output}`);
  if (!ended.output.includes(text)) throw new Error(`${shown}: expected ${text}, found ${ended.output}`);
  if (/\n\s+at /.test(ended.output)) throw new Error(`${shown}: expected no stack, found ${ended.output}`);
  return ended.output;
};

/** A folder of a version's own, beside what is installed. */
const withFiles = async (folder, out, names) => {
  const found = await readdir(join(folder, out));
  const missing = names.filter((name) => !found.includes(name));
  if (missing.length > 0)
    throw new Error(`${out}: expected ${missing.join(', ')}, found ${found.join(', ')}`);
};

const REPORT = [
  'report.html',
  'report.md',
  'metrics.csv',
  'summary.json',
  'small-curves.svg',
  'small-curves.png',
];

export const commandLine = (version) => ({
  name: `proxprop on Node ${version}, with the optional packages`,
  quick: true,
  check: async (tarball) => {
    const cwd = await whole(tarball);
    const expects = expecting(commandIn(await nodeOf(version), cwd));
    const out = (name) => join('runs', version, name);
    await expects(['info'], 0, 'optimizers: sgd');
    await expects(['demo', '--out', out('demo')], 0, 'ProxProp exact, Nesterov');
    await withFiles(cwd, out('demo'), ['demo.json', 'loss.svg', 'loss.png']);
    await expects(['run', join(out('demo'), 'demo.json'), '--dry-run'], 0, '3 trainings');
    await expects(['run', 'small.json', '--out', out('small')], 0, 'wrote report.html');
    await withFiles(cwd, out('small'), REPORT);
    await expects(['report', out('small')], 0, 'wrote report.html');
    await expects(['laws', 'own.mjs', '--cases', '5'], 0, 'scaled');
    await expects(['laws', 'wrong.mjs', '--cases', '5'], 4, 'expected every law to hold');
    await expects(['laws', 'never.mjs'], 2, 'file error at never.mjs: expected a module that can be loaded');
    await expects(['laws', 'late.mjs'], 1, 'late.mjs:1: expected code that does not throw, found too late');
    await expects(
      ['run', 'reader.json'],
      3,
      'reader.read: expected a function that runs, found no such table',
    );
    return 'info, demo, run, report, laws';
  },
});

export const commandLineAlone = (version) => ({
  name: `proxprop on Node ${version}, without the optional packages`,
  quick: true,
  check: async (tarball) => {
    const cwd = await alone(tarball);
    const expects = expecting(commandIn(await nodeOf(version), cwd));
    const pictures = 'npm install vega vega-lite @resvg/resvg-wasm dejavu-fonts-ttf';
    const reports = 'npm install vega vega-lite vega-embed @resvg/resvg-wasm dejavu-fonts-ttf';
    await expects(['--version'], 0, '.');
    await expects(['--help'], 0, 'Exit codes');
    await expects(['info'], 0, 'optimizers: sgd');
    // Nothing is trained: no line of progress comes before it.
    for (const [words, install] of [
      [['demo'], pictures],
      [['run', 'small.json'], reports],
      [['laws', 'own.mjs'], 'npm install fast-check'],
      [['worker', '--queue', 'redis://localhost'], 'npm install bullmq ioredis'],
      [['queue', 'status', '--queue', 'redis://localhost'], 'npm install bullmq ioredis'],
      [['data', 'get', 'cifar-10'], 'npm install tar'],
    ]) {
      const output = await expects(words, 1, install);
      if (output.includes('\n')) throw new Error(`proxprop ${words[0]}: expected one line, found ${output}`);
    }
    await expects(['run', 'small.json', '--dry-run'], 0, '2 trainings');
    await expects(['report', 'none'], 2, 'none/config.json');
    await expects(['report', ''], 2, 'options error at FOLDER');
    await expects(['laws', ''], 2, 'options error at MODULE');
    return 'each command says what to install, before it trains';
  },
});
