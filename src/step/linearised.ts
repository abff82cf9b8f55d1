/**
 * The proximal step on any block by linearisation. The terms of the energy that contain the block
 * have outputs g_t, which are linearised at its present value. The linear system is solved by
 * conjugate gradients with Jacobian products of autodiff. For squares w/2·‖g‖² this is
 * Gauss-Newton; for a loss with its own Hessian H it is generalised Gauss-Newton (Schraudolph
 * 2002).
 *
 *     φ(u) = Σ_t c_t(g_t(v + u)) + 1/(2τ)·‖u‖²
 *     (Σ J_tᵀH_tJ_t + (1/τ + λ)·I)·d = −∇φ(u)      u ← u + s·d
 *
 * If all outputs are affine and all costs are squares, one such solve suffices. The layer declares
 * this, or the step finds it out, as the outputs then follow their linearisation. Any other block
 * takes Gauss-Newton steps. A step is accepted only if φ falls by at least 10⁻⁴ of the decrease
 * that its slope promises (Armijo). Otherwise it is shortened (s = ½, ¼), then damped (λ > 0,
 * Levenberg-Marquardt). A solve by cg(k) linearises once. An exact solve linearises until ∇φ
 * vanishes, rounding hides it, or the budget is spent. The reported residual is ‖∇φ(u)‖/‖∇φ(0)‖;
 * for one linear system, it costs one more product.
 *
 * This solver reads from the device on every backend: whether a step is accepted, how it is damped
 * and when the iterations end depend on numbers. Computing all alternatives instead would take
 * thousands of kernels in place of a few dozen. On a GPU, give layers a design operator, or choose
 * a method without such steps.
 */
