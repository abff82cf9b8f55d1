/**
 * Experiments as data: the keys of a configuration file.
 *
 * `kind: "training"` trains networks by several methods; each method may vary values by their paths
 * in it, which makes a grid. With `tuning`, the grid's best goes on to all seeds; without, all of
 * it is trained and shown. `kind: "limits"` takes steps of many sizes from one point. Layers,
 * methods, optimizers and datasets are those of a registry.
 */
import * as t from 'io-ts';
import {
  anyNumber,
  checked,
  closed,
  dataCodec,
  type Decoded,
  flag,
  listOf,
  methodCodec,
  networkCodec,
  oneOf,
  optimizerCodec,
  positive,
  recordOf,
  type Registry,
  tagged,
  text,
  that,
  wholeFrom,
} from '../registry';

/** Names that Windows keeps for devices, with any ending. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The name of an experiment is that of a folder, on any disk. */
const FolderName = that(
  text,
  'a name of a folder: letters, digits, ".", "-", "_", at most 100, no "." or "-" at its ends',
  (name) => /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?$/.test(name) && !DEVICES.test(name),
);

const about = { name: FolderName, title: text, question: text };
const lossName = oneOf('softmaxCrossEntropy', 'squaredError');

/** Modules of one's own, whose exports join the registry: paths beside the configuration file. */
export const moduleList = listOf(text);

/** A grid: values by their paths in a method. */
export const Vary = recordOf(listOf(t.unknown));
/** A choice of a grid: dotted paths of keys, each with the value that is put there. */
export type Choice = readonly (readonly [string, unknown])[];

/**
 * Makes the codecs of configurations whose names are those of a registry: of a `trainer`, a
 * `training` experiment, a `limitsCase`, an experiment on `limits`, and an `experiment` of either
 * kind.
 *
 * @param registry the layers, methods, optimizers and datasets that a configuration may name
 *
 * @example E.isRight(codecs(builtIn).trainer.decode({ name: 'sgd', schedule: { type: 'backprop' } })) // true
 */
export const codecs = (registry: Registry) => {
  const data = dataCodec(registry);
  const network = networkCodec(registry);
  /**
   * The method and optimizer by which a cell trains. Without an optimizer the method runs over all
   * examples at once, and an epoch is a sweep.
   */
  const trainer = closed(
    'a method',
    { name: text, schedule: methodCodec(registry) },
    {
      optimizer: optimizerCodec(registry),
      epochs: wholeFrom(1),
      /** Default: that of the experiment. */
      batchSize: wholeFrom(1),
    },
  );
  const training = closed(
    'a training experiment',
    {
      kind: t.literal('training'),
      ...about,
      data,
      network,
      loss: lossName,
      batchSize: wholeFrom(1),
      epochs: wholeFrom(1),
      seeds: listOf(wholeFrom(0)),
      // Each as it stands in the file: a trainer with the values that vary, by their paths, still to be put in.
      methods: listOf(t.unknown),
    },
    {
      /**
       * Trains every cell of a method's grid for so many epochs with one seed, and keeps the lowest
       * training loss. With `heldOut`, so many training examples are held out, and the best value
       * of `by` that any epoch reaches on them wins: early stopping for all.
       */
      tuning: checked(
        closed(
          'a tuning',
          { epochs: wholeFrom(1), seed: wholeFrom(0) },
          {
            /**
             * Successive halving: the best 1/factor of each rung is trained for factor times as
             * many epochs, up to all of them.
             */
            halving: closed('a halving', { from: wholeFrom(1), factor: wholeFrom(2) }, {}),
            heldOut: wholeFrom(1),
            /** Default: loss. */
            by: oneOf('loss', 'accuracy'),
          },
        ),
        ({ epochs, halving, heldOut, by }) =>
          halving !== undefined && halving.from >= epochs
            ? `a tuning whose halving.from is below its ${epochs} epochs`
            : by !== undefined && heldOut === undefined
              ? 'a tuning with heldOut, on which to choose by it'
              : undefined,
      ),
      /** A training loss that is waited for. */
      target: positive,
      /** Paths in the methods that become the axes of a heat map. */
      heatMap: closed('a heat map', { x: text, y: text }, { xTitle: text, yTitle: text }),
      /** A path in the methods along which the last training losses become one curve a method. */
      curve: closed('a curve', { x: text }, { xTitle: text }),
      checkpointEvery: wholeFrom(1),
      /**
       * The number of cells at the same time, which share the threads. Default: 1, so that seconds
       * can be compared.
       */
      workers: wholeFrom(1),
      logScale: flag,
      modules: moduleList,
    },
  );
  const limitsCase = closed(
    'a case',
    { name: text, network, loss: lossName, seeds: listOf(wholeFrom(0)) },
    {
      /** A dataset, or points of one's own. */
      data,
      points: closed('points', { inputs: listOf(listOf(anyNumber)), targets: listOf(listOf(anyNumber)) }, {}),
      /** τ_θ of ProxProp. Default 1. */
      tauTheta: positive,
    },
  );
  const limits = closed(
    'an experiment on step sizes',
    {
      kind: t.literal('limits'),
      ...about,
      cases: listOf(limitsCase),
      /** Step sizes in limits 2/λ of explicit steps, evenly spaced on a logarithmic axis. */
      multiples: closed('multiples of the limit', { from: positive, to: positive, count: wholeFrom(2) }, {}),
      /** How many steps are taken on the objective. */
      steps: wholeFrom(1),
    },
    { modules: moduleList },
  );
  return { trainer, training, limitsCase, limits, experiment: tagged('kind', { training, limits }) };
};

type Codecs = ReturnType<typeof codecs>;
/**
 * The setting that a cell trains by: a method, an optimizer if it has one, epochs and batch size.
 */
export type Trainer = Decoded<Codecs['trainer']>;
/** The configuration of an experiment on trainings, decoded. */
export type TrainingConfig = Decoded<Codecs['training']>;
/** A case of an experiment on step sizes, decoded. */
export type LimitsCase = Decoded<Codecs['limitsCase']>;
/** The configuration of an experiment on step sizes, decoded. */
export type LimitsConfig = Decoded<Codecs['limits']>;
/** The configuration of an experiment of either kind, decoded. */
export type ExperimentConfig = Decoded<Codecs['experiment']>;

/** A configuration that was read: its file, its content, and the registry of the names in it. */
export interface Experiment<C extends ExperimentConfig = ExperimentConfig> {
  /** The file, for messages and for the modules beside it. */
  readonly path: string;
  /** The content of the file, decoded. */
  readonly config: C;
  /** The layers, methods, optimizers and datasets that it may name. */
  readonly registry: Registry;
}
