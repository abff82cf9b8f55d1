/** Metrics: numbers for each example, and how they reduce to one value. */
import {
  add,
  argMax,
  cast,
  equal,
  exp,
  expandDims,
  fill,
  greater,
  less,
  log,
  logicalAnd,
  max,
  range,
  stack,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail, sameShape, type Shape, showShape, sizeOf, whole } from '../core';

/** The value of a metric: a number, a list or a table. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number');

/** Whether a function of yours returned a value that a metric may have. */
export const isMetricValue = (value: unknown): value is MetricValue =>
  typeof value === 'number' || isNumbers(value) || (Array.isArray(value) && value.every(isNumbers));

/** The numbers of a metric for all examples, row-major, on the host: [count, ...shape]. */
export interface EachExample {
  /** The numbers, row-major. */
  readonly values: Float32Array;
  /** The number of examples. */
  readonly count: number;
  /** The shape of the numbers of one example; `[]` for one number each. */
  readonly shape: Shape;
  /** The weights of the examples, [count]; missing if they have none. */
  readonly weights?: Float32Array;
}

/** A metric; see `metric`. */
export interface Metric {
  /** The name in events and tables. */
  readonly name: string;
  /**
   * From outputs [N, ...O] and their targets to float32 numbers [N, ...], a row for each example.
   * Pure.
   */
  readonly each: (output: Tensor, target: Tensor) => Tensor;
  /** From the numbers of all examples to the value. Default in `metric`: their mean, in float64. */
  readonly reduce: (each: EachExample) => MetricValue;
}

/** Σ w·v / Σ w over all numbers in float64, with w the weight of the example. */
const meanOfEach = ({ values, shape, weights }: EachExample): number => {
  const size = sizeOf(shape);
  let [total, all] = [0, 0];
  values.forEach((v, i) => {
    const w = weights?.[Math.floor(i / size)] ?? 1;
    // A masked example is ignored, even if it is not finite.
    if (w === 0) return;
    total += w * v;
    all += w;
  });
  return total / all;
};

/**
 * A metric of your own. `each` gives numbers for each example of a batch, and `reduce` the value of
 * all of them. The value does not depend on the batch size, since `each` treats each example alone
 * and `reduce` sees all of them. Without `reduce`, the value is Σ w·v / Σ w with the weights w of
 * the examples (1 without weights), in float64.
 *
 * If `each` does not return a tensor [N, …], or `reduce` no number, list or table, the evaluation
 * fails with tag `shape` or `loss`, and names the metric.
 *
 * `name` is the key of the result in events and evaluations.
 *
 * @example
 * const absolute = metric('absolute error', (output, target) => mean(abs(sub(output, target)), 1));
 * for await (const event of train(net, squaredError, { ...options, metrics: [absolute] }))
 *   if (event.tag === 'epoch') console.log(event.metrics?.test?.['absolute error']);
 */
export const metric = (
  name: string,
  each: Metric['each'],
  reduce: Metric['reduce'] = meanOfEach,
): Metric => ({
  name,
  each,
  reduce,
});

const number = (b: Tensor): Tensor => cast(b, 'float32');

/**
 * The class of each target. Indices [N, ...] are classes themselves; for rows [N, ..., C] it is the
 * place of the largest number.
 */
const classOf = (name: string, output: Tensor, target: Tensor): Tensor => {
  const places = output.shape.slice(0, -1);
  if (target.dtype === 'int32' && places.length > 0 && sameShape(places, target.shape)) return target;
  if (target.dtype === 'float32' && sameShape(output.shape, target.shape))
    return cast(argMax(target, -1), 'int32');
  return fail(
    'shape',
    `metric ${name}`,
    `int32 classes ${showShape(places)} or float32 targets ${showShape(output.shape)}`,
    `${target.dtype} targets ${showShape(target.shape)}`,
  );
};

/**
 * Whether a row of outputs has no NaN. Without this check, the first NaN would count as the largest
 * number.
 */
const sound = (output: Tensor): Tensor =>
  equal(sum(number(equal(output, output)), -1), output.shape.at(-1) ?? 1);

/**
 * The fraction of outputs [..., C] whose largest number is at the class of the target: 0 to 1.
 * Targets are int32 class indices, one for each row of outputs (for each example, or for each of
 * its tokens), or float32 rows [..., C], one-hot or soft, whose class is their largest number. An
 * output that is NaN is wrong. Targets of another shape fail with tag `shape`.
 *
 * `evaluate` and `train` report it by default if the loss classifies.
 *
 * @example
 * const right = accuracy.each(net.forward(parameters, input), target); // [N]: 1 if right, else 0
 */
export const accuracy: Metric = metric('accuracy', (output, target) =>
  number(
    logicalAnd(equal(cast(argMax(output, -1), 'int32'), classOf('accuracy', output, target)), sound(output)),
  ),
);

/** A mask of outputs [..., C]: true at the class of the target. */
const isClass = (output: Tensor, classes: Tensor): Tensor =>
  equal(expandDims(classes, -1), range(0, output.shape.at(-1) ?? 0, 1, 'int32'));

/** The output at the class. It is selected, not multiplied, as 0 · ∞ is NaN. */
const atClass = (output: Tensor, at: Tensor): Tensor => sum(where(at, output, zerosLike(output)), -1, true);

