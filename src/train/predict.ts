/** What a network makes of inputs that have no targets. */
import { concat, nextFrame, tensor } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAllTask,
  type Batch,
  checkStarted,
  dispose,
  fail,
  inside,
  type ProxpropError,
  sameShape,
  scope,
  type Shape,
  showShape,
  sizeOf,
  type Tree,
  whole,
} from '../core';
import { checkParameters, type Layer } from '../layer';

/** PredictInputs on the host, row-major: what examples are without their targets. */
export interface PredictInputs {
  readonly shape: Shape;
  readonly inputs: Float32Array;
  readonly count: number;
}

/**
 * f(θ, x) for all inputs, as in evaluation: [count, ...O], a tensor that is the caller's. Batches only bound the memory; between them
 * the event loop is free. Left: `options` for a batch size that is none, `data` and `shape` for inputs or parameters that do not fit,
 * `layer` for what a layer of your own throws.
 *
 * @example pipe(predict(net, parameters, test, 500), TE.map((outputs) => outputs.argMax(-1)))
 */
export const predict = <P extends Tree.Tree, I extends Shape, O extends Shape>(
  net: Layer<P, I, O>,
  parameters: P,
  { shape, inputs, count }: PredictInputs,
  batchSize = 500,
): TE.TaskEither<ProxpropError, Batch<O>> =>
  attemptAllTask('prediction', async () => {
    checkStarted();
    whole('batchSize', batchSize, 1);
    whole('inputs.count', count, 1);
    if (!sameShape(shape, net.input))
      fail('shape', 'inputs', `inputs ${showShape(net.input)}`, `inputs ${showShape(shape)}`);
    const size = sizeOf(shape);
    if (inputs.length !== count * size)
      fail('data', 'inputs.inputs', `${count * size} values`, `${inputs.length}`);
    checkParameters('parameters', net, parameters);
    const outputs: Batch<O>[] = [];
    try {
      for (let from = 0; from < count; from += batchSize) {
        const n = Math.min(batchSize, count - from);
        outputs.push(
          scope(() =>
            inside('prediction', () => {
              const x = tensor(inputs.subarray(from * size, (from + n) * size), [n, ...shape]);
              return net.forward(parameters, x);
            }),
          ),
        );
        await nextFrame();
      }
      return scope(() => concat(outputs));
    } finally {
      dispose(...outputs);
    }
  });
