/** A run of one method, step by step, by the library's `train` and `descend`. */
import { sub } from '@tensorflow/tfjs-core';
import {
  describe,
  descend,
  dispose,
  dot,
  fail,
  type Layer,
  type ProxpropError,
  scope,
  type Shape,
  train,
  type TrainEvent,
  Tree,
} from '../../../src';
import { type Experiment } from './experiment';
import { rowOf } from './methodTable';
import { buildMethod } from './methods';

/** Of one link, at the end of a step. */
export interface LinkEnergy {
  readonly name: string;
  readonly energy: number;
  /** Between the step's direction on its parameters and −∇J, in degrees; `null` without one. */
  readonly angle: number | null;
}

/** What is known after a step. */
export interface Point {
  readonly tag: 'point';
  readonly step: number;
  /** Of training alone. */
  readonly seconds: number;
  /** J on all examples of the training, and of the test. */
  readonly loss: number;
  readonly testLoss: number;
  readonly accuracy: number | null;
  /** Between the step's direction and −∇J, in degrees; `null` where one of them is zero, and at the start. */
  readonly angle: number | null;
  /** ‖θ_after − θ_before‖. */
  readonly stepNorm: number | null;
  readonly links: readonly LinkEnergy[];
}

/** A run that cannot go on: one line. */
export interface Stopped {
  readonly tag: 'stopped';
  readonly line: string;
  /** Whether the loss was not finite any more. */
  readonly diverged: boolean;
}

/** What the page makes of the parameters after each step; they live for as long as the call. */
export type Look = (net: Layer<Tree.Tree, Shape, Shape>, parameters: Tree.Tree) => void;

const degrees = (cosine: number | null): number | null =>
  cosine === null ? null : (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, cosine)));

const stopped = (error: ProxpropError): Stopped => ({
  tag: 'stopped',
  line: describe(error),
  diverged: error._tag === 'loss',
});

/** Whether each step is told of and measured, or the end of the run alone. */
type Detail = 'steps' | 'end';

const eventsOf = (
  { state, net, loss, train: examples, test, order }: Experiment,
  index: number,
  parameters: Tree.Tree,
  detail: Detail,
): AsyncGenerator<TrainEvent<Tree.Tree>, void, undefined> => {
  const chosen = state.methods[index] ?? fail('options', 'methods', `a method ${index}`, 'none');
  const { method, optimizer } = buildMethod(chosen);
  const common = { parameters, method, train: examples, test };
  if (rowOf(chosen.id).loop === 'descend' || optimizer === undefined)
    return descend<Tree.Tree>(net, loss, { ...common, sweeps: state.steps, diagnostics: detail === 'steps' });
  const batchSize = state.batch === 0 ? examples.count : Math.min(state.batch, examples.count);
  const epochs = Math.ceil((state.steps * batchSize) / examples.count);
  return train<Tree.Tree>(net, loss, {
    ...common,
    optimizer,
    batchSize,
    key: order,
    epochs,
    ...(detail === 'end'
      ? { evaluate: { every: epochs } }
      : // Each step is measured: the data are small.
        { diagnostics: 'batch', watch: true, evaluate: { everyBatches: 1 } }),
  });
};

/** ‖a − b‖ over all parameters. */
const distance = (a: Tree.Tree, b: Tree.Tree): number =>
  scope(() => {
    const change = Tree.zip((x, y) => sub(x, y))(a, b);
    return Math.sqrt(dot(change, change).dataSync()[0] ?? Number.NaN);
  });

/**
 * The untrained network, then a point after each step, `steps` in all. Ends early with the reason where the training cannot go on.
 * Whoever leaves early frees what the run holds.
 */
export async function* runOf(
  experiment: Experiment,
  index: number,
  look: Look = () => undefined,
): AsyncGenerator<Point | Stopped, void, undefined> {
  const { net, state, initial } = experiment;
  const parameters = scope(() => net.init(initial));
  /** Of a method that sweeps: the parameters before the step, for its length. */
  let before: Tree.Tree = Tree.copy<Tree.Tree>(parameters);
  let step = 0;
  let seen: Pick<Point, 'angle' | 'stepNorm' | 'links'> = { angle: null, stepNorm: null, links: [] };
  try {
    for await (const event of eventsOf(experiment, index, parameters, 'steps'))
      switch (event.tag) {
        case 'batch':
          step++;
          seen = { ...seen, stepNorm: event.watched?.updateNorm ?? null };
          if (event.watched !== undefined) look(net, event.watched.parameters);
          break;
        case 'diagnostics':
          seen = {
            ...seen,
            angle: degrees(event.cosine),
            links: event.links.map(({ name, energy, cosine }) => ({ name, energy, angle: degrees(cosine) })),
          };
          break;
        case 'epoch':
        case 'evaluation': {
          const { seconds, trainLoss, testLoss, testAccuracy } = event;
          if (event.tag === 'epoch') {
            look(net, event.parameters);
            if (seen.stepNorm === null && step > 0) {
              seen = { ...seen, stepNorm: distance(event.parameters, before) };
              dispose(before);
              before = Tree.copy<Tree.Tree>(event.parameters);
            }
          }
          const measured = { loss: trainLoss, testLoss, accuracy: testAccuracy };
          yield { tag: 'point', step, seconds, ...measured, ...seen };
          seen = { ...seen, stepNorm: null };
          if (step === state.steps) return;
          break;
        }
        case 'failed':
          dispose(event.parameters);
          yield stopped(event.error);
          break;
        case 'done':
          dispose(event.parameters);
          break;
        case 'checkpoint':
      }
  } finally {
    dispose(parameters, before);
  }
}

/** J on all examples at the end of a run, which is measured there alone; `null` where it diverged. Batches: to the end of an epoch. */
export const finalLoss = async (experiment: Experiment, index: number): Promise<number | null> => {
  const parameters = scope(() => experiment.net.init(experiment.initial));
  let last: number | null = null;
  try {
    for await (const event of eventsOf(experiment, index, parameters, 'end'))
      if (event.tag === 'epoch') last = event.trainLoss;
      else if (event.tag === 'done') dispose(event.parameters);
      else if (event.tag === 'failed') {
        dispose(event.parameters);
        last = null;
      }
    return last;
  } finally {
    dispose(parameters);
  }
};
