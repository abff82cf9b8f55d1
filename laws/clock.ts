/** Law 39: the seconds of a training are those of its steps, whatever else is asked for. */
import * as fc from 'fast-check';
import { customGrad, Tensor } from '@tensorflow/tfjs-core';
import {
  advance,
  andThen,
  type AnyLayer,
  backprop,
  chainOfLayers,
  descend,
  type DescendOptions,
  dispose,
  energyOf,
  forwardState,
  groupParameters,
  Key,
  layer,
  type Layer,
  linear,
  type Loss,
  mac,
  type Method,
  nothing,
  proxprop,
  sgd,
  type Shape,
  squaredError,
  tanh,
  train,
  type TrainEvent,
  type TrainOptions,
  type Tree,
} from '../src';
import { runDirection } from '../src/internal';
import { seeds } from './arbitrary';
import { all, type AsyncLaw, type Verdict } from './law';
import { numberOf } from './numbers';
import { eventsOf, streamExamples } from './stream';

/** A clock that goes on where something is computed, and not else: in milliseconds. */
interface Clock {
  now: number;
}

/** While something runs, the time of the process is that of the clock. */
const timedBy = async <A>(clock: Clock, run: () => Promise<A>): Promise<A> => {
  const real = Object.getOwnPropertyDescriptor(performance, 'now');
  performance.now = () => clock.now;
  try {
    return await run();
  } finally {
    if (real === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', real);
  }
};

/** The identity; each pass through it, forward or backward, takes a second. */
const slow = (width: number, clock: Clock): AnyLayer =>
  layer({
    name: 'slow',
    input: [width],
    output: [width],
    init: () => ({}),
    forward: (_, input) =>
      customGrad((...args) => {
        const [t] = args;
        if (!(t instanceof Tensor)) throw new TypeError('a custom gradient gets tensors');
        clock.now += 1000;
        return {
          value: t.clone(),
          gradFunc: (dy: Tensor) => {
            clock.now += 1000;
            return dy.clone();
          },
        };
      })(input),
  });

/** A training with a choice of extras, such as diagnostics, which must not count as seconds. */
export interface ClockCase {
  readonly method: 'backprop' | 'proxprop' | 'mac';
  readonly loop: 'train' | 'descend';
  readonly diagnostics: 'batch' | 'epoch';
  readonly profile: boolean;
  readonly checkpoints: boolean;
  /** Seconds that the reader takes between two events. */
  readonly pause: number;
  readonly count: number;
  readonly batchSize: number;
  readonly seed: number;
}

const timedMethods: Readonly<Record<ClockCase['method'], Method>> = {
  backprop: backprop(),
  proxprop: proxprop(),
  mac: mac(),
};

/** The loop of sweeps under law, such as `descend`. */
export type Descend = <P extends Tree.Tree>(
  net: Layer<P, Shape, Shape>,
  loss: Loss,
  options: DescendOptions<P>,
) => AsyncGenerator<TrainEvent<P>, void, undefined>;

/** The training loops under law. */
export interface Loops {
  /** The loop over batches. */
  readonly train: <P extends Tree.Tree>(
    net: Layer<P, Shape, Shape>,
    loss: Loss,
    options: TrainOptions<P>,
  ) => AsyncGenerator<TrainEvent<P>, void, undefined>;
  readonly descend: Descend;
}

const EPOCHS = 2;

/**
 * Law 39: the seconds in events are those that the steps take, whatever else you ask for
 * (diagnostics, a profile, checkpoints), and however long evaluation and the reader take. The law
 * counts seconds by a clock that only a layer of the network moves on, and measures none.
 *
 * @param loops the training loops under law. Default: `train` and `descend`
 *
 * @example (await checkAsync(secondsOfSteps(), { numRuns: 2 })).violation ?? 'holds' // 'holds'
 */
export const secondsOfSteps = (loops: Loops = { train, descend }): AsyncLaw<ClockCase> => ({
  number: numberOf('seconds'),
  name: 'clock: seconds are those of the steps, whatever else is asked for',
  strata: [(c) => c.loop === 'train', (c) => c.loop === 'descend'],
  arbitrary: fc.record({
    method: fc.constantFrom('backprop', 'proxprop', 'mac'),
    loop: fc.constantFrom('train', 'descend'),
    diagnostics: fc.constantFrom('batch', 'epoch'),
    profile: fc.boolean(),
    checkpoints: fc.boolean(),
    pause: fc.integer({ min: 0, max: 9 }),
    count: fc.integer({ min: 1, max: 9 }),
    batchSize: fc.integer({ min: 1, max: 9 }),
    seed: seeds,
  }),
  holds: async (c): Promise<Verdict> => {
    const clock: Clock = { now: 0 };
    const key = Key.key(c.seed);
    const net = chainOfLayers([linear(2, 3), slow(3, clock), tanh(3), linear(3, 1)]);
    const parameters = net.init(Key.fold(key, 0));
    const example = {
      input: Key.uniform(Key.fold(key, 1), [c.count, 2], -1, 1),
      target: Key.uniform(Key.fold(key, 2), [c.count, 1], -1, 1),
    };
    const method = timedMethods[c.method];
    const data = { train: streamExamples(example), test: streamExamples(example) };
    const run = (asked: boolean): Promise<readonly number[]> => {
      const common = { parameters, method, ...data };
      const stream =
        c.loop === 'descend'
          ? loops.descend(net, squaredError, { ...common, sweeps: EPOCHS, diagnostics: asked })
          : loops.train(net, squaredError, {
              ...common,
              ...{ optimizer: sgd(0.1), epochs: EPOCHS, batchSize: c.batchSize, key },
              ...(asked ? { diagnostics: c.diagnostics, profile: c.profile } : {}),
              ...(asked && c.checkpoints ? { checkpointEvery: 1 } : {}),
            });
      return timedBy(clock, async () => {
        const events = await eventsOf(stream, (event) => {
          if (asked) clock.now += 1000 * c.pause;
          if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
        });
        return events.flatMap((e) =>
          e.tag === 'epoch' || e.tag === 'checkpoint' ? [e.epoch, e.seconds] : [],
        );
      });
    };
    /** The time of a step alone, for the first batch. Its number of examples changes nothing. */
    const energy = energyOf(net, squaredError, method.energy);
    const first = andThen(method.start?.(energy.links) ?? nothing, method.schedule(energy.links));
    const state = forwardState(energy, groupParameters(energy, parameters), example.input);
    const began = clock.now;
    if (c.loop === 'train') runDirection(energy, first, parameters, example);
    else advance(energy, first, state, example.target);
    const step = (clock.now - began) / 1000;
    const [bare, asked] = [await run(false), await run(true)];
    const secondsAt = (told: readonly number[], epoch: number): readonly number[] =>
      told.filter((_, i) => i % 2 === 1 && told[i - 1] === epoch);
    const batches = c.loop === 'train' ? Math.ceil(c.count / c.batchSize) : 1;
    return all(
      ...[0, 1, 2].map((epoch): Verdict => {
        const own = secondsAt(bare, epoch);
        const [expected = Number.NaN] = own;
        const other = secondsAt(asked, epoch).find((s) => s !== expected);
        if (own.length !== 1) return `epoch ${epoch} is told of ${own.length} times`;
        return other === undefined
          ? true
          : `${other} s at epoch ${epoch} with more asked for, ${expected} s without`;
      }),
      secondsAt(bare, 0)[0] === 0 ? true : 'seconds before the first step',
      secondsAt(bare, 1)[0] === batches * step
        ? true
        : `${secondsAt(bare, 1)[0]} s for ${batches} steps of ${step} s`,
    );
  },
});
