/**
 * Experiments as data: what a configuration file says.
 *
 * `kind: "training"` trains networks by several methods; each method may vary values by their paths in it, which makes a
 * grid. With `tuning`, the grid's best goes on to all seeds; without, all of it is trained and shown. `kind: "limits"`
 * takes steps of many sizes from one point.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import type * as TE from 'fp-ts/TaskEither';
import * as t from 'io-ts';
import { attemptTask, cg, error, exact, type ProxpropError, Report, type Solver } from '../../../src';
import {
  anyNumber,
  closed,
  type Codec,
  type Decoded,
  flag,
  fraction,
  listOf,
  oneOf,
  positive,
  recordOf,
  tagged,
  text,
  that,
  wholeFrom,
} from './codec';
import { textOf } from './files';
import { strictJson } from './strictJson';

/** A solver by its name. */
export const solverOf = (name: string): Solver.Solver =>
  name === 'exact' ? exact() : cg(Number(name.slice('cg'.length)));

const SolverName = that(
  text,
  'exact, or cg and a number of iterations, such as cg3',
  // Six digits are more iterations than any block needs, and a number that float64 holds.
  (name) => /^(exact|cg[1-9]\d{0,5})$/.test(name),
);

const LayerConfig = tagged('layer', {
  linear: closed('a linear layer', { layer: t.literal('linear'), units: wholeFrom(1) }, {}),
  relu: closed('a ReLU', { layer: t.literal('relu') }, {}),
  tanh: closed('a tanh', { layer: t.literal('tanh') }, {}),
  sigmoid: closed('a sigmoid', { layer: t.literal('sigmoid') }, {}),
  conv2d: closed(
    'a convolution',
    { layer: t.literal('conv2d'), filters: wholeFrom(1), size: wholeFrom(1) },
    { stride: wholeFrom(1), padding: oneOf('same', 'valid') },
  ),
  maxPool2d: closed('a max pooling', { layer: t.literal('maxPool2d'), size: wholeFrom(1) }, {}),
  flatten: closed('a flattening', { layer: t.literal('flatten') }, {}),
});
export type LayerConfig = Decoded<typeof LayerConfig>;

const ScheduleConfig = tagged('type', {
  backprop: closed('backprop', { type: t.literal('backprop') }, { tau: positive }),
  proxprop: closed(
    'proxprop',
    { type: t.literal('proxprop') },
    { tau: positive, tauTheta: positive, solver: SolverName },
  ),
  mac: closed(
    'mac',
    { type: t.literal('mac') },
    {
      coupling: positive,
      growth: positive,
      rounds: wholeFrom(1),
      tauTheta: positive,
      parameters: SolverName,
      activations: SolverName,
    },
  ),
  predictiveCoding: closed(
    'predictiveCoding',
    { type: t.literal('predictiveCoding') },
    {
      stepSize: positive,
      steps: wholeFrom(1),
      tolerance: positive,
      fixedPrediction: flag,
      coupling: positive,
    },
  ),
  blockCoordinateDescent: closed(
    'blockCoordinateDescent',
    { type: t.literal('blockCoordinateDescent') },
    { coupling: positive, tauTheta: positive, sweeps: wholeFrom(1), solver: SolverName },
  ),
  admm: closed(
    'admm',
    { type: t.literal('admm') },
    {
      coupling: positive,
      activationCoupling: positive,
      tauTheta: positive,
      warmStart: wholeFrom(0),
      sweeps: wholeFrom(1),
      solver: SolverName,
    },
  ),
});
export type ScheduleConfig = Decoded<typeof ScheduleConfig>;

const OptimizerConfig = tagged('type', {
  sgd: closed('sgd', { type: t.literal('sgd'), rate: positive }, {}),
  momentum: closed('momentum', { type: t.literal('momentum'), rate: positive }, { momentum: fraction }),
  nesterov: closed('nesterov', { type: t.literal('nesterov'), rate: positive }, { momentum: fraction }),
  adam: closed('adam', { type: t.literal('adam'), rate: positive }, { beta1: fraction, beta2: fraction }),
});
export type OptimizerConfig = Decoded<typeof OptimizerConfig>;

/** What a cell trains by. Without an optimizer the method runs over all examples at once, an epoch being a sweep. */
export const Trainer = closed(
  'a method',
  { name: text, schedule: ScheduleConfig },
  { optimizer: OptimizerConfig, epochs: wholeFrom(1) },
);
export type Trainer = Decoded<typeof Trainer>;

/** A method as it stands in the file: a trainer with the values that vary, by their paths, still to be put in. */
const Varied = t.unknown;

