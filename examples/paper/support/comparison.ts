/** What came out of a finished run, as data: the page of findings is made of it, also when the folder of the run is gone. */
import * as t from 'io-ts';
import {
  curveTable,
  epochsTo,
  type Finished,
  isProximal,
  mean,
  type Row,
  secondsTo,
  stopOf,
  tookOf,
} from '../../../src/experiment';

/** The mean over the seeds, and the least and the greatest. */
const Spread = t.readonly(t.strict({ mean: t.number, low: t.number, high: t.number }));
export type Spread = t.TypeOf<typeof Spread>;

const orNull = <A>(codec: t.Type<A>) => t.union([codec, t.null]);

const MethodResult = t.readonly(
  t.strict({
    name: t.string,
    /** Whether its steps on the parameters are implicit, under trust or not. */
    proximal: t.boolean,
    /** What an epoch of ProxProp is compared with, or ProxProp itself where its steps are not shortened. */
    cost: t.union([t.literal('backprop'), t.literal('proxprop'), t.null]),
    setting: t.string,
    /** After the last epoch; null where a seed diverged. */
    trainLoss: orNull(Spread),
    /** Where early stopping ends it, or at the end where nothing was held out; null where a seed diverged. */
    accuracy: orNull(Spread),
    /** There too, where examples have no classes. */
    testLoss: orNull(Spread),
    /** Null where a seed does not get to the target. */
    epochsToTarget: orNull(t.number),
    secondsToTarget: orNull(t.number),
    secondsAnEpoch: orNull(t.number),
    /** How many batches an epoch has; null where it trains on all examples that there are. */
    batches: orNull(t.number),
  }),
);
export type MethodResult = t.TypeOf<typeof MethodResult>;

const Table = t.readonly(
  t.strict({ header: t.readonlyArray(t.string), rows: t.readonlyArray(t.readonlyArray(t.string)) }),
);

const Comparison = t.readonly(
  t.strict({
    /** The name of the experiment, by which a later run of it takes the place of this one. */
    name: t.string,
    title: t.string,
    question: t.string,
    /** The examples, batches, epochs and seeds. */
    size: t.string,
    /** Whether examples have classes, and so an accuracy. */
    classes: t.boolean,
    /** The training loss to get to. */
    target: orNull(t.number),
    /** Empty for a run that is shown as a curve. */
    methods: t.readonlyArray(MethodResult),
    /** The tables of a run that is shown as a curve. */
    curves: t.readonlyArray(Table),
    /** How to repeat it, and its environment. */
    madeBy: t.string,
    /** The methods that later runs have added, and the environment of each such run. */
    added: t.readonlyArray(t.strict({ methods: t.readonlyArray(t.string), madeBy: t.string })),
    trainings: t.number,
    epochs: t.number,
    seconds: t.number,
  }),
);
export type Comparison = t.TypeOf<typeof Comparison>;

/** All comparisons of a page, in the order of their tables. */
export const Comparisons = t.readonlyArray(Comparison);

/** A number of each seed; infinite where a seed diverged. */
const overSeeds = (
  { runs }: Row,
  of: (run: Row['runs'][number]) => number | null | undefined,
): readonly number[] =>
  runs.map((run) => (run.ending.outcome === 'diverged' ? Infinity : (of(run) ?? Infinity)));

const spreadOf = (values: readonly number[]): Spread | null =>
  values.every(Number.isFinite)
    ? { mean: mean(values), low: Math.min(...values), high: Math.max(...values) }
    : null;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What a method has on the test examples where early stopping ends it, or at its end where nothing was held out. */
const tested = (
  { config: { tuning }, best }: Finished,
  row: Row,
  of: 'testAccuracy' | 'testLoss',
): Spread | null => {
  const [run] = tuning?.heldOut === undefined ? [] : (best.get(row.method)?.runs ?? []);
  const epoch = run === undefined ? undefined : stopOf(tuning, run)?.epoch;
  return spreadOf(
    overSeeds(row, ({ lines }) => {
      const at = epoch === undefined ? undefined : lines.find((line) => line.epoch === epoch);
      return (at ?? lines.at(-1))?.[of];
    }),
  );
};

const secondsAnEpoch = ({ runs }: Row): number =>
  mean(
    runs.map(({ lines }) => {
      const last = lines.at(-1);
      return last === undefined || last.epoch === 0 ? Number.NaN : last.seconds / last.epoch;
    }),
  );

const settingOf = ({ choice }: Row): string =>
  choice
    .map(
      ([path, value]) =>
        `${path.split('.').slice(-2).join('.').replace('optimizer.', '').replace('schedule.', '')} ${String(value)}`,
    )
    .join(', ');

