/** The page of findings: what an implicit step buys and what it costs, in sentences that figures write. */
import { Report } from '../../../src';
import { type Comparison, type MethodResult, type Spread } from './comparison';

const show = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '' : value.toPrecision(3);

const spread = (values: Spread | null, as: (value: number) => string): string =>
  values === null ? 'diverged' : `${as(values.mean)} (${as(values.low)} … ${as(values.high)})`;

const percent = (value: number): string => Report.percent(value);

/** Infinite where a method has no such number: it is behind all others. */
const lossOf = ({ trainLoss }: MethodResult): number => trainLoss?.mean ?? Infinity;
const errorOf = ({ accuracy }: MethodResult): number => 1 - (accuracy?.mean ?? -Infinity);
const timeOf = ({ secondsToTarget }: MethodResult): number => secondsToTarget ?? Infinity;

/** The least of some, by a number of each; nothing where none is finite. */
const least = (all: readonly MethodResult[], by: (m: MethodResult) => number): MethodResult | undefined =>
  all
    .filter((m) => Number.isFinite(by(m)))
    .reduce<MethodResult | undefined>((a, b) => (a === undefined || by(b) < by(a) ? b : a), undefined);

/** The best of ProxProp beside the best of all others, by one measure. */
interface Duel {
  readonly title: string;
  readonly proximal: MethodResult | undefined;
  readonly rival: MethodResult | undefined;
  readonly wins: boolean;
}

const duel = ({ title, methods }: Comparison, by: (m: MethodResult) => number): Duel => {
  const bestOf = (proximal: boolean): MethodResult | undefined =>
    least(
      methods.filter((m) => m.proximal === proximal),
      by,
    );
  const [proximal, rival] = [bestOf(true), bestOf(false)];
  const value = (m: MethodResult | undefined): number => (m === undefined ? Infinity : by(m));
  return { title, proximal, rival, wins: value(proximal) < value(rival) };
};

/** Methods that are as close as this are level: a hundredth of the loss, a point of accuracy. */
const LEVEL = 0.01;

/** How many of the rivals are behind the best of ProxProp, by training loss and by test accuracy. */
const behind = ({ title, classes, methods }: Comparison): string => {
  const rivals = methods.filter((m) => !m.proximal);
  const count = (by: (m: MethodResult) => number, level: (own: number) => number): number => {
    const own = Math.min(...methods.filter((m) => m.proximal).map(by));
    return rivals.filter((m) => by(m) > level(own)).length;
  };
  const higher = count(lossOf, (own) => own * (1 + LEVEL));
  const lower = count(errorOf, (own) => own + LEVEL);
  return `- ${title}: of ${rivals.length} rivals, ${higher} end more than 1 % above the training loss of the best ProxProp${
    classes ? `, and ${lower} more than a point below its best test accuracy` : ''
  }.`;
};

const tally = (what: string, duels: readonly Duel[]): string => {
  const compared = duels.filter(({ proximal, rival }) => proximal !== undefined || rival !== undefined);
  const won = compared.filter(({ wins }) => wins).length;
  return `By ${what}, an implicit step is first in ${won} of ${compared.length} comparisons.`;
};

const named = (m: MethodResult | undefined): string => m?.name ?? 'no method';

const lost = (what: string, as: (m: MethodResult) => string, { title, proximal, rival }: Duel): string =>
  `- ${title}: by ${what} ${named(rival)} is first (${rival === undefined ? '' : as(rival)}); ${
    proximal === undefined
      ? 'ProxProp does not get there with every seed.'
      : `ProxProp's best is ${named(proximal)} (${as(proximal)}).`
  }`;

/** A picture of the page: the run that has it, and the name of its file. */
export interface Shown {
  readonly run: string;
  readonly file: string;
  readonly caption: string;
}

export const PICTURES: readonly Shown[] = [
  {
    run: 'rivals-mlp',
    file: 'rivals-mlp-curves.png',
    caption: 'A dense network: loss and accuracy over epochs and seconds.',
  },
  { run: 'rivals-convnet', file: 'rivals-convnet-curves.png', caption: 'The ConvNet of the paper.' },
  {
    run: 'rivals-transformer',
    file: 'rivals-transformer-curves.png',
    caption: 'A small causal transformer.',
  },
  {
    run: 'rivals-depth-tanh-30',
    file: 'rivals-depth-tanh-30-curves.png',
    caption: 'Thirty plain layers of tanh.',
  },
  {
    run: 'rivals-rate',
    file: 'rivals-rate-curve.png',
    caption: 'The last training loss by learning rate, all methods in one picture.',
  },
];

/** The methods that have joined a comparison since its pictures were drawn. */
export const addedTo = (runs: readonly Comparison[], name: string): readonly string[] =>
  runs.filter((run) => run.name === name).flatMap(({ added }) => added.flatMap(({ methods }) => methods));

const pictureOf = (runs: readonly Comparison[], { run, file, caption }: Shown): string => {
  const added = addedTo(runs, run);
  const text = added.length === 0 ? caption : `${caption} Without ${added.join('; ')}, which ran later.`;
  return `![${text}](${file})\n\n${text}`;
};

const sectionOf = (
  { title, question, size, madeBy, added }: Comparison,
  { header, rows }: { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] },
): string =>
  [
    `### ${title}`,
    question,
    Report.table(header, rows),
    size,
    madeBy,
    ...added.map(
      (later) =>
        `In a run of its own, whose seconds are those of its machine: ${later.methods.join('; ')}. ${later.madeBy}`,
    ),
  ].join('\n\n');

