/** Evaluates a network on examples: its loss, its accuracy, and further metrics. */
import { cast, type Tensor } from '@tensorflow/tfjs-core';
import type * as TE from 'fp-ts/TaskEither';
import {
  allEnded,
  atOnce,
  attemptAllTask,
  checkStarted,
  concatenated,
  dispose,
  explaining,
  fail,
  isTensor,
  type ProxpropError,
  scope,
  type Shape,
  short,
  showShape,
  sizeOf,
  totalLength,
  Tree,
  treeAt,
  whole,
} from '../core';
import { type ExampleArrays, exampleOf, type Examples, gathered, inOrder } from '../example';
import { type AnyLayer, checkNet, checkParameters, isJoin, nodesOf, outputsOf, placeOfNode } from '../layer';
import { checkLoss, type Loss, lossOn, lossValue } from '../loss';
import { readScalars } from '../solver';
import { passOf, checkFit } from './batches';
import { checkIsExamples, checkIsOptions, checkMetrics } from './checkOptions';
import { accuracy, type EachExample, isMetricValue, type Metric, type MetricValue } from './metric';

/** The loss of parameters on examples, and the accuracy if the loss classifies. */
export interface Metrics {
  /** The mean of the loss over all examples, weighted if the examples have weights. */
  readonly loss: number;
  /**
   * The fraction of outputs, by weight, whose largest number is at their class: 0 to 1. `null` for
   * losses without classes.
   */
  readonly accuracy: number | null;
}

/** The result of `evaluate`. */
export interface Evaluation extends Metrics {
  /** The values of the option `metrics`, by name; missing without that option. */
  readonly metrics?: MetricValues;
}

/** The values of metrics by name. */
export type MetricValues = Readonly<Record<string, MetricValue>>;

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /**
   * Examples that are evaluated at once. It limits the memory and does not change the result.
   * Default 500.
   */
  readonly batchSize?: number;
  /** Further metrics. Default: none. */
  readonly metrics?: readonly Metric[];
  /** How many examples are evaluated, from the first on. Default: all. */
  readonly part?: number;
}

/** The numbers of a metric for each example of a batch. Throws a `Fault` that names the metric. */
const eachOf = ({ name, each }: Metric, output: Tensor, target: Tensor): Tensor => {
  const path = `metric ${short(name)}`;
  const found: unknown = atOnce(
    path,
    explaining(path, () => each(output, target), 'loss'),
    'loss',
  );
  if (!isTensor(found)) return fail('loss', path, 'a tensor [N, …], a number for each example', typeof found);
  const n = output.shape[0];
  if (found.shape[0] !== n)
    fail(
      'shape',
      path,
      `a tensor [${n}, …], a number for each example`,
      `a tensor ${showShape(found.shape)}`,
    );
  return cast(found, 'float32');
};

const joined = (parts: readonly Float32Array[]): Float32Array =>
  concatenated(new Float32Array(totalLength(parts)), parts);

/** The value of a metric, given its numbers from all batches in order. */
const valueOf = (
  { name, reduce }: Metric,
  shape: Shape,
  parts: readonly Float32Array[],
  weights: Pick<EachExample, 'weights'>,
): MetricValue => {
  const values = joined(parts);
  const path = `metric ${short(name)}`;
  const found: unknown = atOnce(
    path,
    explaining(
      path,
      () => reduce({ values, count: values.length / sizeOf(shape), shape, ...weights }),
      'loss',
    ),
    'loss',
  );
  return isMetricValue(found)
    ? found
    : fail('loss', path, 'a number, a list or a table of numbers', typeof found);
};

/**
 * Evaluates examples that passed `checkFit`, or throws a `Fault`. The batch size only limits the
 * memory. All numbers are read at once and asynchronously, so the device does not stall.
 */
