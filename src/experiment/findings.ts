/** What to make of an experiment, in sentences that its figures write. */
import * as Report from '../report';
import { type TrainingConfig } from './config';
import { outcomeLoss, halved, lossOfRun, mean, reached, type Row, type Run } from './results';

const figure = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : 'none');

/**
 * Whether a method is ProxProp by its schedule, under trust or not.
 *
 * @param row a method with its runs
 *
 * @example isProximal(row) // false
 */
export const isProximal = ({ trainer }: Pick<Row, 'trainer'>): boolean =>
  trainer.schedule.type.startsWith('proxprop');
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
const overSeeds = ({ runs }: Row, value: (run: Run) => number | null | undefined): number =>
  mean(runs.map((run) => value(run) ?? Infinity));

const isWhole = ({ runs }: Row): boolean => runs.every(({ ending }) => ending.outcome === 'done');

const epochsOf = ({ runs }: Row): number =>
  Report.extent([0, ...runs.map(({ lines }) => lines.at(-1)?.epoch ?? 0)]).high;

/** A metric after an epoch; infinite where a seed diverged. */
const after = (row: Row, epoch: number, of: 'trainLoss' | 'testAccuracy'): number =>
  overSeeds(row, ({ lines, ending }) =>
    ending.outcome === 'diverged' ? undefined : lines.find((line) => line.epoch === epoch)?.[of],
  );

/**
 * Computes the epochs until the training loss is at most `target`, averaged over the seeds;
 * infinite if one seed does not get there.
 *
 * @param row a method with its runs
 * @param target the training loss
 *
 * @example epochsTo(row, 0.5) // 1
 */
export const epochsTo = (row: Row, target: number): number =>
  overSeeds(row, (run) => reached(run, target)?.epoch);
/**
 * Computes the seconds of training until the training loss is at most `target`, averaged over the
 * seeds; infinite if one seed does not get there.
 *
 * @param row a method with its runs
 * @param target the training loss
 *
 * @example secondsTo(row, 0.5) // 2
 */
export const secondsTo = (row: Row, target: number): number =>
  overSeeds(row, (run) => reached(run, target)?.seconds);

