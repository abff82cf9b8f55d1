/**
 * Measures a solution by A itself, whichever route it came by:
 *
 *     residual = ‖Aᵀ(H − A·V) − βV‖ / ‖AᵀH‖
 *     length   = ⟨V, AᵀH⟩ / ⟨V, (AᵀA + βI)V⟩
 *
 * Among all multiples of V, `length`·V lowers the block's energy most. That is V itself for the
 * solution and for every iterate of conjugate gradients (Galerkin). If `length` is not positive, V
 * points uphill.
 */
import {
  abs,
  add,
  clipByValue,
  concat,
  div,
  equal,
  greaterEqual,
  matMul,
  max,
  mul,
  onesLike,
  pad,
  relu,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  tile,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { innerProduct, scope, toHost, toNumber, Tree } from '../core';
import { hasKernel } from '../ops';
import { ratioOf } from './host';
import { type Blocks, type Design, type RidgeSystem, type Operator } from './operator';
import { measuredAtOnce } from './measureAtOnce';
import { mixed, PERIOD, signs, signTensor } from './sketch';
import { combinedOf } from './split';
import { judged, type Measured, type Solution, type SolveReport } from './solveReport';

/** The measurement of a solution V: the relative residual of its system, and its length. */
export interface Measurement {
  /** ‖Aᵀ(H − A·V) − βV‖ / ‖AᵀH‖. */
  readonly residual: Measured;
  /** ⟨V, AᵀH⟩ / ⟨V, (AᵀA + βI)V⟩: 1 for the exact solution. */
  readonly length: Measured;
}

/**
 * The rounding of a float32 sum of n terms, relative to its size without cancellation, in blocks of
 * at most `chain` terms.
 */
const roundingOf = (n: number, chain = Infinity): number => 2 ** -24 * Math.sqrt(Math.min(n, chain));

/**
 * The operator of a design that has none: for its own number of units, and for more units in turns.
 */
const operatorOf = <P extends Tree.Tree>(design: Design<P>): Operator => {
  if (design.operator !== undefined) return design.operator;
  const { units } = design;
  const inTurns = (of: (m: Tensor) => Tensor) => (m: Tensor) => {
    const [rows = 0, n = 0] = m.shape;
    const turns = Math.ceil(rows / units);
    const whole = pad(m, [
      [0, turns * units - rows],
      [0, 0],
    ]);
    const parts = Array.from({ length: turns }, (_, i) => of(slice(whole, [i * units, 0], [units, n])));
    const joined = concat(parts);
    return slice(joined, [0, 0], [rows, joined.shape[1] ?? 0]);
  };
  return {
    mix: (by, h) => matMul(by, design.toUnits(h)),
    apply: inTurns((m) => design.toUnits(design.apply(design.unpack(m)))),
    adjoint: inTurns((m) => design.pack(design.adjoint(design.fromUnits(m)))),
  };
};

/** The rows of a matrix from one to before another. */
const rowsOf = (m: Tensor, from: number, to: number): Tensor =>
  slice(m, [from, 0], [to - from, m.shape[1] ?? 0]);

const ratioTensor = (a: Tensor, b: Tensor): Tensor => {
  const none = equal(a, 0);
  return div(a, where(none, onesLike(b), b));
};

/** For the combinations that are measured, each a row: V, H − A·V, and Aᵀ(H − A·V) − βV. */
export interface Sketch {
  readonly v: Tensor;
  readonly miss: Tensor;
  readonly defect: Tensor;
  /** The same combinations, at the same scale, of another matrix [units, n]. */
  readonly combined: (m: Tensor) => Tensor;
}

/**
 * Up to this many numbers, one thread sums them in less time than it takes to start a kernel for each
 * operation: those of combinations, but not of all units of a convolution.
 */
const MOST_AT_ONCE = 1 << 17;

interface MeasureOptions {
  /** AᵀH [units, columns], if it is known already. */
  readonly g?: Tensor;
  /** A further scalar of the combinations, returned as `also`. */
  readonly also?: (sketch: Sketch) => Tensor;
}

/**
 * The largest absolute value, or 1 if all are zero. Squares are taken relative to it, so that none
 * overflows.
 */
export const largestOf = (x: Tensor): Tensor => {
  const largest = max(abs(x));
  return where(equal(largest, 0), onesLike(largest), largest);
};

/** Signs for a tensor of any size: a sequence of prime length, repeated. */
const signsLike = (x: Tensor): Tensor => {
  const turns = Math.ceil(x.size / PERIOD);
  return reshape(slice(tile(tensor(signs(PERIOD)), [turns]), [0], [x.size]), x.shape);
};

/**
 * Measures V as it is, not combinations of its units, by sums over A alone. For systems side by
 * side there are no combinations, and they have as many rows as the layer has outputs.
 */
const measureBlocks = <P extends Tree.Tree>(
  { design, h, beta, mayRead }: RidgeSystem<P>,
  { size }: Blocks,
  value: P,
  g: Tensor,
): Measurement => {
  const pulled = (of: Tensor): Tensor => design.pack(design.adjoint(of));
  const miss = sub(h, design.apply(value));
  const v = design.pack(value);
  const left = sub(pulled(miss), mul(v, beta));
  const natural = pulled(mul(add(abs(h), abs(miss)), signsLike(h)));
  const lost = roundingOf((design.rows * size) / design.columns, design.chain);
  const { residual, length } = measuredBy(v, sub(g, left), left, g, mayRead);
  const scale = largestOf(g);
  const norm = (x: Tensor): Tensor => sqrt(sum(square(div(x, scale))));
  const share = mul(ratioTensor(norm(natural), norm(g)), lost);
  return {
    length,
    residual: typeof residual === 'number' ? residual + toNumber(share) : add(residual, share),
  };
};

/**
 * Measures V for H as the design holds it, on combinations of its units (`sketch.ts`). To the
 * residual that float32 products show, it adds the rounding that they may hide: Aᵀ(H − A·V) is a
 * sum over the batch, and if its terms cancel, as for equal inputs with opposite errors, only
 * rounding remains.
 */
export const measure = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  value: P,
  { g, also }: MeasureOptions = {},
): Measurement & { readonly also: Measured } =>
  scope(() => {
    const { design, h, beta, mayRead } = system;
    if (design.blocks !== undefined)
      return {
        ...measureBlocks(system, design.blocks, value, g ?? design.pack(design.adjoint(h))),
        also: 0,
      };
    const by = design.operator === undefined ? undefined : signTensor(design.units);
    const operator = operatorOf(design);
    const held = by === undefined ? design.toUnits(h) : operator.mix(by, h);
    const rounding = roundingOf(design.rows, design.chain);
    const v = by === undefined ? design.pack(value) : combinedOf(design, by, value);
    if (mayRead && also === undefined && hasKernel('SketchNorms') && held.size + v.size <= MOST_AT_ONCE) {
      const all = { held, v, ...(g === undefined ? {} : { right: mixed(by, g) }) };
      return { ...measuredAtOnce(operator, all, { beta, rounding }), also: 0 };
    }
    const size = largestOf(held);
    const scaled = (x: Tensor): Tensor => div(x, size);
    const hs = scaled(held);
    const combined = (x: Tensor): Tensor => scaled(mixed(by, x));
    const vs = scaled(v);
    const m = hs.shape[0];
    const image = operator.apply(vs);
    const miss = sub(hs, image);
    const terms = mul(sum(add(abs(hs), abs(miss)), 0, true), 1 / Math.sqrt(m));
    const uncancelled = mul(terms, signsLike(terms));
    const sums = operator.adjoint(concat(g === undefined ? [miss, uncancelled, hs] : [miss, uncancelled]));
    const right = g === undefined ? rowsOf(sums, m + 1, 2 * m + 1) : combined(g);
    const defect = sub(rowsOf(sums, 0, m), mul(vs, beta));
    const natural = rowsOf(sums, m, m + 1);
    const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
    const found = add(norm(defect), mul(norm(natural), rounding));
    const gain = sum(mul(image, hs));
    const all = [
      ratioTensor(found, norm(right)),
      ratioTensor(gain, add(sum(square(image)), mul(sum(square(vs)), beta))),
      also === undefined ? scalar(0) : also({ v: vs, miss, defect, combined }),
    ];
    const [residual = Number.NaN, length = Number.NaN, more = 0] = mayRead ? toHost(stack(all)) : all;
    return { residual, length, also: more };
  });

