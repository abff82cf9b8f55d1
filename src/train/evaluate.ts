/** Loss and accuracy of a network on examples. */
import { argMax, cast, equal, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAllTask,
  checkStarted,
  dispose,
  type ProxpropError,
  scope,
  Tree,
  whole,
  treeAt,
} from '../core';
import { type AnyLayer, checkParameters, isJoin, nodesOf, outputsOf, placeOfNode } from '../layer';
import { type Loss, lossValue } from '../loss';
import { readScalars } from '../solver';
import { batchesOf, batchOf, checkFit, type Examples } from './batches';

export interface Metrics {
  /** The mean of the loss over all examples. */
  readonly loss: number;
  /** The fraction of examples whose largest output is their class; `null` for losses without classes. */
  readonly accuracy: number | null;
}

/** How many largest outputs are the class. None is where an output is NaN: the first would count as the largest. */
const rightIn = (output: Tensor, target: Tensor): Tensor => {
  const numbers = sum(cast(equal(output, output), 'float32'), -1);
  const sound = equal(numbers, output.shape.at(-1) ?? 1);
  const found = equal(cast(argMax(output, -1), 'int32'), target);
  return sum(mul(cast(found, 'float32'), cast(sound, 'float32')));
};

/** The metrics of examples that were checked, or a `Fault`; batches only bound the memory. Read asynchronously, all at once: nothing stalls. */
export const metricsOf = async (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  batchSize = 500,
): Promise<Metrics> => {
  const order = Int32Array.from({ length: examples.count }, (_, i) => i);
  const batches = batchesOf(order, batchSize);
  const [losses, rights] = scope(() => {
    const found = batches.map((indices) =>
      scope(() => {
        const { input, target } = batchOf(examples, indices);
        const output = net.forward(parameters, input);
        const value = lossValue(loss, output, target);
        return loss.classifies ? [value, rightIn(output, target)] : [value];
      }),
    );
    return [found.flatMap(([value]) => value ?? []), found.flatMap(([, right]) => right ?? [])];
  });
  const numbers = await readScalars([...losses, ...rights])().finally(() => {
    dispose(losses, rights);
  });
  const total = batches.reduce((t, { length }, i) => t + (numbers[i] ?? Number.NaN) * length, 0);
  const right = numbers.slice(losses.length).reduce((a, b) => a + b, 0);
  return { loss: total / examples.count, accuracy: loss.classifies ? right / examples.count : null };
};

/**
 * Mean loss and accuracy over all examples; of outputs that are NaN the loss is NaN, and none counts as right. `batchSize` only
 * bounds the memory. Left: `data` for examples that are none, of wrong length, not finite, or of a class that the network does
 * not have; `shape` where examples or parameters do not fit the network, or the loss of a batch is no scalar; what a layer or a
 * loss of your own throws, with its place and its `cause`.
 *
 * @example pipe(evaluate(net, softmaxCrossEntropy, parameters, test), TE.map(({ accuracy }) => accuracy))
 */
export const evaluate = (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  batchSize = 500,
): TE.TaskEither<ProxpropError, Metrics> =>
  attemptAllTask('evaluation', async () => {
    checkStarted();
    whole('batchSize', batchSize, 1);
    checkFit('examples', net, loss, examples);
    checkParameters('parameters', net, parameters);
    return metricsOf(net, loss, parameters, examples, batchSize);
  });

const allFinite = (tree: Tree.Tree): boolean =>
  Tree.leaves(tree).every((leaf) => leaf.dataSync().every((v) => Number.isFinite(v)));

/** Where numbers first stop being finite, for a message: the first such layer, or the loss. */
export const firstNonFinite = (
  net: AnyLayer,
  parameters: Tree.Tree,
  examples: Examples,
  order: Int32Array,
): string =>
  scope(() => {
    const nodes = nodesOf(net);
    const { input } = batchOf(examples, order);
    const broken = nodes.findIndex(({ part, at }) => !isJoin(part) && !allFinite(treeAt(parameters, at)));
    const name = (i: number): string => {
      const node = nodes[i];
      return node === undefined ? `node ${i + 1}` : placeOfNode(node);
    };
    if (broken >= 0) return `the parameters of ${name(broken)}`;
    const activations = outputsOf(nodes, parameters, input);
    const bad = activations.findIndex((a) => !allFinite(a));
    return bad > 0 ? `the output of ${name(bad - 1)}` : bad === 0 ? 'the input' : 'the loss';
  });