const DataConfig = closed(
  'data',
  { name: oneOf('cifar-10', 'usps', 'fashion-mnist') },
  {
    /** How many of the first examples. Default: all. */
    train: wholeFrom(1),
    test: wholeFrom(1),
    /** Default: flat. */
    layout: oneOf('flat', 'image'),
    /** What the network is to give: the class, or the input itself. Default: class. */
    target: oneOf('class', 'input'),
    note: text,
  },
);
export type DataConfig = Decoded<typeof DataConfig>;

/** Names that Windows keeps for devices, with any ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The name of an experiment is that of a folder, on any disk. */
const FolderName = that(
  text,
  'a name of a folder: letters, digits, ".", "-", "_", at most 100, no "." or "-" at its ends',
  (name) => /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?$/.test(name) && !DEVICES.test(name),
);

const about = { name: FolderName, title: text, question: text };
const LossName = oneOf('softmaxCrossEntropy', 'squaredError');

const TrainingConfig = closed(
  'a training experiment',
  {
    kind: t.literal('training'),
    ...about,
    data: DataConfig,
    network: listOf(LayerConfig),
    loss: LossName,
    batchSize: wholeFrom(1),
    epochs: wholeFrom(1),
    seeds: listOf(wholeFrom(0)),
    methods: listOf(Varied),
  },
  {
    /** Every cell of a method's grid, for so many epochs with one seed; the lowest training loss wins. */
    tuning: closed('a tuning', { epochs: wholeFrom(1), seed: wholeFrom(0) }, {}),
    /** A training loss that is waited for. */
    target: positive,
    /** Paths in the methods that become the axes of a heat map. */
    heatMap: closed('a heat map', { x: text, y: text }, { xTitle: text, yTitle: text }),
    checkpointEvery: wholeFrom(1),
    /** Cells at the same time; the threads are shared out among them. Default: 1, so that seconds can be compared. */
    workers: wholeFrom(1),
    logScale: flag,
  },
);
export type TrainingConfig = Decoded<typeof TrainingConfig>;

const LimitsCase = closed(
  'a case',
  { name: text, network: listOf(LayerConfig), loss: LossName, seeds: listOf(wholeFrom(0)) },
  {
    /** A dataset, or points of one's own. */
    data: DataConfig,
    points: closed('points', { inputs: listOf(listOf(anyNumber)), targets: listOf(listOf(anyNumber)) }, {}),
    /** τ_θ of ProxProp. Default 1. */
    tauTheta: positive,
  },
);
export type LimitsCase = Decoded<typeof LimitsCase>;

const LimitsConfig = closed(
  'an experiment on step sizes',
  {
    kind: t.literal('limits'),
    ...about,
    cases: listOf(LimitsCase),
    /** Step sizes in limits 2/λ of explicit steps, evenly spaced on a logarithmic axis. */
    multiples: closed('multiples of the limit', { from: positive, to: positive, count: wholeFrom(2) }, {}),
    /** How many steps are taken on the objective. */
    steps: wholeFrom(1),
  },
  {},
);
export type LimitsConfig = Decoded<typeof LimitsConfig>;

export const ExperimentConfig = tagged('kind', { training: TrainingConfig, limits: LimitsConfig });
export type ExperimentConfig = Decoded<typeof ExperimentConfig>;

/** The grid of a method: values by their paths. */
export const Vary = recordOf(listOf(t.unknown));
/** A dotted list of keys, and the value put there. */
export type Choice = readonly (readonly [string, unknown])[];

/** What a value decodes to. Left: `options`, with the path inside the file. */
export const decodeAt = <A>(
  path: string,
  codec: Codec<A>,
  value: unknown,
  at = '',
): E.Either<ProxpropError, A> => {
  const decoded = codec.decode(value);
  if (E.isRight(decoded)) return decoded;
  const fault = Report.firstFault(decoded.left);
  const place = [at, fault.path === 'value' ? '' : fault.path].filter((key) => key !== '').join('.');
  return E.left(error('options', place === '' ? path : `${path}: ${place}`, fault.expected, fault.found));
};

/** Read a configuration. Left: `file` where it cannot be read, `options` where it is not one. */
export const readConfig =
  (path: string): TE.TaskEither<ProxpropError, ExperimentConfig> =>
  async () => {
    const expected = `a configuration such as ${join('examples', 'paper', 'limits.json')}`;
    if (path === '') return E.left(error('file', 'CONFIG', expected, 'nothing'));
    const read = await attemptTask(() => textOf(path, expected))();
    if (E.isLeft(read)) return read;
    return pipe(
      strictJson(path, read.right),
      E.chain((value) => decodeAt(path, ExperimentConfig, value)),
    );
  };
