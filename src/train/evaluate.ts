/** Loss and accuracy of a network on examples. */
import { argMax, cast, equal, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAllTask,
  checkStarted,
  dispose,
  fail,
  type ProxpropError,
  scope,
  Tree,
  whole,
  treeAt,
} from '../core';
import { type ExampleArrays, type Examples, exampleOf } from '../example';
import { type AnyLayer, checkParameters, isJoin, nodesOf, outputsOf, placeOfNode } from '../layer';
import { type Loss, lossOn, lossValue } from '../loss';
import { readScalars } from '../solver';
import { checkFit, passOf } from './batches';

export interface Metrics {
  /** The mean of the loss over all examples, each by its weight where they have weights. */
  readonly loss: number;
  /** The fraction of examples, by weight, whose largest output is their class; `null` for losses without classes. */
  readonly accuracy: number | null;
}

/** How many largest outputs are the class. None is where an output is NaN: the first would count as the largest. */
const rightIn = (output: Tensor, target: Tensor, weights: Tensor | undefined): Tensor => {
  const numbers = sum(cast(equal(output, output), 'float32'), -1);
  const sound = equal(numbers, output.shape.at(-1) ?? 1);
  const found = equal(cast(argMax(output, -1), 'int32'), target);
  const right = mul(cast(found, 'float32'), cast(sound, 'float32'));
  return sum(weights === undefined ? right : mul(right, weights));
};

/** The metrics of examples that were checked, or a `Fault`; batches only bound the memory. Read asynchronously, all at once: nothing stalls. */
export const metricsOf = async (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  batchSize = 500,
  path = 'examples',
): Promise<Metrics> => {
  const found: { readonly weight: number; readonly value: Tensor; readonly right?: Tensor }[] = [];
  try {
    for await (const { examples: taken } of passOf(path, net, loss, examples, batchSize)) {
      const weight = taken.weights?.reduce((a, b) => a + b, 0) ?? taken.count;
      const measured = scope(() => {
        const { input, target, weights } = exampleOf(taken);
        const output = net.forward(parameters, input);
        const value = lossValue(lossOn(loss, weights), output, target);
        return loss.classifies ? { value, right: rightIn(output, target, weights) } : { value };
      });
      found.push({ weight, ...measured });
    }
    const rights = found.flatMap(({ right }) => right ?? []);
    const numbers = await readScalars([...found.map(({ value }) => value), ...rights])();
    const all = found.reduce((t, { weight }) => t + weight, 0);
    if (!(all > 0)) fail('data', `${path}.weights`, 'an example with a weight above 0', 'none');
    const total = found.reduce((t, { weight }, i) => t + (numbers[i] ?? Number.NaN) * weight, 0);
    const right = numbers.slice(found.length).reduce((a, b) => a + b, 0);
    return { loss: total / all, accuracy: loss.classifies ? right / all : null };
  } finally {
    for (const { value, right } of found) dispose(value, right ?? []);
  }
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
export const firstNonFinite = (net: AnyLayer, parameters: Tree.Tree, taken: ExampleArrays): string =>
  scope(() => {
    const nodes = nodesOf(net);
    const { input } = exampleOf(taken);
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
