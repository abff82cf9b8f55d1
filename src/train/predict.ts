/** The outputs of a network for inputs, with or without targets. */
import { concat, nextFrame } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAllTask,
  type Batch,
  checkStarted,
  dispose,
  fail,
  type ProxpropError,
  sameShape,
  scope,
  type Shape,
  showShape,
  type Tree,
  whole,
} from '../core';
import { checkExamples, type ExampleArrays, exampleOf, type Examples, passOverChecked } from '../example';
import { checkNet, checkParameters, type Layer } from '../layer';
import { checkIsInputs } from './checkOptions';

/** Inputs on the host, row-major: examples in memory without their targets. */
export type PredictInputs = Pick<ExampleArrays, 'shape' | 'inputs' | 'scale' | 'count'>;

/** Inputs as examples whose targets are all 0. */
const asExamples = (inputs: PredictInputs | Examples): Examples => {
  if ('read' in inputs || 'open' in inputs) return inputs;
  const { shape, count, scale } = inputs;
  return {
    shape,
    count,
    inputs: inputs.inputs,
    targets: new Int32Array(count),
    ...(scale === undefined ? {} : { scale }),
  };
};

/**
 * f(θ, x) for all inputs in their order, as one tensor [count, ...O] that you dispose of. Layers
 * run as in evaluation. Inputs are arrays on the host, or examples of any kind, whose targets are
 * ignored. `batchSize` (default 500) limits the memory and does not change the result; between
 * batches the event loop is free.
 *
 * `net` is the network f.
 *
 * Returns a `Left` with tag `options` for a bad batch size, `data` or `shape` for inputs or
 * parameters that do not fit the network, and `layer` if a layer of your own throws.
 *
 * @example pipe(predict(net, parameters, test, 500), TE.map((outputs) => argMax(outputs, -1)))
 */
export const predict = <P extends Tree.Tree, I extends Shape, O extends Shape>(
  net: Layer<P, I, O>,
  parameters: P,
  inputs: PredictInputs | Examples,
  batchSize = 500,
): TE.TaskEither<ProxpropError, Batch<O>> =>
  attemptAllTask('prediction', async () => {
    checkStarted();
    whole('batchSize', batchSize, 1);
    checkNet(net);
    checkIsInputs(inputs);
    whole('inputs.count', inputs.count, 1);
    if (!sameShape(inputs.shape, net.input))
      fail('shape', 'inputs', `inputs ${showShape(net.input)}`, `inputs ${showShape(inputs.shape)}`);
    checkParameters('parameters', net, parameters);
    const examples = asExamples(inputs);
    checkExamples('inputs', examples);
    const outputs: Batch<O>[] = [];
    try {
      for await (const read of passOverChecked(examples, { path: 'inputs', batchSize })) {
        outputs.push(scope(() => net.forward(parameters, exampleOf(read.examples).input)));
        await nextFrame();
      }
      return scope(() => concat(outputs));
    } finally {
      dispose(...outputs);
    }
  });
