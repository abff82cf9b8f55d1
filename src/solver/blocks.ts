/**
 * Exact solves of many small systems side by side, for designs whose AᵀA is block diagonal. Each
 * block is factored in float64 on the host, which costs little beside forming the blocks. If reads
 * stall, all blocks are inverted together by products.
 */
import {
  abs,
  add,
  div,
  eye,
  matMul,
  max,
  mul,
  relu,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { inPhase, scope, toHost, type Tree } from '../core';
import { runOwn } from '../ops';
import { cholesky, choleskySolve } from './cholesky';
import { type Candidate, notFiniteSystem, singular } from './double';
import { at, normHost, shifted } from './host';
import { inverseByProducts } from './inverseByProducts';
import { measure } from './measure';
import { type Blocks, type RidgeSystem } from './operator';

/** The relative precision of a Gram matrix in float32. */
const KNOWN = 2 ** -22;

/** As for one large system; see `exactByProducts.ts`. */
const LEAST_SHARE = 2e-6;
const REFINEMENTS = 2;

/** A solution, and the number of its refinements. */
interface Refined<P> extends Candidate<P> {
  readonly refinements: number;
}

/** (K_g + βI)⁻¹·b for every block at once; matrices of units are [units, blocks·size]. */
type Solved = (b: Float64Array) => Float64Array;

const factorOf = (k: Float64Array, size: number, beta: number): Float64Array => {
  const norm = normHost(k);
  if (!(norm < Infinity)) return notFiniteSystem('primal');
  return (
    cholesky(shifted(k, size, beta), size) ??
    // Singular within the rounding of K: damped by that rounding, the step is one of a smaller τ,
    // and is refined.
    (beta > 0 ? cholesky(shifted(k, size, beta + KNOWN * norm), size) : undefined) ??
    singular('primal', size, beta)
  );
};

const factored = (grams: Float64Array, size: number, units: number, beta: number): Solved => {
  const count = grams.length / size ** 2;
  const factors = Array.from({ length: count }, (_, g) =>
    factorOf(grams.subarray(g * size ** 2, (g + 1) * size ** 2), size, beta),
  );
  const columns = count * size;
  return (b) => {
    const out = new Float64Array(b.length);
    const own = new Float64Array(units * size);
    factors.forEach((factor, g) => {
      for (let u = 0; u < units; u++)
        for (let i = 0; i < size; i++) own[u * size + i] = at(b, u * columns + g * size + i);
      const v = choleskySolve(factor, size, own, units);
      for (let u = 0; u < units; u++)
        for (let i = 0; i < size; i++) out[u * columns + g * size + i] = at(v, u * size + i);
    });
    return out;
  };
};

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H for a block diagonal AᵀA in float32, refined by A itself until it has
 * converged or no longer improves. Throws a `Fault` with tag `solver` if β = 0 and a block is
 * singular, or if a block is not finite.
 */
export const solveBlocks = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  { size, form }: Blocks,
  tolerance: number,
): Refined<P> =>
  scope(() => {
    const { design, h, beta } = system;
    const { units, columns } = design;
    const grams = inPhase('gram', () => toHost(form()));
    const solved = inPhase('factor', () => factored(grams, size, units, beta));
    const g = design.pack(design.adjoint(h));
    const valueOf = (v: Float64Array): P => design.unpack(tensor(new Float32Array(v), [units, columns]));
    let value = valueOf(solved(toHost(g)));
    let measured = measure(system, value, { g });
    let refinements = 0;
    for (; refinements < REFINEMENTS; refinements++) {
      const before = Number(measured.residual);
      if (before <= tolerance || !(before < 1)) break;
      const pulled = design.pack(design.adjoint(sub(h, design.apply(value))));
      const by = solved(toHost(sub(pulled, mul(design.pack(value), beta))));
      const held = toHost(design.pack(value));
      const next = valueOf(by.map((e, i) => e + at(held, i)));
      const found = measure(system, next, { g });
      if (!(Number(found.residual) < before)) break;
      [value, measured] = [next, found];
    }
    return { value, measured, refinements };
  });

/**
 * V of systems of two unknowns in float64, by a kernel that some backends have; `undefined` if a
 * system is singular.
 */
export const solvePairs = <P extends Tree.Tree>(
  { design, h, beta }: RidgeSystem<P>,
  x: Tensor,
): Candidate<P> | undefined =>
  scope(() => {
    const [v = x, facts = x] = runOwn('RidgePairs', { x, h }, { beta });
    const [status, residual = Number.NaN, length = Number.NaN] = facts.dataSync();
    if (status === 2) return notFiniteSystem('primal');
    return status === 1
      ? { value: design.unpack(reshape(v, [1, design.columns])), measured: { residual, length } }
      : undefined;
  });

/** Like `solveBlocks`, without a read. A singular block does not fail; its residual is near one. */
export const solveBlocksByProducts = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  { size, form }: Blocks,
): Refined<P> =>
  scope(() => {
    const { design, h, beta } = system;
    const { units, columns } = design;
    const count = columns / size;
    const k = form();
    // A block of one unknown is a number.
    const times = (a: Tensor, b: Tensor): Tensor => (size === 1 ? mul(a, b) : matMul(a, b));
    const inverse = scope((): Tensor => {
      const largest = max(sum(abs(k), 2, true), 1, true);
      const missing = relu(sub(mul(largest, LEAST_SHARE), beta));
      const raised = add(k, mul(eye(size), missing));
      return size === 1 ? div(1, add(raised, beta)) : inverseByProducts(raised, beta).inverse;
    });
    const g = design.pack(design.adjoint(h));
    const b = transpose(reshape(g, [units, count, size]), [1, 0, 2]);
    let s = times(b, inverse);
    for (let i = 0; i < REFINEMENTS; i++) s = add(s, times(sub(b, add(times(s, k), mul(s, beta))), inverse));
    const value = design.unpack(reshape(transpose(s, [1, 0, 2]), [units, columns]));
    return { value, measured: measure(system, value, { g }), refinements: REFINEMENTS };
  });
