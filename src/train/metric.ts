/** Metrics: a number, or some, for each example, and how those of all examples become one value. */
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

/** What a metric comes to: a number, a list or a table. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number');

/** Whether a function of the user's gave what a metric may come to. */
export const isMetricValue = (value: unknown): value is MetricValue =>
  typeof value === 'number' || isNumbers(value) || (Array.isArray(value) && value.every(isNumbers));

/** The numbers of all examples, row-major, on the host: [count, ...shape]. */
export interface EachExample {
  readonly values: Float32Array;
  readonly count: number;
  /** Shape of the numbers of one example; `[]` for one number each. */
  readonly shape: Shape;
  /** Weights of the examples [count], where they have some. */
  readonly weights?: Float32Array;
}

/** A number, or some, for each example, and how those of all examples become one value; `metric` makes one. */
export interface Metric {
  /** As it stands in events and tables. */
  readonly name: string;
  /** Outputs [N, ...O] and their targets to float32 numbers [N, ...] for each example. Pure. */
  readonly each: (output: Tensor, target: Tensor) => Tensor;
  /** All of them to the value. Default in `metric`: their mean, in float64. */
  readonly reduce: (each: EachExample) => MetricValue;
}

/** Σ w·v / Σ w over all numbers, each by the weight of its example, in float64. */
const meanOfEach = ({ values, shape, weights }: EachExample): number => {
  const size = sizeOf(shape);
  let [total, all] = [0, 0];
  values.forEach((v, i) => {
    const w = weights?.[Math.floor(i / size)] ?? 1;
    // Masked is masked, also where it is not finite.
    if (w === 0) return;
    total += w * v;
    all += w;
  });
  return total / all;
};

/**
 * A metric of your own. The value does not depend on the sizes of batches, as `each` looks at one example at a time and `reduce`
 * at all of them.
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

/** The class of each target: of indices [N, ...] themselves, of rows [N, ..., C] the place of the largest. */
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

/** Whether no output of a row is NaN: of numbers that are none, the first would count as the largest. */
const sound = (output: Tensor): Tensor =>
  equal(sum(number(equal(output, output)), -1), output.shape.at(-1) ?? 1);

/**
 * The fraction of outputs [..., C] whose largest number is at the class. Targets are class indices, one for each row of outputs (for
 * each example, or for each token of one), or one-hot or soft rows, whose class is their largest number. An output that is NaN is wrong.
 */
export const accuracy: Metric = metric('accuracy', (output, target) =>
  number(
    logicalAnd(equal(cast(argMax(output, -1), 'int32'), classOf('accuracy', output, target)), sound(output)),
  ),
);

/** Where the last axis of outputs [..., C] is the class of the target. */
const isClass = (output: Tensor, classes: Tensor): Tensor =>
  equal(expandDims(classes, -1), range(0, output.shape.at(-1) ?? 0, 1, 'int32'));

/** The output at the class: chosen, not multiplied, as 0 · ∞ is NaN. */
const atClass = (output: Tensor, at: Tensor): Tensor => sum(where(at, output, zerosLike(output)), -1, true);

/**
 * The fraction of outputs whose class is among the k largest; of equal numbers the first count as larger. Targets as for `accuracy`.
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
 * exp of the mean of −log softmax(output)[class], the mean over all outputs [..., C], such as tokens: the number of classes between
 * which a uniform choice would be as hard. Targets as for `accuracy`.
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

/** How much an example counts. */
const weightOf = ({ weights }: EachExample, example: number): number => weights?.[example] ?? 1;

const rowsOf = ({ values, count, shape }: EachExample): readonly Float32Array[] => {
  const size = sizeOf(shape);
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
};

/**
 * 1 − Σ w‖y − t‖² / Σ w‖t − t̄‖², t̄ = Σ w·t / Σ w the mean of each target, w the weights of examples, 1 without: 1 for outputs that are the targets, 0 for outputs that are
 * their means. In float64. It is NaN where all targets are equal, for which it is not defined.
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
 * How often class i (row) was taken for class j (column), over all outputs, each counted by the weight of its example. Outputs that are NaN are in no column. Targets as for
 * `accuracy`.
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
