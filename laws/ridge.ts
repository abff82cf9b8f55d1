/**
 * Laws 5, 6, 8, 9, 11, 12 of the solvers of implicit parameter steps, on the ridge problems of a
 * dense layer.
 */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { linear, type LinearParameters, Solver, toHost } from '../src';
import { buildRidge, hardRidges, mildRidges, type RidgeCase, ridges } from './arbitrary';
import { inner, length, plus } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/**
 * A ridge solve: V = (AᵀA + βI)⁻¹AᵀH for the design A = [x, 1], x [rows, fanIn], H [units, rows].
 * It gives V as parameters of a dense layer.
 */
export type Ridge = (x: Tensor, h: Tensor, beta: number) => LinearParameters;

/**
 * Makes the ridge solve under law: `solveRidge` by a solver, on the design of a dense layer. The
 * result throws as `solveRidge` does, such as a `Fault` (`options`) for an invalid solver.
 *
 * @param solver the solver
 *
 * @example check(optimality(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const ridgeBy =
  (solver: Solver.Solver): Ridge =>
  (x, h, beta) => {
    const design = linear(x.shape[1] ?? 0, h.shape[0]).design?.(x);
    if (design === undefined) throw new TypeError('a dense layer exposes its design');
    return Solver.solveRidge(design, h, beta, solver).value;
  };

/** A small ridge system in float64 on the host. All matrices of units are [units, …], row-major. */
interface HostSystem {
  readonly rows: number;
  readonly columns: number;
  readonly units: number;
  readonly a: Float64Array;
  readonly h: Float64Array;
  readonly beta: number;
  /** g = Aᵀ·H */
  readonly g: Float64Array;
}

const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;

const hostSystem = (x: Tensor, hTensor: Tensor, beta: number): HostSystem => {
  const [rows = 0, fanIn = 0] = x.shape;
  const units = hTensor.shape[0];
  const columns = fanIn + 1;
  const xs = toHost(x);
  const a = new Float64Array(rows * columns).fill(1);
  for (let r = 0; r < rows; r++) a.set(xs.subarray(r * fanIn, (r + 1) * fanIn), r * columns);
  const h = toHost(hTensor);
  const s = { rows, columns, units, a, h, beta, g: new Float64Array(0) };
  return { ...s, g: adjoint(s, h) };
};

/** A·V, [units, rows]. */
const apply = ({ rows, columns, units, a }: HostSystem, v: Float64Array): Float64Array =>
  Float64Array.from({ length: units * rows }, (_, i) => {
    const [u, r] = [Math.floor(i / rows), i % rows];
    let total = 0;
    for (let c = 0; c < columns; c++) total += at(a, r * columns + c) * at(v, u * columns + c);
    return total;
  });

/** Aᵀ·H, [units, columns]. */
const adjoint = ({ rows, columns, units, a }: HostSystem, h: Float64Array): Float64Array =>
  Float64Array.from({ length: units * columns }, (_, i) => {
    const [u, c] = [Math.floor(i / columns), i % columns];
    let total = 0;
    for (let r = 0; r < rows; r++) total += at(a, r * columns + c) * at(h, u * rows + r);
    return total;
  });

/** M·V = AᵀA·V + βV. */
const applySystem = (s: HostSystem, v: Float64Array): Float64Array =>
  plus(adjoint(s, apply(s, v)), v, s.beta);

/**
 * Computes M·V and g = AᵀH on the host in float64, for A = [x, 1] and M = AᵀA + βI.
 *
 * @param x the inputs [rows, fanIn]
 * @param h H [units, rows]
 * @param beta β
 * @param v V [units, fanIn + 1], row by row
 *
 * @example Array.from(applySystemOf(tensor2d([[1]]), tensor2d([[2]]), 0, Float64Array.of(1, 1)).g) // [2, 2]
 */