/**
 * Measures an iterate v of M·v = g, for systems that are known by products alone. `image` is M·v,
 * `miss` is g − M·v, and both measures use the inner product ⟨a, by(b)⟩. All are matrices of rows
 * [units, n]. With `mayRead` the results are numbers, otherwise scalar tensors, which you dispose of.
 * Numbers that are not finite raise no error: the residual is then not finite either.
 *
 * @example
 * const [g, v] = [tensor2d([[2, 4]]), tensor2d([[1, 2]])];
 * measuredBy(v, mul(v, 2), sub(g, mul(v, 2)), g, true).residual // 0
 */
export const measuredBy = (
  v: Tensor,
  image: Tensor,
  miss: Tensor,
  g: Tensor,
  mayRead: boolean,
  by: (x: Tensor) => Tensor = (x) => x,
): Measurement =>
  scope(() => {
    const [dualV, dualMiss, dualG] = [by(v), by(miss), by(g)];
    const inner = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
    if (!mayRead)
      return {
        residual: sqrt(ratioTensor(relu(inner(miss, dualMiss)), inner(g, dualG))),
        length: ratioTensor(inner(dualV, g), inner(dualV, image)),
      };
    const on = (a: Tensor, b: Tensor): number => {
      const [x, y] = [toHost(a), toHost(b)];
      return x.reduce((total, value, i) => total + value * (y[i] ?? 0), 0);
    };
    return {
      residual: Math.sqrt(ratioOf(Math.max(0, on(miss, dualMiss)), on(g, dualG))),
      length: ratioOf(on(dualV, g), on(dualV, image)),
    };
  });

