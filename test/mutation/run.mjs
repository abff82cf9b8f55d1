/**
 * `npm run mutate`: how much do the tests notice? Mutants drawn at random are run against the tests, each in a copy of the
 * tree; the outcome is a table, runs/mutate/table.md, and a line. Exit code 1 where one survives, 2 where the arguments are none.
 *
 *     npm run mutate                                        # 70 mutants of six folders, seed 1
 *     npm run mutate -- --sample 40 --seed 7 --only src/step,src/energy --workers 2
 *     npm run mutate -- --sample 40 --seed 7 --pick 3,17    # of that sample again these
 *     npm run mutate -- --sample 40 --seed 7 --list         # only say which
 *     npm run mutate -- --stages 1 --limit 300              # the soonest tests alone, each stage at most 300 seconds
 *
 * Every test file imports the whole library, so that `vitest related` selects all of them: which tests stand near a
 * folder is said below, in stages, those that end soonest first. A mutant ends with the first test that fails: all stages are run
 * with a tenth of the cases of each law, and for those that live then with the usual number. The stages are run so
 * without a mutant first, unless there is a limit: they have to pass, and a mutant that takes four times as long, and a
 * minute, is killed by that; with the usual number of cases, ten times that.
 * Mutants that change nothing stand in test/mutation/equivalent.json, with the reason.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import { copyOfTree, test, tracked } from './runs.mjs';
import { draw } from './mutants.mjs';

const steps = [
  'test/step',
  'test/energy',
  'test/schedule',
  'test/laws/programs',
  'test/laws/sweep',
  'test/laws/schedule',
  'test/layer/sharing',
];
const methods = ['test/laws/method', 'test/laws/blocks', 'test/laws/stationary', 'test/laws/implicit'];
/** Of each folder the stages of tests. Names are beginnings of paths; what stood in a stage before is not run again. */
const stages = {
  'src/energy': [steps, methods, ['test/train', 'test/laws']],
  'src/step': [steps, methods, ['test/train', 'test/laws']],
  'src/schedule': [['test/schedule', ...steps], methods, ['test/train', 'test/laws', 'test/types']],
  'src/autodiff': [['test/autodiff', 'test/step', 'test/loss'], [...steps, 'test/layer'], ['test/laws']],
  'src/solver': [
    ['test/solver', 'test/laws/ridge', 'test/laws/solves', 'test/schedule'],
    ['test/laws/implicit', 'test/backend/kernels', 'test/train/profile', ...steps],
    ['test/laws'],
  ],
  'src/train': [
    ['test/train'],
    ['test/step/averaged', 'test/schedule/trust', 'test/laws/training', 'test/layer/batchNorm'],
    ['test/examples/badInput', 'test/examples/cli', 'test/report'],
  ],
};
/** The same laws on another backend. */
const left = ['test/laws/layers.cpu.test.ts', 'test/laws/layers.gpu.test.ts'];

const usage = (line) => {
  console.error(`options error at ${line}`);
  process.exit(2);
};
const whole = (name, text, least) =>
  /^\d+$/.test(text) && Number(text) >= least
    ? Number(text)
    : usage(`--${name}: expected a whole number of at least ${least}, found ${text}`);