/**
 * The fraction of outputs whose class is among the k largest: 0 to 1. Of equal numbers, the first
 * counts as larger. Targets are as for `accuracy`. Throws a `Fault` with tag `options` if k is no
 * whole number of at least 1; if k exceeds the number of outputs, the evaluation fails with that
 * tag.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, metrics: [topK(2)] })
 */
export const topK = (k: number): Metric => {
  const name = `top-${whole('topK.k', k, 1)}`;
  return metric(name, (output, target) => {
    const count = output.shape.at(-1) ?? 0;
    if (k > count) fail('options', 'topK.k', `at most ${count}, the number of outputs`, `${k}`);
    const classes = classOf(name, output, target);
    const own = atClass(output, isClass(output, classes));
    const earlier = less(range(0, count, 1, 'int32'), expandDims(classes, -1));
    const before = add(number(greater(output, own)), number(logicalAnd(equal(output, own), earlier)));
    return number(logicalAnd(less(sum(before, -1), k), sound(output)));
  });
};

/**
 * exp(mean of −log softmax(output)[class]), the mean over all outputs [..., C], such as tokens,
 * each by the weight of its example. It is the number of classes among which a uniform choice would
 * be as hard. Targets are as for `accuracy`.
 *
 * @example
 * const metrics = [perplexity];
 * const found = await evaluate(net, softmaxCrossEntropy, parameters, test, { metrics })();
 * orThrow(found).metrics
 */
export const perplexity: Metric = metric(
  'perplexity',
  (output, target) => {
    const at = isClass(output, classOf('perplexity', output, target));
    const shifted = sub(output, max(output, -1, true));
    const chosen = sum(where(at, shifted, zerosLike(shifted)), -1);
    return sub(log(sum(exp(shifted), -1)), chosen);
  },
  (each) => Math.exp(meanOfEach(each)),
);

/** The weight of an example; 1 without weights. */
const weightOf = ({ weights }: EachExample, example: number): number => weights?.[example] ?? 1;

const rowsOf = ({ values, count, shape }: EachExample): readonly Float32Array[] => {
  const size = sizeOf(shape);
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
};

/**
 * The coefficient of determination, in float64:
 *
 *     R² = 1 − Σ w·‖y − t‖² / Σ w·‖t − t̄‖²,   t̄ = Σ w·t / Σ w
 *
 * y are the outputs, t the targets of the same shape, t̄ their mean, and w the weights of the
 * examples (1 without weights). R² is 1 if the outputs equal the targets, and 0 for outputs that
 * equal their means. If all targets are equal, it is not defined and NaN. Targets of another shape
 * fail with tag `shape`.
 *
 * @example
 * const line = linear(1, 1);
 * const [inputs, targets] = [Float32Array.of(1, 2, 3), Float32Array.of(2, 4, 7)];
 * const points = { shape: [1], targetShape: [1], inputs, targets, count: 3 };
 * const found = evaluate(line, squaredError, line.init(key), points, { metrics: [rSquared] });
 * orThrow(await found()).metrics
 */
export const rSquared: Metric = metric(
  'R²',
  (output, target) => {
    if (!sameShape(output.shape, target.shape))
      fail('shape', 'metric R²', `targets ${showShape(output.shape)}`, `targets ${showShape(target.shape)}`);
    return stack([output, cast(target, 'float32')], 1);
  },
  (each) => {
    const rows = rowsOf(each)
      .map((row, i) => ({ row, w: weightOf(each, i) }))
      .filter(({ w }) => w > 0);
    const size = sizeOf(each.shape) / 2;
    const all = rows.reduce((t, { w }) => t + w, 0);
    const means = Array.from({ length: size }, (_, i) =>
      rows.reduce((t, { row, w }) => t + (w / all) * (row[size + i] ?? Number.NaN), 0),
    );
    let [residual, total] = [0, 0];
    for (const { row, w } of rows)
      for (let i = 0; i < size; i++) {
        const [y = Number.NaN, t = Number.NaN, m = Number.NaN] = [row[i], row[size + i], means[i]];
        residual += w * (y - t) ** 2;
        total += w * (t - m) ** 2;
      }
    return total === 0 ? Number.NaN : 1 - residual / total;
  },
);

/**
 * The confusion matrix: how often class i (row) was classified as class j (column), over all
 * outputs, weighted by example. Outputs that are NaN count in no column. Targets are as for
 * `accuracy`. Throws a `Fault` with tag `options` if `classes` is no whole number of at least 1; if
 * the network has another number of outputs, the evaluation fails with that tag.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, metrics: [confusion(3)] })
 */
export const confusion = (classes: number): Metric => {
  whole('confusion.classes', classes, 1);
  return metric(
    'confusion',
    (output, target) => {
      const count = output.shape.at(-1) ?? 0;
      if (count !== classes)
        fail('options', 'confusion.classes', `${count}, the number of outputs`, `${classes}`);
      const found = number(argMax(output, -1));
      const taken = where(sound(output), found, fill(found.shape, -1));
      return stack([number(classOf('confusion', output, target)), taken], -1);
    },
    (each) => {
      const { values, count } = each;
      const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      for (let i = 0; i + 1 < values.length; i += 2) {
        const row = table[values[i] ?? -1];
        const column = values[i + 1] ?? -1;
        const w = weightOf(each, Math.floor((i * count) / values.length));
        if (row !== undefined && column >= 0) row[column] = (row[column] ?? 0) + w;
      }
      return table;
    },
  );
};