/**
 * The least length that counts as 1. Solutions that have not converged and have a smaller length
 * are shortened: below one half, the full step raises the energy.
 */
export const GOOD_LENGTH = 0.6;

const asTensor = (x: Measured): Tensor => (typeof x === 'number' ? scalar(x) : x);

/** The length of all units together. */
const lengthOf = <P extends Tree.Tree>({ design, h, beta }: RidgeSystem<P>, value: P): number =>
  scope(() => {
    const image = design.apply(value);
    return ratioOf(
      innerProduct(image, h),
      innerProduct(image, image) + beta * innerProduct<Tree.Tree>(value, value),
    );
  });

/**
 * A solution with its report. If it has not converged and its full step would raise the block's
 * energy, it is shortened to its best length, to zero if it points uphill. The residual is that of
 * the returned solution. NaN stays NaN.
 */
export const concluded = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  { value, measured, g }: { readonly value: P; readonly measured: Measurement; readonly g?: Tensor },
  report: Omit<SolveReport, 'residual' | 'converged'>,
): Solution<P> => {
  const { residual, length } = measured;
  const done = (v: P, r: Measured): Solution<P> => ({
    value: v,
    report: { ...report, ...judged(r, report.tolerance) },
  });
  const times = (by: Tensor | number): P => Tree.map((leaf) => mul(leaf, by))(value);
  if (typeof residual !== 'number' || typeof length !== 'number') {
    // Both are tensors where nothing is read.
    const [known, l] = [asTensor(residual), asTensor(length)];
    const best = where(greaterEqual(l, GOOD_LENGTH), onesLike(l), clipByValue(l, 0, 1));
    // If an exact solve has a residual of 1 or more, neither it nor its length on a few
    // combinations is reliable. Residuals of iterates may grow on the way.
    const by = report.scalars === undefined ? where(greaterEqual(known, 1), zerosLike(best), best) : best;
    const shortened = times(by);
    // The residual of s·V is at most (1 − s) + s·r, with r that of V.
    return done(shortened, add(sub(1, by), mul(by, known)));
  }
  if (residual <= report.tolerance || length >= GOOD_LENGTH) return done(value, residual);
  const whole = lengthOf(system, value);
  if (whole >= GOOD_LENGTH) return done(value, residual);
  const shortened = times(Math.max(0, whole));
  return done(
    shortened,
    Number.isNaN(whole) ? residual : measure(system, shortened, g === undefined ? {} : { g }).residual,
  );
};