export const applySystemOf = (
  x: Tensor,
  h: Tensor,
  beta: number,
  v: Float64Array,
): { readonly image: Float64Array; readonly g: Float64Array } => {
  const system = hostSystem(x, h, beta);
  return { image: applySystem(system, v), g: system.g };
};

/**
 * Copies the parameters of a dense layer to the host, as the matrix [units, fanIn + 1] of weights
 * and bias.
 *
 * @param parameters `weights` and `bias`
 *
 * @example Array.from(packHost({ weights: tensor2d([[1, 2]]), bias: tensor1d([3]) })) // [1, 2, 3]
 */
export const packHost = ({ weights, bias }: LinearParameters): Float64Array => {
  const [units = 0, fanIn = 0] = weights.shape;
  const w = toHost(weights);
  const b = toHost(bias);
  return Float64Array.from({ length: units * (fanIn + 1) }, (_, i) => {
    const [u, c] = [Math.floor(i / (fanIn + 1)), i % (fanIn + 1)];
    return c === fanIn ? at(b, u) : at(w, u * fanIn + c);
  });
};

/** The trace of AᵀA: at least its largest eigenvalue. */
const trace = (s: HostSystem): number => inner(s.a, s.a);

const built = (c: RidgeCase) => {
  const { x, h } = buildRidge(c);
  return { x, h, system: hostSystem(x, h, 1 / c.tauTheta) };
};

/**
 * The tolerance of residuals, relative to ‖M‖‖V‖ + ‖g‖ (normwise backward error). The rounding of V
 * to float32 alone leaves 6e-8·‖M‖‖V‖; a hundred roundings allow for products of length 11, or of
 * 1,100 in blocks.
 */
export const BACKWARD = 6e-6;

/** What AᵀH is rounded relative to beside its own size. */
const unrounded = (s: HostSystem, precision: 'float32' | 'float64'): number =>
  precision === 'float64' ? 0 : Math.sqrt(trace(s)) * length(s.h);

/** A solver that is forced to go by S: V = Aᵀ·S. */
type Way = 'dual' | 'other';

/** Roundings of AᵀH in float32; of sums of 1,100 numbers in float64 as well. */
const ROUNDINGS = { float32: BACKWARD, float64: 11 * 2 ** -53 };

/**
 * What is rounded beside ‖A‖‖H‖, of which AᵀH may be a small part: AᵀH itself in float32. By the
 * dual S, which may be as large as ‖H‖/β, and M·Aᵀ takes its rounding times λ + β: κ times as much,
 * in float64 as well.
 */
const besides = (s: HostSystem, precision: 'float32' | 'float64', way: Way): number => {
  const size = ROUNDINGS[precision] * Math.sqrt(trace(s)) * length(s.h);
  return way === 'dual' ? (1 + trace(s) / s.beta) * size : precision === 'float64' ? 0 : size;
};

