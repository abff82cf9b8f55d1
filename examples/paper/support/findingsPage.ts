/** The page of findings: what an implicit step buys and what it costs, in sentences that the figures of finished runs write. */
import { Report } from '../../../src';
import {
  curveTable,
  epochsTo,
  type Finished,
  isProximal,
  mean,
  type Row,
  secondsTo,
  stopOf,
} from '../../../src/experiment';

/** A number of each seed; infinite where a seed diverged. */
const overSeeds = (
  { runs }: Row,
  of: (run: Row['runs'][number]) => number | null | undefined,
): readonly number[] =>
  runs.map((run) => (run.ending.outcome === 'diverged' ? Infinity : (of(run) ?? Infinity)));

/** One comparison, a row a method. */
interface Measured {
  readonly row: Row;
  readonly trainLoss: readonly number[];
  readonly accuracy: readonly number[];
  readonly secondsToTarget: number;
  readonly epochsToTarget: number;
  readonly secondsAnEpoch: number;
}

/** The test accuracy where early stopping ends the method, or at its end where nothing was held out. */
const accuracyOf = ({ config: { tuning }, best }: Finished, row: Row): readonly number[] => {
  const [run] = tuning?.heldOut === undefined ? [] : (best.get(row.method)?.runs ?? []);
  const epoch = run === undefined ? undefined : stopOf(tuning, run)?.epoch;
  return overSeeds(row, ({ lines }) => {
    const at = epoch === undefined ? undefined : lines.find((line) => line.epoch === epoch);
    return (at ?? lines.at(-1))?.testAccuracy;
  });
};

const measuredOf = (finished: Finished): readonly Measured[] =>
  finished.rows.map((row) => {
    const { target } = finished.config;
    return {
      row,
      trainLoss: overSeeds(row, ({ lines }) => lines.at(-1)?.trainLoss),
      accuracy: accuracyOf(finished, row),
      secondsToTarget: target === undefined ? Infinity : secondsTo(row, target),
      epochsToTarget: target === undefined ? Infinity : epochsTo(row, target),
      secondsAnEpoch: mean(
        row.runs.map(({ lines }) => {
          const last = lines.at(-1);
          return last === undefined || last.epoch === 0 ? Number.NaN : last.seconds / last.epoch;
        }),
      ),
    };
  });

const show = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : '');
const spread = (values: readonly number[], as: (value: number) => string): string =>
  values.every(Number.isFinite)
    ? `${as(mean(values))} (${as(Math.min(...values))} … ${as(Math.max(...values))})`
    : 'diverged';

const settingOf = ({ row }: Measured): string =>
  row.choice
    .map(
      ([path, value]) =>
        `${path.split('.').slice(-2).join('.').replace('optimizer.', '').replace('schedule.', '')} ${String(value)}`,
    )
    .join(', ');

/** The least of some, by a number of each; nothing where none is finite. */
const least = (all: readonly Measured[], by: (m: Measured) => number): Measured | undefined =>
  all
    .filter((m) => Number.isFinite(by(m)))
    .reduce<Measured | undefined>((a, b) => (a === undefined || by(b) < by(a) ? b : a), undefined);

const named = (m: Measured | undefined): string => m?.row.trainer.name ?? 'no method';

/** The best of ProxProp beside the best of all others, by one measure. */
interface Duel {
  readonly experiment: string;
  readonly proximal: Measured | undefined;
  readonly rival: Measured | undefined;
  readonly wins: boolean;
  /** How many times the rival's number ProxProp's is. */
  readonly ratio: number;
}

const duel = (finished: Finished, by: (m: Measured) => number): Duel => {
  const all = measuredOf(finished);
  const proximal = least(
    all.filter(({ row }) => isProximal(row)),
    by,
  );
  const rival = least(
    all.filter(({ row }) => !isProximal(row)),
    by,
  );
  const [own, other] = [proximal, rival].map((m) => (m === undefined ? Infinity : by(m)));
  return {
    experiment: finished.config.title,
    proximal,
    rival,
    wins: (own ?? Infinity) < (other ?? Infinity),
    ratio: (own ?? Infinity) / (other ?? Infinity),
  };
};

