/**
 * The cross-entropy of a softmax: with classes, soft targets, label smoothing and class weights.
 */
import {
  add,
  any,
  argMax,
  cast,
  equal,
  exp,
  fill,
  log,
  max,
  mean,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor1d,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { atLeast, fail, fraction, asFloat32, Key, readsStall, showShape, unrecorded } from '../core';
import { areOwnClass, classLosses, entropyAtOnce } from '../ops';
import { checkValues } from '../replay';
import { checkSome, type ClassLoss } from './loss';

/** Options of `crossEntropy`: label smoothing and class weights. */
export interface CrossEntropyOptions {
  /** ε in [0, 1): targets become (1 − ε)·q + ε/C. Default 0. */
  readonly labelSmoothing?: number;
  /** w_c of each of the C classes: finite, at least 0, and not all 0. Default 1 each. */
  readonly classWeights?: readonly number[];
}

/** Options that were checked. */
interface Settings {
  readonly smoothing: number;
  readonly weights: readonly number[] | undefined;
}

/** Every target a class, or a `Fault` that names the first that is none. */
const checkClasses = (target: Tensor, classes: number): void => {
  checkValues(target, (found) => {
    const bad = found.findIndex((c) => !(c >= 0 && c < classes));
    if (bad >= 0)
      fail(
        'data',
        `softmaxCrossEntropy.target[${bad}]`,
        `a class in 0 … ${classes - 1}`,
        `${found[bad] ?? 'nothing'}`,
      );
  });
};

/** Rounding of float32 probabilities, with room for those that were written with three digits. */
const OF_ONE = 1e-3;

/** Every row a distribution, or a `Fault` that names the first that is none. */
const checkDistributions = (target: Tensor, classes: number): void => {
  checkValues(target, (found) => {
    for (let from = 0; from < found.length; from += classes) {
      const row = Array.from(found.subarray(from, from + classes));
      const total = row.reduce((a, b) => a + b, 0);
      if (!(Math.abs(total - 1) <= OF_ONE) || row.some((q) => q < 0))
        fail(
          'data',
          `softmaxCrossEntropy.target[${from / classes}]`,
          'probabilities of at least 0 that sum to 1',
          row.some((q) => q < 0) ? 'a negative one' : `a sum of ${total}`,
        );
    }
  });
};

/** [M, C] rows of outputs, and the class of each, int32 [M]; or their distributions. */
interface Rows {
  readonly output: Tensor;
  readonly classes?: Tensor;
  readonly soft?: Tensor;
}

const refused = (output: Tensor, target: Tensor): never =>
  fail(
    'shape',
    'softmaxCrossEntropy',
    'outputs [N, classes] and int32 targets [N]',
    `outputs ${showShape(output.shape)} and ${target.dtype} targets ${showShape(target.shape)}`,
  );

const rowsOf = (output: Tensor, target: Tensor): Rows => {
  const places = output.shape.slice(0, -1);
  const classes = output.shape.at(-1) ?? 0;
  const isSoft = target.shape.join() === output.shape.join();
  const areClasses = target.dtype === 'int32' && target.shape.join() === places.join();
  if (output.rank < 2 || !(isSoft || areClasses)) return refused(output, target);
  checkSome('softmaxCrossEntropy', output);
  const rows = places.reduce((a, b) => a * b, 1);
  const flat = output.rank === 2 ? output : reshape(output, [rows, classes]);
  if (isSoft) {
    if (!readsStall()) checkDistributions(target, classes);
    return { output: flat, soft: cast(reshape(target, [rows, classes]), 'float32') };
  }
  if (!readsStall()) checkClasses(target, classes);
  return { output: flat, classes: target.rank === 1 ? target : reshape(target, [rows]) };
};

/** w_c·((1 − ε)·q_c + ε/C), [M, C]. */
const factorsOf = (q: Tensor, { smoothing, weights }: Settings): Tensor => {
  const classes = q.shape[1] ?? 0;
  const smooth = smoothing === 0 ? q : add(mul(q, 1 - smoothing), smoothing / classes);
  if (weights === undefined) return smooth;
  if (weights.length !== classes)
    fail('shape', 'softmaxCrossEntropy.classWeights', `${classes} weights, one a class`, `${weights.length}`);
  return mul(smooth, tensor1d([...weights]));
};

/** [M] */
const lossOfRows = ({ output, classes, soft }: Rows, settings: Settings): Tensor => {
  const plain = settings.smoothing === 0 && settings.weights === undefined;
  if (classes !== undefined && plain && entropyAtOnce(output)) return classLosses(output, classes);
  const isClass = classes === undefined ? undefined : areOwnClass(classes, output);
  const shifted = sub(
    output,
    unrecorded(() => max(output, 1, true)),
  );
  const whole = log(sum(exp(shifted), 1));
  // Chosen, not multiplied: 0 · ∞ is NaN.
  const found =
    isClass !== undefined && plain
      ? sub(whole, sum(where(isClass, shifted, zerosLike(shifted)), 1))
      : bySums(shifted, whole, factorsOf(soft ?? cast(isClass ?? output, 'float32'), settings));
  return isClass !== undefined && readsStall()
    ? where(any(isClass, 1), found, fill(found.shape, Number.NaN))
    : found;
};

/** Σ_c v_c·(log Σ exp z − z_c): both sums are of terms of one sign. */
const bySums = (shifted: Tensor, whole: Tensor, v: Tensor): Tensor => {
  const counted = where(equal(v, 0), zerosLike(shifted), shifted);
  return sub(mul(sum(v, 1), whole), sum(mul(v, counted), 1));
};

/** [N]: over the positions of an example the mean. */
const eachOf = (output: Tensor, target: Tensor, settings: Settings): Tensor => {
  const rows = lossOfRows(rowsOf(output, target), settings);
  return output.rank === 2 ? rows : mean(reshape(rows, [output.shape[0], -1]), 1);
};

/** A class of each softmax, int32 [N, …]: the largest of z − log(−log u), u uniform (Gumbel). */
const drawnClasses = (output: Tensor, key: Key.Key): Tensor =>
  argMax(sub(output, log(neg(log(Key.uniform(key, output.shape))))), -1);

const settingsOf = ({ labelSmoothing = 0, classWeights }: CrossEntropyOptions): Settings => {
  const path = 'softmaxCrossEntropy';
  const smoothing = fraction(`${path}.labelSmoothing`, labelSmoothing);
  classWeights?.forEach((w, c) =>
    asFloat32(`${path}.classWeights[${c}]`, atLeast(`${path}.classWeights[${c}]`, w, 0)),
  );
  if (classWeights?.every((w) => w === 0) === true)
    fail('options', `${path}.classWeights`, 'a weight above 0', 'none');
  return { smoothing, weights: classWeights };
};

/**
 * The cross-entropy of softmax(z) and a target q, averaged over the batch, for outputs z [N, C] or
 * [N, …, C]:
 *
 *     ℓ_n = Σ_c w_c·((1 − ε)·q_nc + ε/C)·(log Σ_k exp z_nk − z_nc)
 *     value = Σ_n ℓ_n/N
 *
 * Class weights w scale the loss; their sum does not divide it. If an example has several
 * positions, ℓ_n is the mean over them. Targets are class indices, int32 [N] or [N, …], or
 * distributions of the shape of the output, such as one-hot rows or those of `mixup`.
 *
 * A number that all logits share does not count, however large. A logit of −∞ masks its class; if
 * the target has a part in that class (with label smoothing every class has), the loss is ∞. A NaN
 * stays one.
 *
 * The loss throws a `Fault`: `shape` if output, target or weights do not fit, or if there is no
 * example; `data` for a target that is no class, or a row that is negative or does not sum to 1
 * within 0.001. On a GPU, where a read would stall, targets are not checked: the loss is NaN for
 * what is no class.
 *
 * @param options ε (`labelSmoothing`, Szegedy et al. 2016) and w (`classWeights`). Default: none
 * @throws a `Fault` (`options`) for an ε outside of [0, 1), or weights that are negative, not
 *   finite or all 0
 *
 * @example const loss = crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 5] });
 */
export const crossEntropy = (options: CrossEntropyOptions = {}): ClassLoss => {
  const settings = settingsOf(options);
  const { smoothing, weights } = settings;
  const words = [
    ...(smoothing === 0 ? [] : [`label smoothing ${smoothing}`]),
    ...(weights === undefined ? [] : ['class weights']),
  ];
  return {
    name: words.length === 0 ? 'softmaxCrossEntropy' : `softmaxCrossEntropy (${words.join(', ')})`,
    classifies: true,
    value: (output, target) => mean(eachOf(output, target, settings)),
    each: (output, target) => eachOf(output, target, settings),
    sample: drawnClasses,
  };
};

/**
 * The cross-entropy of a softmax for classification, averaged over the batch: `crossEntropy`
 * without label smoothing and class weights.
 *
 *     −1/N·Σ_n log softmax(z_n)[t_n]
 *       = 1/N·Σ_n ( log Σ_c exp(z_nc − m_n) − (z_nt − m_n) ),   m_n = max_c z_nc
 *
 * Outputs z are [N, C], targets t int32 [N]. One class a position, or distributions, are possible
 * too: see `crossEntropy`, also for errors.
 *
 * @example softmaxCrossEntropy.value(tensor2d([[1, 2, 3]]), tensor1d([2], 'int32')) // 0.4076
 */
export const softmaxCrossEntropy: ClassLoss = crossEntropy();
