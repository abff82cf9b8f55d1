/** Loss and accuracy of a network on examples. */
import { argMax, cast, equal, sum } from '@tensorflow/tfjs-core';
import type * as E from 'fp-ts/Either';
import { attempt, fail, type ProxpropError, scope, toNumber, Tree } from '../core';
import { type AnyChain, activationsOf } from '../layer';
import { type Loss } from '../loss';
import { batchesOf, batchOf, type Examples } from './batches';

export interface Metrics {
  /** The mean of the loss over all examples. */
  readonly loss: number;
  /** The fraction of examples whose largest output is their class; `null` for losses without classes. */
  readonly accuracy: number | null;
}

/** The metrics, or a `Fault`; batches only bound the memory. */
export const metricsOf = (
  net: AnyChain,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  batchSize = 500,
): Metrics => {
  const order = Int32Array.from({ length: examples.count }, (_, i) => i);
  let total = 0;
  let right = 0;
  for (const indices of batchesOf(order, batchSize))
    scope(() => {
      const { input, target } = batchOf(examples, indices);
      const output = net.forward(parametersOf(parameters), input);
      total += toNumber(loss.value(output, target)) * indices.length;
      if (loss.classifies)
        right += toNumber(sum(cast(equal(cast(argMax(output, -1), 'int32'), target), 'int32')));
    });
  return { loss: total / examples.count, accuracy: loss.classifies ? right / examples.count : null };
};

/** The tuple of the layers' parameters. */
export const parametersOf = (parameters: Tree.Tree): readonly Tree.Tree[] =>
  Tree.isTuple(parameters)
    ? parameters
    : fail('shape', 'parameters', 'one tree for each layer', 'a tree of another structure');

/**
 * Mean loss and accuracy over all examples. Left: `shape` where examples do not fit the network.
 *
 * @example pipe(evaluate(net, softmaxCrossEntropy, parameters, test), E.map(({ accuracy }) => accuracy))
 */
export const evaluate = (
  net: AnyChain,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
): E.Either<ProxpropError, Metrics> => attempt(() => metricsOf(net, loss, parameters, examples));

const allFinite = (tree: Tree.Tree): boolean =>
  Tree.leaves(tree).every((leaf) => leaf.dataSync().every((v) => Number.isFinite(v)));

/** Where numbers first stop being finite, for a message: the first such layer, or the loss. */
export const firstNonFinite = (
  net: AnyChain,
  parameters: Tree.Tree,
  examples: Examples,
  order: Int32Array,
): string =>
  scope(() => {
    const each = parametersOf(parameters);
    const { input } = batchOf(examples, order);
    const broken = net.layers.findIndex((_, i) => !allFinite(each[i] ?? []));
    const name = (i: number): string => `layer ${i} (${net.layers[i]?.name ?? ''})`;
    if (broken >= 0) return `the parameters of ${name(broken)}`;
    const activations = activationsOf(net.layers, each, input);
    const bad = activations.findIndex((a) => !allFinite(a));
    return bad > 0 ? `the output of ${name(bad - 1)}` : bad === 0 ? 'the input' : 'the loss';
  });