import { add, mul, neg, square, sub, sum, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { dot, linearise } from '../autodiff';
import { fail, norm, scope, toNumber, Tree, whole } from '../core';
import { type Block, blockValue, type Energy, linkAt, linksWith, type State } from '../energy';
import {
  answerOf,
  type AnySolver,
  type CgResult,
  conjugateGradients,
  DEFAULT_BUDGET,
  DEFAULT_TOLERANCE,
  GOOD_LENGTH,
  judged,
  measuredBy,
  type Measured,
  type Solution,
} from '../solver';
import { blockLayoutOf, type Term, termsOf } from './terms';

/** Where an exact solve stops: below the precision of float32. */
const EXACT_RESIDUAL = 1e-9;
/**
 * Where each of several linear systems stops under a loss, since the next linearisation continues
 * from there (inexact Newton).
 */
const FORCING = 1e-3;
/** The most linearisations of an exact solve. Gauss-Newton converges in a few, or slowly. */
const MOST_LINEARISATIONS = 20;
/**
 * How far residuals of an affine block may be from their linearisation, relative to the change: a
 * hundred times the rounding of float32.
 */
const AFFINE = 1e-5;
const ARMIJO = 1e-4;
const SHORTENED = [1, 0.5, 0.25];
const DAMPINGS = 8;

/**
 * A step that moves the outputs by less than this share is accepted without comparing φ: the
 * rounding of float32 outputs, times ten, would hide the decrease. Gradient steps on large batches
 * are that small.
 */
const ROUNDING = 1e-6;

/** Where Gauss-Newton stops, in ‖∇φ(u)‖/‖∇φ(0)‖, if the tolerance is not larger. */
const EXACT_GRADIENT = 1e-6;

const plus = (a: Tree.Tree, b: Tree.Tree, by = 1): Tree.Tree =>
  Tree.zip((x, y) => add(x, by === 1 ? y : mul(y, by)))(a, b);

const sizeOf = (tree: Tree.Tree): number => Tree.leaves(tree).reduce((n, leaf) => n + leaf.size, 0);

const isAffine = (energy: Energy, block: Block): boolean =>
  block.kind === 'parameters' && linksWith(energy, block).every((link) => linkAt(energy, link).affine);

const at = (tensors: readonly Tensor[], i: number): Tensor =>
  tensors[i] ?? fail('solver', `term ${i}`, 'an output', 'none');

const change = (terms: readonly Term[], now: readonly Tensor[], before: readonly Tensor[]): number =>
  terms.reduce((total, term, i) => total + term.change(at(now, i), at(before, i)), 0);

/** The outcome of one linearisation. */
interface Turn {
  /** ‖∇φ‖ at the point of the linearisation. */
  readonly size: number;
  readonly iterations: number;
  /** The displacement after an accepted step; missing if ∇φ vanishes or no step lowers φ. */
  readonly next?: {
    readonly shift: Tree.Tree;
    /** `affine`: the step ends at the minimum. `rounding`: too small to see φ fall. */
    readonly kind: 'affine' | 'rounding' | 'curved';
    /** The residual of the linear system. */
    readonly residual: Measured;
  };
}

/** The change of ½‖u‖² from u to u + s·d: s·⟨u + s·d/2, d⟩. */
const proximity = (shift: Tree.Tree, direction: Tree.Tree, s: number): number =>
  scope(() => s * toNumber(dot(plus(shift, direction, s / 2), direction)));

const squares = (tensors: readonly Tensor[]): number =>
  tensors.reduce((total, t) => total + toNumber(sum(square(t))), 0);

/** The decrement of a block by a proximal step; see the head of this file. */
export const solveLinearised = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: AnySolver,
  frozen = false,
): Solution<Tree.Tree> =>
  scope(() => {
    const start = blockValue(state, block);
    const terms = termsOf(energy, state, target, block, frozen);
    const quadratic = terms.every((t) => t.quadratic);
    const declared = quadratic && isAffine(energy, block);
    const { pack, unpack, scalars } = blockLayoutOf(energy, state, block, solver);
    const beta = 1 / tau;
    const budget =
      solver.kind === 'exact' ? whole('exact.budget', solver.budget ?? DEFAULT_BUDGET, 1) : Infinity;
    const most = solver.kind === 'cg' ? solver.iterations : 2 * sizeOf(start) + 10;
    const stopAt = solver.tolerance ?? (solver.kind === 'cg' ? 0 : quadratic ? EXACT_RESIDUAL : FORCING);
    const tolerance = solver.tolerance ?? DEFAULT_TOLERANCE;
    /** ‖g‖ of all terms: the scale of their rounding. */
    const scale = norm(terms.map((t) => t.scale));
    const outputsAt = (value: Tree.Tree): readonly Tensor[] => terms.map((t) => t.output(value));

    /**
     * Solves the linear system of one linearisation. For a solver of your own, iterations are its
     * products.
     */
    const solveSystem = (
      product: (row: Tensor) => Tensor,
      right: Tensor,
      by: number,
      left: number,
    ): CgResult => {
      if (solver.kind !== 'own')
        return conjugateGradients(product, right, Math.min(most, left), stopAt, scalars, true);
      return scope(() => {
        const { value, products } = answerOf(solver, { right, product, beta: by });
        const image = product(value);
        return { value, iterations: products, ...measuredBy(value, image, sub(right, image), right, true) };
      });
    };

    /**
     * Linearises at a displacement, and steps from there by at most `left` iterations, unless ∇φ is
     * at most `enough`.
     */
    const turn = (shift: Tree.Tree, enough: number, left: number): Turn =>
      scope(() => {
        const value = plus(start, shift);
        const linear = terms.map(({ output, cost }) => {
          const l = linearise(output, value);
          return { ...l, cost: cost(l.value) };
        });
        try {
          const before = linear.map((l) => l.value);
          const slope = linear.reduce<Tree.Tree>(
            (g, { vjp, cost }) => plus(g, vjp(cost.gradient)),
            Tree.map((leaf) => mul(leaf, beta))(shift),
          );
          const size = norm(slope);
          if (size <= enough) return { size, iterations: 0 };
          const curvature = (row: Tensor): Tensor =>
            linear
              .map(({ jvp, vjp, cost }) => pack(vjp(cost.curvature(jvp(unpack(row))))))
              .reduce((a, b) => add(a, b));
          const downhill = pack(Tree.map((leaf) => mul(leaf, -1))(slope));
          let damping = 0;
          let iterations = 0;
          for (let attempt = 0; attempt <= DAMPINGS && iterations < left; attempt++) {
            const by = beta + damping;
            const solved = solveSystem(
              (row) => add(curvature(row), mul(row, by)),
              downhill,
              by,
              left - iterations,
            );
            iterations += solved.iterations;
            const direction = unpack(solved.value);
            const to = (s: number, kind: 'affine' | 'rounding' | 'curved'): Turn => ({
              size,
              iterations,
              next: {
                shift: plus(shift, direction, s),
                kind,
                // An upper bound for the residual of s·d.
                residual: s === 1 ? solved.residual : 1 - s + s * Number(solved.residual),
              },
            });
            const promised = linear.map(({ jvp }) => jvp(direction));
            const moved = Math.sqrt(squares(promised));
            /** The distance of the outputs at s·d from their linearisation. */
            const wrong = (seen: readonly Tensor[], s: number): number =>
              Math.sqrt(
                squares(
                  promised.map((p, i) => sub(sub(at(seen, i), at(before, i)), s === 1 ? p : mul(p, s))),
                ),
              );
            // If CG broke down in float32, the step is shortened to its best length, so that φ does
            // not rise.
            const best = Number(solved.length);
            const safe = Number(solved.residual) > tolerance && best < GOOD_LENGTH ? Math.max(0, best) : 1;
            if (declared) return to(safe, 'affine');
            // Far enough for the outputs to change by their own size, so that rounding hides
            // nothing.
            const far = Math.max(1, scale / moved);
            const seenFar = quadratic ? outputsAt(plus(value, direction, far)) : undefined;
            if (seenFar !== undefined && wrong(seenFar, far) <= AFFINE * far * moved) return to(1, 'affine');
            const seen = far === 1 && seenFar !== undefined ? seenFar : outputsAt(plus(value, direction));
            if ((quadratic ? wrong(seen, 1) : moved) <= ROUNDING * scale) return to(1, 'rounding');
            const descent = toNumber(dot(slope, direction));
            const accepted = SHORTENED.find(
              (s) =>
                change(terms, s === 1 ? seen : outputsAt(plus(value, direction, s)), before) +
                  beta * proximity(shift, direction, s) <=
                ARMIJO * s * descent,
            );
            if (accepted !== undefined) return to(accepted, 'curved');
            // First the curvature along the rejected direction, then ten times the last damping.
            const along = squares([solved.value]);
            damping =
              damping === 0 ? Math.max(-descent / along - beta, 1e-3 * beta, 1e-12) * 4 : 10 * damping;
          }
          return { size, iterations };
        } finally {
          for (const { release, cost } of linear) {
            cost.release();
            release();
          }
        }
      });

    /** The decrement with its report, in the form of every solver of a step. */
    const end = (
      shift: Tree.Tree,
      route: 'matrixFree' | 'gaussNewton',
      iterations: number,
      residual: Measured,
    ): Solution<Tree.Tree> => ({
      value: Tree.map(neg)(shift),
      report: {
        route,
        precision: 'float32',
        iterations,
        ...(iterations >= budget && !(Number(residual) <= tolerance) ? { ended: 'budget' as const } : {}),
        ...judged(residual, tolerance),
      },
    });

    const linearisations = solver.kind === 'cg' ? 1 : MOST_LINEARISATIONS;
    let from: { readonly shift: Tree.Tree; readonly size: number; readonly rounding: boolean } = {
      shift: Tree.map(zerosLike)(start),
      size: Infinity,
      rounding: false,
    };
    let { shift } = from;
    let first: number | undefined;
    let iterations = 0;
    for (let k = 0; ; k++) {
      const last = k === linearisations || iterations >= budget;
      const enough = first === undefined ? 0 : last ? Infinity : first * Math.min(tolerance, EXACT_GRADIENT);
      const { size, next, iterations: done } = turn(shift, enough, budget - iterations);
      first ??= size;
      iterations += done;
      // The step was that small and did not help, so only rounding remains. The better of the two
      // is returned.
      const stalled = from.rounding && size > from.size / 2;
      if (stalled && size > from.size) return end(from.shift, 'gaussNewton', iterations, from.size / first);
      if (stalled || next === undefined)
        return end(shift, 'gaussNewton', iterations, size === 0 ? 0 : size / first);
      if (next.kind === 'affine') return end(next.shift, 'matrixFree', iterations, next.residual);
      from = { shift, size, rounding: next.kind === 'rounding' };
      ({ shift } = next);
    }
  });
