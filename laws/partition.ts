/** Law 38: metrics do not depend on how examples are cut into batches. */
import * as fc from 'fast-check';
import * as E from 'fp-ts/Either';
import { type Tensor } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  type AnyLayer,
  describe,
  evaluate,
  type Examples,
  type Loss,
  type Metrics,
  type ProxpropError,
  toHost,
  toNumber,
  type Tree,
} from '../src';
import { buildNet, byLoss, type ChainCase, chainsAndNets } from './arbitrary';
import { all, type AsyncLaw, atMost, type Verdict } from './law';
import { numberOf } from './numbers';
import { streamExamples } from './stream';

/** The evaluation under law. */
export type Evaluate = (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  batchSize: number,
) => TE.TaskEither<ProxpropError, Metrics>;

/** A random chain, a number of examples, and a size of batches that need not divide it. */
export interface PartitionCase {
  readonly chain: ChainCase;
  readonly count: number;
  readonly batchSize: number;
}

/** How many of the outputs [N, classes] are largest at their class, on the host. */
const rightOnHost = (output: Tensor, target: Tensor): number => {
  const [found, classes, wanted] = [toHost(output), output.shape.at(-1) ?? 1, toHost(target)];
  return wanted.filter((c, i) => {
    const row = found.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row)) === c;
  }).length;
};

/**
 * Law 38: loss and accuracy are those of all examples as one batch, whatever the size of the
 * batches in which they are evaluated, even one that does not divide their number or is larger.
 * Tolerance: float32 rounding of a mean; none for the accuracy, a count.
 *
 * @param measure evaluates a network. Default: `evaluate`
 *
 * @example (await checkAsync(partition(), { numRuns: 2 })).violation ?? 'holds' // 'holds'
 */
export const partition = (measure: Evaluate = evaluate): AsyncLaw<PartitionCase> => ({
  number: numberOf('partition'),
  name: 'partition: metrics do not depend on the size of batches',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chainsAndNets(),
    count: fc.integer({ min: 1, max: 20 }),
    batchSize: fc.integer({ min: 1, max: 24 }),
  }),
  holds: async ({ chain, count, batchSize }): Promise<Verdict> => {
    const { net, loss, parameters, example } = buildNet({ ...chain, batch: count });
    const found = await measure(net, loss, parameters, streamExamples(example), batchSize)();
    if (E.isLeft(found)) return `failed: ${describe(found.left)}`;
    const output = net.forward(parameters, example.input);
    const whole = toNumber(loss.value(output, example.target));
    const accuracy = loss.classifies ? rightOnHost(output, example.target) / count : null;
    return all(
      atMost('the error of the loss', Math.abs(found.right.loss - whole), 1e-5 * (1e-2 + Math.abs(whole))),
      found.right.accuracy === accuracy ? true : `the accuracy is ${found.right.accuracy}, not ${accuracy}`,
    );
  },
});
