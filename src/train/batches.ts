/** Checks that examples fit a network and a loss, and makes passes over them. */
import { fail, type Key, sameShape, type Shape, showShape } from '../core';
import {
  areArrays,
  checkClasses,
  checkExamples,
  type ExampleArrays,
  type Examples,
  type PassBatch,
  passOverChecked,
} from '../example';
import { type AnyLayer } from '../layer';
import { type Loss } from '../loss';

/**
 * The number of classes, if targets are class indices: an index outside [0, classes) would count as
 * no class at all.
 */
const classesOf = (loss: Loss, output: Shape, { targetShape = [] }: Examples): number | undefined =>
  loss.classifies && !sameShape(targetShape, output) ? (output.at(-1) ?? 0) : undefined;

/**
 * Checks that examples fit the network and the loss, as far as they are in memory. Throws a `Fault`
 * with tag `data` or `shape`.
 */
export const checkFit = (path: string, net: AnyLayer, loss: Loss, examples: Examples): void => {
  checkExamples(path, examples);
  if (!sameShape(examples.shape, net.input))
    fail('shape', path, `examples ${showShape(net.input)}`, `examples ${showShape(examples.shape)}`);
  const classes = classesOf(loss, net.output, examples);
  if (areArrays(examples) && classes !== undefined) checkClasses({ path }, classes, examples);
};

/**
 * One pass over examples that passed `checkFit`. Examples of a source are checked as they are read.
 */
export const passOf = (
  path: string,
  net: AnyLayer,
  loss: Loss,
  examples: Examples,
  batchSize: number,
  key?: Key.Key,
): AsyncGenerator<PassBatch, void, undefined> => {
  const classes = classesOf(loss, net.output, examples);
  return passOverChecked(examples, {
    path,
    batchSize,
    ...(key === undefined ? {} : { key }),
    ...(classes === undefined ? {} : { classes }),
  });
};

/** All examples as one batch on the host. */
export const wholeOf = async (
  path: string,
  net: AnyLayer,
  loss: Loss,
  examples: Examples,
): Promise<ExampleArrays> => {
  for await (const { examples: all } of passOf(path, net, loss, examples, examples.count)) return all;
  return fail('data', path, 'at least one example', 'none');
};