const lossOf = ({ trainLoss }: Measured): number => mean(trainLoss);
const errorOf = ({ accuracy }: Measured): number => 1 - mean(accuracy);

/** Methods that are as close as this are level: a hundredth of the loss, a point of accuracy. */
const LEVEL = 0.01;

/** How many of the rivals are behind the best of ProxProp, by training loss and by test accuracy. */
const behind = (finished: Finished): string => {
  const all = measuredOf(finished);
  const rivals = all.filter(({ row }) => !isProximal(row));
  const count = (by: (m: Measured) => number, level: (own: number) => number): number => {
    // A method that diverged is behind all others, whatever is measured.
    const value = (m: Measured): number => (Number.isFinite(by(m)) ? by(m) : Infinity);
    const own = Math.min(...all.filter(({ row }) => isProximal(row)).map(value));
    return rivals.filter((m) => value(m) > level(own)).length;
  };
  const { title, loss } = finished.config;
  const higher = count(lossOf, (own) => own * (1 + LEVEL));
  const lower = count(errorOf, (own) => own + LEVEL);
  return `- ${title}: of ${rivals.length} rivals, ${higher} end more than 1 % above the training loss of the best ProxProp${
    loss === 'softmaxCrossEntropy' ? `, and ${lower} more than a point below its best test accuracy` : ''
  }.`;
};

const tally = (what: string, duels: readonly Duel[]): string => {
  const compared = duels.filter(({ proximal, rival }) => proximal !== undefined || rival !== undefined);
  const won = compared.filter(({ wins }) => wins).length;
  return `By ${what}, an implicit step is first on ${won} of ${compared.length} networks.`;
};

const loss_ = (what: string, as: (m: Measured) => string, { experiment, proximal, rival }: Duel): string =>
  `${experiment}: by ${what} ${named(rival)} is first (${rival === undefined ? '' : as(rival)}); ${
    proximal === undefined
      ? 'ProxProp does not get there with every seed.'
      : `ProxProp's best is ${named(proximal)} (${as(proximal)}).`
  }`;

/** A finished run, and a line that says with what it was made. */
export interface MadeRun extends Finished {
  readonly madeBy: string;
}

/** Pictures of the page, by the folder of the run and the name of its picture. */
export interface Shown {
  readonly file: string;
  readonly caption: string;
}

const sectionOf = ({ config, madeBy }: MadeRun, table: string): string => {
  const { title, question, data, batchSize, epochs, seeds } = config;
  const examples = `${data.train ?? 'all'} examples of ${data.name} to train on and ${data.test ?? 'all'} to test on`;
  const size = `${examples}; batches of ${batchSize}, ${epochs} epochs, seeds ${seeds.join(', ')}.`;
  return [`### ${title}`, question, table, size, madeBy].join('\n\n');
};

/** How many trainings a run had, and what they took, those that chose a setting too. */
const timeOf = ({ config, tuned, rows }: MadeRun): readonly string[] => {
  const runs = [...tuned, ...rows].flatMap((row) => row.runs);
  const ends = runs.map(({ lines }) => lines.at(-1));
  const epochs = ends.reduce((sum, last) => sum + (last?.epoch ?? 0), 0);
  const seconds = ends.reduce((sum, last) => sum + (last?.seconds ?? 0), 0);
  return [config.title, String(runs.length), String(epochs), seconds.toFixed(0)];
};