/**
 * Law 5: V solves M·V = g, M = AᵀA + I/τ_θ. The law tests the residual, not V. In `float32`, AᵀH
 * itself is rounded, relative to ‖A‖‖H‖, which is much more than its own size if errors are
 * contrary.
 *
 * @param ridge the solve under law
 * @param range the least and the greatest τ_θ. Default 1e-4 and 1e4
 * @param precision of the solve. Default `float64`
 * @param way `dual` if the solve is forced to go by S with V = Aᵀ·S. Default `other`
 *
 * @example check(optimality(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const optimality = (
  ridge: Ridge,
  range: readonly [number, number] = [1e-4, 1e4],
  precision: 'float32' | 'float64' = 'float64',
  way: Way = 'other',
): Law<RidgeCase> => ({
  number: numberOf('optimality'),
  name: 'optimality: (AᵀA + I/τ_θ)·V = g',
  arbitrary: hardRidges(range),
  holds: (c) => {
    const { x, h, system } = built(c);
    const v = packHost(ridge(x, h, system.beta));
    const residual = length(plus(applySystem(system, v), system.g, -1));
    const scale = (system.beta + trace(system)) * length(v) + length(system.g);
    // In float32 the solver refines down to its tolerance, and no further.
    const left = precision === 'float64' ? 0 : Solver.DEFAULT_TOLERANCE * length(system.g);
    return atMost('the residual', residual, BACKWARD * scale + besides(system, precision, way) + left);
  },
});

/**
 * Law 6: the gradient is the limit of small τ_θ: ‖V/τ_θ − g‖ ≤ τ_θ·λ·‖g‖, λ the largest eigenvalue
 * of AᵀA.
 *
 * @param ridge the solve under law
 *
 * @example check(smallTau(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const smallTau = (ridge: Ridge): Law<RidgeCase> => ({
  number: numberOf('smallProximal'),
  name: 'small τ_θ: ‖V/τ_θ − g‖ ≤ τ_θλ‖g‖',
  arbitrary: ridges([1e-4, 1e-1]),
  holds: (c) => {
    const { x, h, system } = built(c);
    const v = packHost(ridge(x, h, system.beta)).map((e) => e / c.tauTheta);
    const above = trace(system);
    // Beside the bound, rounding of V and of the products: law 5's, divided by β.
    const rounding = BACKWARD * (1 + c.tauTheta * above);
    return atMost(
      '‖V/τ_θ − g‖',
      length(plus(v, system.g, -1)),
      (c.tauTheta * above + rounding) * length(system.g),
    );
  },
});

/**
 * Law 8: ⟨V, g⟩ > 0 unless g = 0, and the angle obeys cos ≥ 2√κ/(1 + κ), κ ≤ 1 + τ_θλ.
 *
 * @param ridge the solve under law
 * @param range the least and the greatest τ_θ. Default 1e-4 and 1e4
 *
 * @example check(descent(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const descent = (ridge: Ridge, range: readonly [number, number] = [1e-4, 1e4]): Law<RidgeCase> => ({
  number: numberOf('descent'),
  name: 'descent: cos(V, g) ≥ 2√κ/(1 + κ)',
  arbitrary: ridges(range),
  holds: (c) => {
    const { x, h, system } = built(c);
    if (length(system.g) === 0) return true;
    const v = packHost(ridge(x, h, system.beta));
    const cosine = inner(v, system.g) / (length(v) * length(system.g));
    const kappa = 1 + c.tauTheta * trace(system);
    const bound = (2 * Math.sqrt(kappa)) / (1 + kappa);
    // The cosine of rounded vectors may fall below a bound that it attains, by their rounding times κ.
    return cosine >= bound * (1 - 1e-4) - BACKWARD
      ? true
      : `the cosine is ${cosine}, below ${bound} at κ = ${kappa.toExponential(2)}`;
  },
});

/** q(V) = ½‖A·V − H‖². */
const q = (s: HostSystem, v: Float64Array): number => 0.5 * length(plus(apply(s, v), s.h, -1)) ** 2;