export const metricsOf = async (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  { batchSize = 500, metrics, part = examples.count }: EvaluateOptions = {},
  path = 'examples',
): Promise<Evaluation> => {
  const all = [...(loss.classifies ? [accuracy] : []), ...(metrics ?? [])];
  const losses: { readonly weight: number; readonly value: Tensor }[] = [];
  /** The numbers of each batch, for each metric. */
  const found: readonly Tensor[][] = all.map(() => []);
  const weights: Float32Array[] = [];
  let left = Math.min(part, examples.count);
  try {
    for await (const { examples: read } of passOf(path, net, loss, examples, batchSize)) {
      const taken = read.count > left ? gathered(read, inOrder(left)) : read;
      left -= taken.count;
      if (taken.weights !== undefined) weights.push(taken.weights);
      const { value, each } = scope(() => {
        const { input, target, weights: own } = exampleOf(taken);
        const output = net.forward(parameters, input);
        return {
          value: lossValue(lossOn(loss, own), output, target),
          each: all.map((m) => eachOf(m, output, target)),
        };
      });
      losses.push({ weight: taken.weights?.reduce((a, b) => a + b, 0) ?? taken.count, value });
      each.forEach((numbers, i) => found[i]?.push(numbers));
      if (left === 0) break;
    }
    const values = await readScalars(losses.map(({ value }) => value))();
    const weight = losses.reduce((t, one) => t + one.weight, 0);
    if (!(weight > 0)) fail('data', `${path}.weights`, 'an example with a weight above 0', 'none');
    const total = losses.reduce((t, one, i) => t + (values[i] ?? Number.NaN) * one.weight, 0);
    const read = await allEnded(found.flat().map((t) => t.data<'float32'>()));
    const numbers = read.map((values) => Float32Array.from(values));
    const own = weights.length === 0 ? {} : { weights: joined(weights) };
    const measures = all.map((m, i) => {
      const parts = numbers.slice(i * losses.length, (i + 1) * losses.length);
      return [m.name, valueOf(m, found[i]?.[0]?.shape.slice(1) ?? [], parts, own)] as const;
    });
    const [first] = measures;
    const right = loss.classifies && typeof first?.[1] === 'number' ? first[1] : null;
    const asked = measures.slice(loss.classifies ? 1 : 0);
    return {
      loss: total / weight,
      accuracy: right,
      ...(metrics === undefined ? {} : { metrics: Object.fromEntries(asked) }),
    };
  } finally {
    dispose(
      losses.map(({ value }) => value),
      ...found,
    );
  }
};

/**
 * The mean loss and the accuracy over all examples, and further metrics on request. Layers run as
 * in evaluation. If an output is NaN, the loss is NaN and that output counts as wrong. `options`
 * may be just the batch size.
 *
 * `net` is the network.
 *
 * Returns a `Left` with tag `data` for examples that are empty, of wrong length, not finite, or of
 * a class that the network does not have. The tag is `shape` if examples or parameters do not fit
 * the network, if the loss of a batch is no scalar, or if a metric does not give one row for each
 * example. The tag is `options` for bad options. If a layer, a loss or a metric of your own throws,
 * the error names the place and carries the exception as its `cause`.
 *
 * @example
 * pipe(evaluate(net, softmaxCrossEntropy, parameters, test), TE.map(({ accuracy }) => accuracy))
 */
export const evaluate = (
  net: AnyLayer,
  loss: Loss,
  parameters: Tree.Tree,
  examples: Examples,
  options: number | EvaluateOptions = {},
): TE.TaskEither<ProxpropError, Evaluation> =>
  attemptAllTask('evaluation', async () => {
    checkStarted();
    checkNet(net);
    checkLoss(loss);
    checkIsExamples('examples', examples);
    const asked = typeof options === 'number' ? { batchSize: options } : options;
    if (typeof options !== 'number') checkIsOptions(options, 'of an evaluation');
    if (asked.batchSize !== undefined) whole('batchSize', asked.batchSize, 1);
    if (asked.part !== undefined) whole('part', asked.part, 1);
    checkMetrics('metrics', asked.metrics ?? []);
    checkFit('examples', net, loss, examples);
    checkParameters('parameters', net, parameters);
    return metricsOf(net, loss, parameters, examples, asked);
  });

const allFinite = (tree: Tree.Tree): boolean =>
  Tree.leaves(tree).every((leaf) => leaf.dataSync().every((v) => Number.isFinite(v)));

/**
 * Names the first place where numbers stop being finite, for a message: the parameters or the
 * output of a layer, the input, or the loss.
 */
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
