/** Loss and accuracy of a network on examples. */
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
import { type AnyLayer, checkParameters, isJoin, nodesOf, outputsOf, placeOfNode } from '../layer';
import { type Loss, lossOn, lossValue } from '../loss';
import { readScalars } from '../solver';
import { passOf, checkFit } from './batches';
import { checkIsExamples, checkIsOptions, checkLoss, checkMetrics, checkNet } from './checkOptions';
import { accuracy, type EachExample, isMetricValue, type Metric, type MetricValue } from './metric';

/** The loss of parameters on examples, and the accuracy where the loss classifies. */
export interface Metrics {
  /** The mean of the loss over all examples, each by its weight where they have weights. */
  readonly loss: number;
  /** The fraction of outputs, by weight, whose largest number is their class; `null` for losses without classes. */
  readonly accuracy: number | null;
}

/** What an evaluation gives. */
export interface Evaluation extends Metrics {
  /** On request, the values of further metrics by their names. */
  readonly metrics?: MetricValues;
}

/** Metrics by their names. */
export type MetricValues = Readonly<Record<string, MetricValue>>;

/** Options of `evaluate`: batch size, metrics, and the part of the examples that is looked at. */
export interface EvaluateOptions {
  /** Examples at once; it only bounds the memory. Default 500. */
  readonly batchSize?: number;
  /** Further metrics. Default: none. */
  readonly metrics?: readonly Metric[];
  /** How many examples are looked at, the first ones. Default: all. */
  readonly part?: number;
}

/** The numbers of a metric for each example of a batch, or a `Fault` that names it. */
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

/** The value of a metric, given its numbers of all batches one after another. */
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

/** The metrics of examples that were checked, or a `Fault`; batches only bound the memory. Read asynchronously, all at once: nothing stalls. */
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
  /** For each metric the numbers of each batch. */
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
 * Mean loss and accuracy over all examples, and further metrics where they are asked for; of outputs that are NaN the loss is NaN, and
 * none counts as right. Left: `data` for examples that are none, of wrong length, not finite, or of a class that the network does
 * not have; `shape` where examples or parameters do not fit the network, the loss of a batch is no scalar, or classes have no place in
 * the outputs; what a layer, a loss or a metric of your own throws, with its place and its `cause`.
 *
 * @example pipe(evaluate(net, softmaxCrossEntropy, parameters, test), TE.map(({ accuracy }) => accuracy))
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