/**
 * Law 9: q(θ⁺) + ‖Δθ‖²/(2τ_θ) ≤ q(θ) for every τ_θ > 0, with q(V) = ½‖A·V − H‖².
 *
 * @param ridge the solve under law
 * @param range the least and the greatest τ_θ. Default 1e-4 and 1e4
 *
 * @example check(stability(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const stability = (ridge: Ridge, range: readonly [number, number] = [1e-4, 1e4]): Law<RidgeCase> => ({
  number: numberOf('stability'),
  name: 'stability: q(θ⁺) + ‖Δθ‖²/(2τ_θ) ≤ q(θ) for every τ_θ',
  arbitrary: hardRidges(range),
  holds: (c) => {
    const { x, h, system } = built(c);
    const v = packHost(ridge(x, h, system.beta));
    const before = q(system, new Float64Array(v.length));
    const after = q(system, v) + (length(v) ** 2 * system.beta) / 2;
    // V is float32: its rounding moves A·V by 6e-8·‖A‖‖V‖, squared in q.
    const rounding = (2 ** -24 * Math.sqrt(trace(system)) * length(v)) ** 2;
    return atMost('q after the step', after, before * (1 + 1e-6) + rounding);
  },
});

/**
 * Law 11: two routes to the same solution agree, within a multiple of float32 rounding times κ.
 *
 * @param name the two routes, in the name of the law
 * @param first one route
 * @param second the other route
 * @param range the least and the greatest τ_θ
 * @param precision of the solves. Default `float64`
 *
 * @example
 * const [primal, dual] = [ridgeBy(exact({ route: 'primal' })), ridgeBy(exact({ route: 'dual' }))];
 * const law = routesAgree('primal and dual', primal, dual, [1e-2, 1]);
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const routesAgree = (
  name: string,
  first: Ridge,
  second: Ridge,
  range: readonly [number, number],
  precision: 'float32' | 'float64' = 'float64',
): Law<RidgeCase> => ({
  number: numberOf('agreement'),
  name: `agreement: ${name}`,
  arbitrary: hardRidges(range),
  holds: (c) => {
    const { x, h, system } = built(c);
    const [v, w] = [first, second].map((solve) => packHost(solve(x, h, system.beta)));
    if (v === undefined || w === undefined) return 'no solution';
    const kappa = 1 + c.tauTheta * trace(system);
    // Rounding of a Gram matrix perturbs the solution by at most n·6e-8·κ, n ≤ 11 on the lesser side.
    return atMost(
      'the distance',
      length(plus(v, w, -1)),
      11 * 2 ** -24 * ((10 + kappa) * length(w) + c.tauTheta * unrounded(system, precision)),
    );
  },
});

/**
 * Law 12: the proximal map P of q with step τ_θ is firmly non-expansive:
 *
 *     ‖P(v) − P(w)‖² ≤ ⟨P(v) − P(w), v − w⟩
 *
 * @param ridge the solve under law
 *
 * @example check(firmlyNonExpansive(ridgeBy(exact())), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const firmlyNonExpansive = (ridge: Ridge): Law<RidgeCase> => ({
  number: numberOf('firmness'),
  name: 'the proximal map is firmly non-expansive',
  arbitrary: ridges(),
  holds: (c) => {
    const { x, system } = built(c);
    const draw = (n: number): Float64Array =>
      toHost(
        buildRidge({
          ...c,
          rows: system.units,
          fanIn: system.columns,
          scale: 1,
          seed: (c.seed + n) % 2 ** 31,
        }).x,
      );
    const [v, w] = [draw(1), draw(2)];
    /** P(v) = v + the step from v, whose right-hand side is H − A·v. */
    const prox = (from: Float64Array): Float64Array => {
      const h = plus(system.h, apply(system, from), -1);
      const step = ridge(x, tensor(Float32Array.from(h), [system.units, system.rows]), system.beta);
      return plus(from, packHost(step));
    };
    const moved = plus(prox(v), prox(w), -1);
    const apart = plus(v, w, -1);
    return atMost(
      '‖P(v) − P(w)‖² − ⟨P(v) − P(w), v − w⟩',
      length(moved) ** 2 - inner(moved, apart),
      // Rounding of the two steps, whose size is that of the right-hand sides.
      1e-4 * (length(apart) ** 2 + length(moved) * c.tauTheta ** 0.5 * 1e-2),
    );
  },
});

/** V after k iterations of conjugate gradients from zero. */
export type CgRidge = (x: Tensor, h: Tensor, beta: number, iterations: number) => LinearParameters;

/**
 * The rounding of ⟨g, v_k⟩, relative to the gain of the last iterate: of iterates computed in
 * float64 that to float32; in float32 the last steps are taken along directions that are mostly
 * rounding (up to 1.1e-3 was measured, at κ of 70 and five unknowns).
 */
const GAIN_ROUNDING = { float64: 1e-6, float32: 3e-3 };