const methodTable = ({ methods, classes, target }: Comparison) => ({
  header: [
    'method',
    'setting',
    'training loss',
    classes ? 'test accuracy' : 'test loss',
    ...(target === null ? [] : ['epochs', 'steps', 'seconds'].map((of) => `${of} to ${target}`)),
    'seconds an epoch',
  ],
  rows: methods.map((m) => [
    m.name,
    m.setting,
    spread(m.trainLoss, show),
    classes ? spread(m.accuracy, percent) : spread(m.testLoss, show),
    ...(target === null
      ? []
      : [
          show(m.epochsToTarget),
          m.epochsToTarget === null || m.batches === null ? '' : (m.epochsToTarget * m.batches).toFixed(0),
          show(m.secondsToTarget),
        ]),
    show(m.secondsAnEpoch),
  ]),
});

/** A row for each comparison, a column for each method that several of them have. */
const overview = (compared: readonly Comparison[], as: (m: MethodResult) => string): string => {
  const all = compared.flatMap(({ methods }) => methods.map(({ name }) => name));
  const names = [...new Set(all)].filter((name) => all.filter((other) => other === name).length > 1);
  const rows = compared
    .filter(({ methods }) => methods.some(({ name }) => names.includes(name)))
    .map(({ title, methods }) => [
      title,
      ...names.map((name) => {
        const found = methods.find((m) => m.name === name);
        return found === undefined ? '' : as(found);
      }),
    ]);
  return rows.length === 0 ? '' : Report.table(['comparison', ...names], rows);
};

const costs = (compared: readonly Comparison[]): string => {
  const times = compared.flatMap(({ methods }) => {
    const backprop = methods.find(({ cost }) => cost === 'backprop')?.secondsAnEpoch ?? Number.NaN;
    return methods
      .filter(({ cost }) => cost === 'proxprop')
      .map(({ secondsAnEpoch }) => (secondsAnEpoch ?? Number.NaN) / backprop)
      .filter(Number.isFinite);
  });
  return times.length === 0
    ? 'No run has ProxProp beside backprop with batches of one size.'
    : `An epoch of exact ProxProp takes ${show(Math.min(...times))} to ${show(Math.max(...times))} times the seconds of one of backprop.`;
};

/** The page. At least one comparison; the order is that of the tables. */
export const findingsPage = (runs: readonly Comparison[], pictures: readonly Shown[]): string => {
  const compared = runs.filter(({ methods }) => methods.length > 0);
  const byLoss = compared.map((run) => duel(run, lossOf));
  const bySeconds = compared.filter(({ target }) => target !== null).map((run) => duel(run, timeOf));
  const byError = compared.filter(({ classes }) => classes).map((run) => duel(run, errorOf));
  // Where nobody gets, nobody is first.
  const notFirst = ({ wins, rival }: Duel): boolean => !wins && rival !== undefined;
  const helpless = [
    ...byLoss.filter(notFirst).map((d) => lost('training loss', (m) => show(lossOf(m)), d)),
    ...bySeconds.filter(notFirst).map((d) => lost('seconds to the target', (m) => `${show(timeOf(m))} s`, d)),
    ...byError
      .filter(notFirst)
      .map((d) => lost('test accuracy', (m) => percent(m.accuracy?.mean ?? Number.NaN), d)),
  ];
  const sections = [
    '# Findings: what an implicit step buys, and what it costs',
    'Generated by `examples/paper/findings.ts` from the folders of finished runs: no figure here was written by hand. What came out of each run is in `examples/paper/findings/comparisons.json`. Every method had the same number of settings, drawn at random, and was chosen on training examples that were held out.',
    '## What it buys',
    [tally('training loss after the last epoch', byLoss), tally('test accuracy', byError)].join('\n'),
    compared.map(behind).join('\n'),
    byLoss
      .filter(({ wins }) => wins)
      .map(
        ({ title, proximal, rival }) =>
          `- ${title}: ${named(proximal)} ends at ${proximal === undefined ? '' : show(lossOf(proximal))}, ${named(rival)} at ${rival === undefined ? 'none' : show(lossOf(rival))}.`,
      )
      .join('\n'),
    '## What it costs',
    [costs(compared), tally('seconds to the target', bySeconds)].join('\n'),
    '## Where it does not help',
    helpless.length === 0 ? 'Nowhere among these runs.' : helpless.join('\n'),
    ...pictures.map((picture) => pictureOf(runs, picture)),
    '## Rivals and networks',
    'The training loss after the last epoch, the mean over the seeds:',
    overview(compared, (m) => (m.trainLoss === null ? 'diverged' : show(m.trainLoss.mean))),
    'The test accuracy where early stopping ends the training, at the epoch that was best on the held-out examples:',
    overview(
      compared.filter(({ classes }) => classes),
      (m) => (m.accuracy === null ? 'diverged' : percent(m.accuracy.mean)),
    ),
    ...compared.map((run) => sectionOf(run, methodTable(run))),
    ...runs.flatMap((run) => run.curves.map((table) => sectionOf(run, table))),
    '### Time of each experiment',
    'Seconds of training, summed over all trainings, those that choose a setting included; evaluations come on top.',
    Report.table(
      ['experiment', 'trainings', 'epochs', 'seconds'],
      runs.map(({ title, trainings, epochs, seconds }) => [
        title,
        String(trainings),
        String(epochs),
        seconds.toFixed(0),
      ]),
    ),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
};