const parsed = () => {
  try {
    return parseArgs({
      options: {
        sample: { type: 'string', default: '70' },
        seed: { type: 'string', default: '1' },
        workers: { type: 'string', default: '1' },
        only: { type: 'string', default: Object.keys(stages).join(',') },
        pick: { type: 'string' },
        stages: { type: 'string', default: '3' },
        limit: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    }).values;
  } catch ({ message }) {
    return usage(`the arguments: ${message}`);
  }
};
const given = parsed();
const [sample, seed, workers, most] = [
  ['sample', 1],
  ['seed', 0],
  ['workers', 1],
  ['stages', 1],
].map(([name, least]) => whole(name, given[name], least));
const only = given.only.split(',').map((folder) => folder.replace(/\/$/, ''));
const folderOf = (file) => Object.keys(stages).find((folder) => `${file}/`.startsWith(`${folder}/`));
for (const folder of only)
  if (folderOf(folder) === undefined)
    usage(`--only: expected folders within ${Object.keys(stages).join(', ')}, found ${folder}`);
const limit = given.limit === undefined ? undefined : whole('limit', given.limit, 1);
const pick = given.pick?.split(',').map((text) => whole('pick', text, 1));

const testFiles = tracked.filter((file) => /^test\/.*\.test\.ts$/.test(file) && !left.includes(file));

/** The files of each stage of a folder. */
const filesOf = (folder) => {
  const seen = new Set();
  return stages[folder]
    .slice(0, most)
    .map((names) => {
      const files = testFiles.filter((f) => names.some((name) => f.startsWith(name)) && !seen.has(f));
      for (const file of files) seen.add(file);
      return files;
    })
    .filter((files) => files.length > 0);
};

/** Seconds that each stage may take, by its files. */
const limits = new Map();
const limitOf = (files) => limit ?? limits.get(files.join());

/** The share of its cases that a law is run with at first. */
const FEW = '0.1';

/** Runs the stages of a mutant's folder until one fails. */
const judge = async (root, { file, text }) => {
  const folder = folderOf(file);
  const original = readFileSync(join(root, file));
  writeFileSync(join(root, file), text);
  let total = 0;
  let killer;
  const few = filesOf(folder).map((files) => [files, limitOf(files), FEW]);
  const usual = few.map(([files, seconds]) => [files, 10 * seconds, undefined]);
  for (const [files, longest, cases] of [...few, ...usual]) {
    const { seconds, failed } = await test(root, files, longest, cases);
    total += seconds;
    killer = failed;
    if (killer !== undefined) break;
  }
  writeFileSync(join(root, file), original);
  return { seconds: total, killer };
};

const equivalents = JSON.parse(readFileSync('test/mutation/equivalent.json', 'utf8'));
const equivalent = (m) =>
  equivalents.find((e) => ['file', 'code', 'before', 'after'].every((key) => e[key] === m[key]));
const show = ({ file, line, before, after }) => `${file}:${line} \`${before}\` → \`${after}\``;
const short = (text) => (text.length > 160 ? `${text.slice(0, 157)}…` : text).replaceAll('|', '\\|');

const { sites, mutants } = draw(only, sample, seed);
const chosen = mutants
  .map((m, i) => ({ ...m, number: i + 1 }))
  .filter((m) => pick?.includes(m.number) ?? true);
console.log(`${chosen.length} mutants of ${sites} sites in ${only.join(', ')}, seed ${seed}`);
if (given.list) {
  for (const m of chosen)
    console.log(`${m.number} ${show(m)}${equivalent(m) === undefined ? '' : ' (equivalent)'}`);
  process.exit(0);
}

const waiting = chosen.filter((m) => equivalent(m) === undefined);
const trees = Array.from({ length: Math.min(workers, waiting.length) }, copyOfTree);
const inTurn = (jobs, work) =>
  Promise.all(
    trees.map(async (root) => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await work(root, job);
    }),
  );

const folders = [...new Set(waiting.map((m) => folderOf(m.file)))];
const unchanged = new Map(folders.flatMap(filesOf).map((files) => [files.join(), files]));
await inTurn(limit === undefined ? [...unchanged] : [], async (root, [key, files]) => {
  const { seconds, failed } = await test(root, files, 3600, FEW);
  if (failed !== undefined)
    usage(`the tests: expected all to pass without a mutant, found ${failed} to fail`);
  console.log(`without a mutant: ${files.length} files from ${files[0]} on, ${seconds.toFixed(0)} s`);
  limits.set(key, 60 + 4 * seconds);
});

const outcomes = new Map();
await inTurn([...waiting], async (root, m) => {
  const { seconds, killer } = await judge(root, m);
  outcomes.set(m.number, killer);
  console.log(
    `${m.number} ${short(show(m))}: ${killer === undefined ? 'SURVIVED' : `killed by ${short(killer)}`} (${seconds.toFixed(0)} s)`,
  );
});

const rows = chosen.map((m) => {
  const reason = equivalent(m)?.reason;
  const killer = outcomes.get(m.number);
  const outcome =
    reason !== undefined
      ? `equivalent: ${reason}`
      : killer === undefined
        ? '**survived**'
        : `killed by ${killer}`;
  return [`${m.number}`, short(show(m)), short(outcome)];
});
const same = chosen.length - waiting.length;
const survived = waiting.filter((m) => outcomes.get(m.number) === undefined).length;
const killed = waiting.length - survived;
const line = `${killed} killed, ${survived} survived, ${same} equivalent of ${chosen.length}; score ${((100 * killed) / Math.max(1, waiting.length)).toFixed(0)} %`;
mkdirSync('runs/mutate', { recursive: true });
writeFileSync(
  'runs/mutate/table.md',
  `# ${chosen.length} mutants of ${only.join(', ')}, seed ${seed}\n\n${markdownTable([['', 'mutant', 'outcome'], ...rows])}\n\n${line}\n`,
);
console.log(line);
process.exit(survived > 0 ? 1 : 0);
