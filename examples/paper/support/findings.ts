/** What to make of an experiment, in sentences that its figures write. */
import { type Row, finalLoss, halved, lossOf, mean, reached } from './results';
import { type TrainingConfig } from './config';

const figure = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : 'none');

const isProximal = ({ trainer }: Row): boolean => trainer.schedule.type === 'proxprop';
const isBackprop = ({ trainer }: Row): boolean => trainer.schedule.type === 'backprop';

/** The row of the least value, of those whose value is finite. */
const least = (rows: readonly Row[], value: (row: Row) => number): Row | undefined =>
  rows
    .filter((row) => Number.isFinite(value(row)))
    .reduce<Row | undefined>(
      (best, row) => (best === undefined || value(row) < value(best) ? row : best),
      undefined,
    );

interface Measure {
  readonly by: string;
  /** Smaller is better. */
  readonly value: (row: Row) => number;
  readonly show: (row: Row) => string;
}

/** The mean of a number that every seed has; infinite where one has it not. */
const overSeeds = ({ runs }: Row, value: (run: Row['runs'][number]) => number | null | undefined): number =>
  mean(runs.map((run) => value(run) ?? Infinity));

export const testAccuracyOf = (row: Row): number =>
  overSeeds(row, ({ lines, ending }) =>
    ending.outcome === 'diverged' ? undefined : lines.at(-1)?.testAccuracy,
  );

export const epochsTo = (row: Row, target: number): number =>
  overSeeds(row, (run) => reached(run, target)?.epoch);
export const secondsTo = (row: Row, target: number): number =>
  overSeeds(row, (run) => reached(run, target)?.seconds);

const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

const measuresOf = (target: number | undefined, classes: boolean): readonly Measure[] => [
  { by: 'training loss after the last epoch', value: lossOf, show: (row) => figure(lossOf(row)) },
  ...(classes
    ? [
        {
          by: 'test accuracy after the last epoch',
          value: (row: Row) => -testAccuracyOf(row),
          show: (row: Row) => percent(testAccuracyOf(row)),
        },
      ]
    : []),
  ...(target === undefined
    ? []
    : [
        {
          by: `epochs to a training loss of ${target}`,
          value: (row: Row) => epochsTo(row, target),
          show: (row: Row) => figure(epochsTo(row, target)),
        },
        {
          by: `seconds to a training loss of ${target}`,
          value: (row: Row) => secondsTo(row, target),
          show: (row: Row) => `${figure(secondsTo(row, target))} s`,
        },
      ]),
];

/** Who is first by a measure, and whether that is ProxProp. */
const sentence = (rows: readonly Row[], { by, value, show }: Measure): string => {
  const first = least(rows, value);
  if (first === undefined) return `By ${by}: no method gets there with every seed.`;
  const named = (row: Row): string => `${row.trainer.name} (${show(row)})`;
  const proximal = least(rows.filter(isProximal), value);
  const explicit = least(rows.filter(isBackprop), value);
  const rest = isProximal(first)
    ? explicit === undefined
      ? 'no backprop gets there with every seed.'
      : `the best backprop is ${named(explicit)}.`
    : proximal === undefined
      ? 'ProxProp does not get there with every seed.'
      : `ProxProp does not win here: its best is ${named(proximal)}.`;
  return `By ${by}: ${named(first)} is first; ${rest}`;
};

/** For methods beside each other. */
export const findings = (
  { target }: TrainingConfig,
  rows: readonly Row[],
  classes: boolean,
): readonly string[] => {
  const diverged = rows.filter(({ runs }) => runs.some(({ ending }) => ending.outcome === 'diverged'));
  return [
    ...measuresOf(target, classes).map((measure) => sentence(rows, measure)),
    ...(diverged.length === 0
      ? []
      : [`Diverged with some seed: ${diverged.map(({ trainer }) => trainer.name).join(', ')}.`]),
  ];
};

/** For a grid that is shown whole: how many of a method's cells got half-way, every seed for itself. */
export const robustness = (rows: readonly Row[]) => {
  const names = [...new Set(rows.map(({ trainer }) => trainer.name))];
  return names.map((name) => {
    const runs = rows.filter(({ trainer }) => trainer.name === name).flatMap((row) => row.runs);
    const lowest = Math.min(...runs.map(finalLoss));
    return {
      name,
      cells: runs.length,
      halved: runs.filter(halved).length,
      diverged: runs.filter(({ ending }) => ending.outcome === 'diverged').length,
      lowest: Number.isFinite(lowest) ? lowest : null,
    };
  });
};