/** The page. At least one run; the order is that of the tables. */
export const findingsPage = (runs: readonly MadeRun[], pictures: readonly Shown[]): string => {
  const compared = runs.filter(({ config }) => config.heatMap === undefined && config.curve === undefined);
  const byLoss = compared.map((run) => duel(run, lossOf));
  const bySeconds = compared
    .filter(({ config }) => config.target !== undefined)
    .map((run) => duel(run, (m) => m.secondsToTarget));
  const byError = compared
    .filter(({ config }) => config.loss === 'softmaxCrossEntropy')
    .map((run) => duel(run, errorOf));
  const costs = compared.flatMap((run) => {
    const all = measuredOf(run);
    const first = all.find(
      ({ row }) => row.trainer.schedule.type === 'backprop' && row.trainer.batchSize === undefined,
    );
    return all
      .filter(({ row }) => row.trainer.schedule.type === 'proxprop')
      .map((m) => m.secondsAnEpoch / (first?.secondsAnEpoch ?? Number.NaN))
      .filter(Number.isFinite)
      .map((times) => ({ title: run.config.title, times }));
  });
  // Where nobody gets, nobody is first.
  const notFirst = ({ wins, rival }: Duel): boolean => !wins && rival !== undefined;
  const lost = [
    ...byLoss.filter(notFirst).map((d) => loss_('training loss', (m) => show(lossOf(m)), d)),
    ...bySeconds
      .filter(notFirst)
      .map((d) => loss_('seconds to the target', (m) => `${show(m.secondsToTarget)} s`, d)),
    ...byError
      .filter(notFirst)
      .map((d) => loss_('test accuracy', (m) => Report.percent(mean(m.accuracy)), d)),
  ];
  const sections = [
    '# Findings: what an implicit step buys, and what it costs',
    'Generated by `examples/paper/findings.ts` from the folders of finished runs: no figure here was written by hand. Every method had the same number of settings, drawn at random, and was chosen on training examples that were held out.',
    '## What it buys',
    [tally('training loss after the last epoch', byLoss), tally('test accuracy', byError)].join('\n'),
    compared.map(behind).join('\n'),
    byLoss
      .filter(({ wins }) => wins)
      .map(
        ({ experiment, proximal, rival }) =>
          `- ${experiment}: ${named(proximal)} ends at ${proximal === undefined ? '' : show(lossOf(proximal))}, ${named(rival)} at ${rival === undefined ? 'none' : show(lossOf(rival))}.`,
      )
      .join('\n'),
    '## What it costs',
    [
      costs.length === 0
        ? 'No run has ProxProp beside backprop with batches of one size.'
        : `An epoch of exact ProxProp takes ${show(Math.min(...costs.map(({ times }) => times)))} to ${show(Math.max(...costs.map(({ times }) => times)))} times the seconds of one of backprop.`,
      tally('seconds to the target', bySeconds),
    ].join('\n'),
    '## Where it does not help',
    lost.length === 0 ? 'Nowhere among these runs.' : lost.map((line) => `- ${line}`).join('\n'),
    ...pictures.map(({ file, caption }) => `![${caption}](${file})\n\n${caption}`),
    '## Rivals and networks',
    ...compared.map((run) => {
      const table = Report.table(
        [
          'method',
          'setting',
          'training loss',
          'test accuracy',
          'epochs to the target',
          'seconds to the target',
          'seconds an epoch',
        ],
        measuredOf(run).map((m) => [
          named(m),
          settingOf(m),
          spread(m.trainLoss, show),
          run.config.loss === 'softmaxCrossEntropy' ? spread(m.accuracy, (v) => Report.percent(v)) : '',
          show(m.epochsToTarget),
          show(m.secondsToTarget),
          show(m.secondsAnEpoch),
        ]),
      );
      return sectionOf(run, table);
    }),
    ...runs.flatMap((run) =>
      curveTable(run).map(({ header, rows }) => sectionOf(run, Report.table(header, rows))),
    ),
    '### Time of each experiment',
    'Seconds of training, summed over all trainings, those that choose a setting included; evaluations come on top.',
    Report.table(['experiment', 'trainings', 'epochs', 'seconds'], runs.map(timeOf)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
};