/** Up to which κ as many iterations as unknowns come to the end in finite precision. */
const CG_CONDITION = { float64: 1e3, float32: 100 };

/**
 * What is left of ‖g‖ then: of float32, whose directions are orthogonal to a few digits only, up to
 * 2e-3 was measured.
 */
const LEFT = { float64: 1e-3, float32: 1e-2 };

const verdictOfIterates = (
  s: HostSystem,
  iterates: readonly Float64Array[],
  precision: 'float32' | 'float64',
  way: Way,
): Verdict => {
  const { g, units, columns } = s;
  const size = length(g) ** 2;
  if (size === 0) return true;
  const exact = iterates.at(-1) ?? g;
  const gain = (v: Float64Array): number => inner(v, g);
  const first = iterates[0] ?? g;
  // One iteration, unit by unit: (‖g‖²/gᵀMg)·g.
  const expected = g.slice();
  const mg = applySystem(s, g);
  for (let u = 0; u < units; u++) {
    const [from, to] = [u * columns, (u + 1) * columns];
    const gu = g.subarray(from, to);
    const curvature = inner(gu, mg.subarray(from, to));
    const alpha = curvature > 0 ? inner(gu, gu) / curvature : 0;
    for (let i = from; i < to; i++) expected[i] = alpha * at(g, i);
  }
  const total = gain(exact);
  const lost = besides(s, precision, way) / Math.sqrt(size);
  const rounding = GAIN_ROUNDING[precision] + lost;
  return all(
    atMost(
      'the error of the first iterate',
      length(plus(first, expected, -1)),
      (1e-5 + lost) * length(expected),
    ),
    ...iterates.map((v, k): Verdict => {
      const before = iterates[k - 1];
      if (!(gain(v) > 0)) return `iterate ${k + 1} is not a descent direction`;
      if (before === undefined) return true;
      // Strictly more, until what is left is near the rounding of the iterates; there, no less than that rounding.
      const left = total - gain(before);
      return gain(v) > gain(before) ||
        (left <= 10 * rounding * total && gain(v) >= gain(before) - rounding * total)
        ? true
        : `iterate ${k + 1} gains ${gain(v)}, iterate ${k} gained ${gain(before)} of ${total}`;
    }),
  );
};

/**
 * Law 10: every iterate of CG is a descent direction, ⟨g, v_k⟩ strictly increases until
 * convergence, the first iterate is (‖g‖²/gᵀMg)·g, and as many iterations as unknowns are exact. κ
 * is bounded so that n iterations in finite precision still come to the end; inputs are as hard as
 * elsewhere.
 *
 * @param cg the solve under law, by so many iterations
 * @param precision of the solve. Default `float64`
 * @param way `dual` if the solve is forced to go by S with V = Aᵀ·S. Default `other`
 *
 * @example
 * const byCg: CgRidge = (x, h, beta, k) => ridgeBy(cg(k, { precision: 'float64' }))(x, h, beta);
 * check(conjugateGradientLaw(byCg), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const conjugateGradientLaw = (
  cg: CgRidge,
  precision: 'float32' | 'float64' = 'float64',
  way: Way = 'other',
): Law<RidgeCase> => ({
  number: numberOf('conjugateGradients'),
  name: 'CG: descent, strict gain, first iterate, finite termination',
  arbitrary: mildRidges(CG_CONDITION[precision]),
  holds: (c) => {
    const { x, h, system } = built(c);
    const unknowns = system.columns;
    const iterates = Array.from({ length: unknowns }, (_, k) => packHost(cg(x, h, system.beta, k + 1)));
    const last = iterates.at(-1) ?? system.g;
    const residual = length(plus(applySystem(system, last), system.g, -1));
    return all(
      verdictOfIterates(system, iterates, precision, way),
      atMost(
        'the residual after as many iterations as unknowns',
        residual,
        LEFT[precision] * length(system.g) + besides(system, precision, way),
      ),
    );
  },
});