const costOf = ({ trainer: { schedule, batchSize } }: Row): MethodResult['cost'] =>
  schedule.type === 'proxprop'
    ? 'proxprop'
    : schedule.type === 'backprop' && batchSize === undefined
      ? 'backprop'
      : null;

const methodOf = (finished: Finished, row: Row): MethodResult => {
  const { target, data, batchSize, loss } = finished.config;
  const classes = loss === 'softmaxCrossEntropy';
  return {
    name: row.trainer.name,
    proximal: isProximal(row),
    cost: costOf(row),
    setting: settingOf(row),
    trainLoss: spreadOf(overSeeds(row, ({ lines }) => lines.at(-1)?.trainLoss)),
    accuracy: classes ? tested(finished, row, 'testAccuracy') : null,
    testLoss: classes ? null : tested(finished, row, 'testLoss'),
    epochsToTarget: target === undefined ? null : finite(epochsTo(row, target)),
    secondsToTarget: target === undefined ? null : finite(secondsTo(row, target)),
    secondsAnEpoch: finite(secondsAnEpoch(row)),
    batches: data.train === undefined ? null : Math.ceil(data.train / (row.trainer.batchSize ?? batchSize)),
  };
};

/** After the size of batches, where some method has another. */
const OWN_SIZES = ' where a method has no size of its own';

/**
 * What came out of a run: its tables as numbers, and what its trainings took, those that chose a setting too.
 *
 * `madeBy` says how to repeat it.
 */
export const comparisonOf = (finished: Finished, madeBy: string): Comparison => {
  const { name, title, question, data, batchSize, epochs, seeds, loss, target, curve, heatMap } =
    finished.config;
  const examples = `${data.train ?? 'all'} examples of ${data.name} to train on and ${data.test ?? 'all'} to test on`;
  const sizes = finished.rows.map(({ trainer }) => trainer.batchSize);
  const batches = sizes.every((own) => own !== undefined)
    ? 'batches as each method names them'
    : `batches of ${batchSize}${sizes.some((own) => own !== undefined) ? OWN_SIZES : ''}`;
  const isGrid = curve !== undefined || heatMap !== undefined;
  return {
    name,
    title,
    question,
    size: `${examples}; ${batches}, ${epochs} epochs, seeds ${seeds.join(', ')}.`,
    classes: loss === 'softmaxCrossEntropy',
    target: target ?? null,
    methods: isGrid ? [] : finished.rows.map((row) => methodOf(finished, row)),
    curves: curveTable(finished).map(({ header, rows }) => ({ header, rows })),
    madeBy,
    added: [],
    ...tookOf([...finished.tuned, ...finished.rows]),
  };
};

const namesOf = ({ methods }: Comparison): readonly string[] => methods.map(({ name }) => name);

/** Whether a run has the examples, batches, epochs and seeds of an earlier one, and none of the methods that ran there together. */
const adds = (earlier: Comparison, later: Comparison): boolean => {
  const since = earlier.added.flatMap(({ methods }) => methods);
  const whole = namesOf(earlier).filter((name) => !since.includes(name));
  return (
    later.methods.length > 0 &&
    earlier.methods.length > 0 &&
    earlier.size.replace(OWN_SIZES, '') === later.size.replace(OWN_SIZES, '') &&
    namesOf(later).every((name) => !whole.includes(name))
  );
};

/**
 * Earlier methods with those of a later run after them, in the place of what was added under their names. Seconds of two runs may be
 * of two machines. A run that is there already changes nothing.
 */
const together = (earlier: Comparison, later: Comparison): Comparison => {
  if (earlier.added.some(({ madeBy }) => madeBy === later.madeBy)) return earlier;
  const names = namesOf(later);
  return {
    ...earlier,
    methods: [...earlier.methods.filter(({ name }) => !names.includes(name)), ...later.methods],
    added: [
      ...earlier.added.filter(({ methods }) => !methods.every((name) => names.includes(name))),
      { methods: names, madeBy: later.madeBy },
    ],
    trainings: earlier.trainings + later.trainings,
    epochs: earlier.epochs + later.epochs,
    seconds: earlier.seconds + later.seconds,
  };
};

/**
 * Comparisons with others beside them, in the order of names. Of one name, the later takes the place of the earlier, or joins it if
 * it has nothing but further methods.
 */
export const withLater = (
  earlier: readonly Comparison[],
  later: readonly Comparison[],
): readonly Comparison[] => {
  const named = new Map(earlier.map((one) => [one.name, one]));
  for (const one of later) {
    const before = named.get(one.name);
    named.set(one.name, before !== undefined && adds(before, one) ? together(before, one) : one);
  }
  return [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};