/** What methods have after equally many epochs, and when they get to the target. */
const measuresOf = (
  rows: readonly Row[],
  target: number | undefined,
  classes: boolean,
): readonly Measure[] => {
  const all = rows.filter(isWhole).map(epochsOf);
  const { low, high } = Report.extent(all);
  // A method that diverged has fewer epochs than it was to have, and is not compared.
  const epoch = all.length === 0 ? 0 : low;
  const then = `after ${epoch} epochs${high > epoch ? ', the fewest of any method' : ''}`;
  return [
    {
      by: `training loss ${then}`,
      value: (row) => after(row, epoch, 'trainLoss'),
      show: (row) => figure(after(row, epoch, 'trainLoss')),
    },
    ...(classes
      ? [
          {
            by: `test accuracy ${then}`,
            value: (row: Row) => -after(row, epoch, 'testAccuracy'),
            show: (row: Row) => Report.percent(after(row, epoch, 'testAccuracy')),
          },
        ]
      : []),
    // Who trained for longer may have come further.
    ...(classes && high > epoch
      ? [
          {
            by: "test accuracy after each one's last epoch",
            value: (row: Row) => -after(row, epochsOf(row), 'testAccuracy'),
            show: (row: Row) => Report.percent(after(row, epochsOf(row), 'testAccuracy')),
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
};

/** Who is first by a measure; of backprop and ProxProp, those that are there are named. */
const sentence = (rows: readonly Row[], { by, value, show }: Measure): string => {
  const first = least(rows, value);
  if (first === undefined) return `By ${by}: no method gets there with every seed.`;
  const named = (row: Row): string => `${row.trainer.name} (${show(row)})`;
  const proximal = least(rows.filter(isProximal), value);
  const explicit = least(rows.filter(isBackprop), value);
  const start = `By ${by}: ${named(first)} is first`;
  if (!rows.some(isProximal(first) ? isBackprop : isProximal)) return `${start}.`;
  const rest = isProximal(first)
    ? explicit === undefined
      ? 'no backprop gets there with every seed.'
      : `the best backprop is ${named(explicit)}.`
    : proximal === undefined
      ? 'ProxProp does not get there with every seed.'
      : `ProxProp does not win here: its best is ${named(proximal)}.`;
  return `${start}; ${rest}`;
};

/** Seconds of training an epoch takes, the mean over the seeds. */
const secondsPerEpoch = ({ runs }: Row): number =>
  mean(
    runs.map(({ lines }) => {
      const last = lines.at(-1);
      return last === undefined || last.epoch === 0 ? Infinity : last.seconds / last.epoch;
    }),
  );

/**
 * The costs of the best ProxProp and of the best backprop, each by its training loss. There are
 * none if one of them is missing.
 */
const costs = (rows: readonly Row[]): readonly string[] => {
  const [proximal, explicit] = [isProximal, isBackprop].map((is) => least(rows.filter(is), lossOfRun));
  if (proximal === undefined || explicit === undefined) return [];
  const [own, theirs] = [secondsPerEpoch(proximal), secondsPerEpoch(explicit)];
  if (!Number.isFinite(own) || !(theirs > 0) || !Number.isFinite(theirs)) return [];
  return [
    `An epoch of ${proximal.trainer.name} takes ${figure(own / theirs)} times as long as one of ${explicit.trainer.name}: ${figure(own)} s against ${figure(theirs)} s.`,
  ];
};

/** Of a grid that is shown whole: what became of each method's cells, in a sentence each. */
export const gridFindings = (rows: readonly Row[]): readonly string[] =>
  robustness(rows).map(
    ({ name, cells, lowered, near, diverged }) =>
      `${name} lowers the training loss in ${lowered} of ${cells} cells, comes near the best in ${near}, and diverges in ${diverged}.`,
  );

/**
 * Says in sentences which method is first by each measure, what the best ProxProp costs beside the
 * best backprop, and which methods diverged.
 *
 * @param config the configuration, for its `target`
 * @param rows the methods with their runs
 * @param classes whether there is an accuracy
 *
 * @example findings(config, [row], true)[0]
 */
export const findings = (
  { target }: TrainingConfig,
  rows: readonly Row[],
  classes: boolean,
): readonly string[] => {
  const diverged = rows.filter(({ runs }) => runs.some(({ ending }) => ending.outcome === 'diverged'));
  return [
    ...measuresOf(rows, target, classes).map((measure) => sentence(rows, measure)),
    ...costs(rows),
    ...(diverged.length === 0
      ? []
      : [`Diverged with some seed: ${diverged.map(({ trainer }) => trainer.name).join(', ')}.`]),
  ];
};

/** Whether the training loss of some epoch is above that of the one before, or not finite. */
const rose = ({ lines, ending }: Run): boolean =>
  ending.outcome === 'diverged' ||
  lines.some(
    ({ trainLoss }, i) => i > 0 && !((trainLoss ?? Infinity) <= (lines[i - 1]?.trainLoss ?? -Infinity)),
  );

/** Of a grid: within a tenth of the lowest loss that any cell of any method has with that seed. */
const NEAR = 1.1;

/** For a grid that is shown whole: what became of a method's cells, every seed for itself. */
export const robustness = (rows: readonly Row[]) => {
  const names = [...new Set(rows.map(({ trainer }) => trainer.name))];
  const lowestOf = new Map<number, number>();
  for (const run of rows.flatMap((row) => row.runs))
    lowestOf.set(run.seed, Math.min(outcomeLoss(run), lowestOf.get(run.seed) ?? Infinity));
  return names.map((name) => {
    const runs = rows.filter(({ trainer }) => trainer.name === name).flatMap((row) => row.runs);
    const lowest = Report.extent(runs.map(outcomeLoss)).low;
    const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
    return {
      name,
      cells: runs.length,
      lowered: count((run) => outcomeLoss(run) < (run.lines[0]?.trainLoss ?? -Infinity)),
      rose: count(rose),
      halved: count(halved),
      near: count((run) => outcomeLoss(run) <= NEAR * (lowestOf.get(run.seed) ?? -Infinity)),
      diverged: count(({ ending }) => ending.outcome === 'diverged'),
      lowest: Number.isFinite(lowest) ? lowest : null,
    };
  });
};
