/**
 * Steps as data: which block moves, and how. Two interpreters run them, the plain one (the
 * specification) and the fast one; a law says that they agree.
 */
import { type Monoid } from 'fp-ts/Monoid';
import { fail, type Key } from '../core';
import { type Block, showBlock } from '../energy';
import { type AnySolver, checkSolver, type FactorOptions } from '../solver';

/** The argument of the condition of `until`, after each turn. */
export interface Progress {
  /** Turns so far, from 1. */
  readonly turn: number;
  /** E after this turn. */
  readonly energy: number;
  /** E before this turn. */
  readonly before: number;
}

/**
 * A step as data: which block moves and how, or how steps follow each other. `explicit`,
 * `implicit`, `andThen`, … make steps.
 */
export type Step =
  | {
      readonly tag: 'explicit';
      readonly block: Block;
      readonly stepSize: number;
      /** Whether predictions and Jacobians are those of the anchors, the last forward pass. */
      readonly frozen: boolean;
      /** Whether the gradient by parameters is taken in the metric of `factors`. */
      readonly metric: boolean;
    }
  | {
      readonly tag: 'implicit';
      readonly block: Block;
      readonly tau: number;
      readonly solver: AnySolver;
      /**
       * Whether links see their inputs as they were at the last forward pass. On parameters alone.
       */
      readonly frozen: boolean;
    }
  | { readonly tag: 'forward' }
  | ({
      readonly tag: 'factors';
      /**
       * By which targets are drawn for the gradients by outputs; without one the metric has one
       * side.
       */
      readonly key: Key.Key | undefined;
    } & FactorOptions)
  | { readonly tag: 'multiplier'; readonly link: number }
  | { readonly tag: 'strengthen'; readonly factor: number }
  | { readonly tag: 'andThen'; readonly steps: readonly Step[] }
  | { readonly tag: 'jointly'; readonly steps: readonly Step[] }
  | { readonly tag: 'repeat'; readonly times: number; readonly step: Step }
  | {
      readonly tag: 'until';
      /** Whether to end, asked after each turn. */
      readonly done: (progress: Progress) => boolean;
      readonly most: number;
      readonly step: Step;
    }
  | {
      readonly tag: 'trusted';
      /** The step for a metric; see `trusted`. */
      readonly of: (metric: number) => Step;
      readonly name: string;
      readonly first: number;
      readonly metric: number;
      readonly search: boolean;
      readonly turns: number;
    };

/** Options of `explicit`. */
export interface ExplicitOptions {
  /**
   * Whether every link's output and Jacobian stay those of the last forward pass, whatever has
   * moved since. Only x[l], with which outputs are compared, is the present one. Default: false.
   */
  readonly frozen?: boolean;
  /**
   * Whether the direction is (Ḡ + …)⁻¹·∇E·(Ā + …)⁻¹, in the metric that `factors` left in the
   * memory. It applies to parameters only. The step throws a `Fault` with tag `schedule` if the
   * block is an activation, or if no `factors` came before. Links without a design, and links whose
   * AᵀA is many small systems, such as gains and biases of norms, have no factors; they move along
   * ∇E. Default: false.
   */
  readonly metric?: boolean;
}

/** Options of `implicit`. */
export interface ImplicitOptions {
  /**
   * Whether the links of the parameters see their inputs as they were at the last forward pass,
   * whatever has moved since. Only x[l], with which outputs are compared, is the present one. On an
   * activation, the step throws a `Fault` with tag `schedule`. Default: false.
   */
  readonly frozen?: boolean;
}

/**
 * An explicit step: v ← v − η·∇_v E. On parameters, the gradient is that of E. On activations, it
 * is taken in the energy's norm: for means over the batch it is N times the derivative of E, so η
 * does not depend on the batch size. If η is not positive and finite, the step throws a `Fault`
 * with tag `options` when it runs.
 *
 * `block` is v, and `stepSize` is η.
 *
 * @example explicit(theta(1), 0.1)
 */
export const explicit = (
  block: Block,
  stepSize: number,
  { frozen = false, metric = false }: ExplicitOptions = {},
): Step => ({
  tag: 'explicit',
  block,
  stepSize,
  frozen,
  metric,
});

/**
 * An implicit step: v ← argmin_u E(u) + 1/(2τ)·‖u − v‖² over that block alone. τ = ∞ is plain block
 * minimisation. On activations, the proximal term is in the energy's norm. `together` makes a block
 * of several variables.
 *
 * τ is the step size on E, whose penalty has the weight ρ. For an affine link and norms that are
 * sums, the system of θ_l is AᵀA + I/(ρ_l·τ). AᵀA is a sum over the batch, so if you double the
 * batch, halve τ. For norms that are means, the system is AᵀA/N + I/(ρ_l·τ), which does not depend
 * on the batch size.
 *
 * Throws a `Fault` with tag `options` if `solver` is no solver. When the step runs, it throws one
 * with tag `options` if τ is not positive, and with tag `solver` for a singular system.
 *
 * @example implicit(theta(1), 0.05, exact())
 */
export const implicit = (
  block: Block,
  tau: number,
  solver: AnySolver,
  { frozen = false }: ImplicitOptions = {},
): Step => ({
  tag: 'implicit',
  block,
  tau,
  solver: checkSolver(`the solver of ${showBlock(block)}`, solver),
  frozen,
});

/**
 * A forward pass: `x[l] ← f_l(θ_l, x[l−1])` for all l < L in turn. It makes the state feasible at
 * its present parameters.
 *
 * @example andThen(explicit(theta(1), 0.1), forward)
 */
export const forward: Step = { tag: 'forward' };

/**
 * Stores Kronecker factors of each θ_l in the memory, at the last forward pass. Nothing moves. With
 * A the design of the link and H the gradients of the loss by its outputs, R rows from N examples
 * (the rows of all links that share θ_l, one below the other):
 *
 *     Ā ← ρ-mean of AᵀA/R,   Ḡ ← ρ-mean of N·HᵀH,   inverses of Ā + π√λ·I and Ḡ + √λ/π·I, π² = (tr Ā/F)/(tr Ḡ/U)
 *
 * H belongs to targets that `key` draws from the outputs, not to the targets of the batch, so Ā ⊗ Ḡ
 * approximates the Fisher matrix. Without a key there is no Ḡ, and the inverse is that of Ā + λ·I.
 * Inverses are made anew every `every` batches. With `every` above 1, each batch after the first
 * reads the age of the inverse on the host.
 *
 * When it runs, it throws a `Fault` with tag `options` if ρ is not in [0, 1), λ is not positive and
 * finite, or `every` is below 1; `loss` if the loss has no `sample`; and `solver` for a batch that
 * is not finite.
 *
 * @example
 * andThen(
 *   forward,
 *   factors({ average: 0.95, damping: 1e-3, every: 10 }, key),
 *   explicit(theta(1), 0.1, { metric: true }),
 * )
 */
export const factors = (options: FactorOptions, key?: Key.Key): Step => ({ tag: 'factors', key, ...options });

/**
 * Dual ascent: λ_l ← λ_l + ρ_l·strength·(x[l] − f_l(θ_l, x[l−1])). λ_l has the shape of x[l],
 * starts at zero, and accumulates. If the energy has no multiplier for the link, the step throws a
 * `Fault` with tag `schedule` when it runs.
 *
 * @example andThen(sweep(links), multiplier(links.length - 1))
 */
export const multiplier = (link: number): Step => ({ tag: 'multiplier', link });

/**
 * Multiplies all couplings: ρ_l ← factor·ρ_l for all l. If the factor is below 1 or not finite, the
 * step throws a `Fault` with tag `options` when it runs.
 *
 * @example andThen(zStep, wStep, strengthen(1.5))
 */
export const strengthen = (factor: number): Step => ({ tag: 'strengthen', factor });

/**
 * Steps in sequence (Gauss-Seidel): each sees the state that those before it left. It is
 * associative, and `nothing` is its unit, also as data: nested sequences are flattened.
 *
 * `steps` run from left to right.
 *
 * @example andThen(forward, explicit(theta(3), 0.1))
 */
export const andThen = (...steps: readonly Step[]): Step => {
  const flat = steps.flatMap((s) => (s.tag === 'andThen' ? s.steps : [s]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { tag: 'andThen', steps: flat };
};

/**
 * The step that changes nothing: the unit of `andThen`.
 *
 * @example andThen(nothing, forward).tag // 'forward'
 */
export const nothing: Step = { tag: 'andThen', steps: [] };

/**
 * Steps that all start from the same state, whose results are merged (Jacobi). It is commutative.
 * The steps must change different blocks: if two of them change the same block, it throws a `Fault`
 * with tag `schedule` when it runs.
 *
 * @example jointly(explicit(theta(1), 0.1), explicit(theta(3), 0.1))
 */
export const jointly = (...steps: readonly Step[]): Step => ({ tag: 'jointly', steps });

/**
 * A step, `times` times in sequence. If `times` is no whole number of at least 0, it throws a
 * `Fault` with tag `options` when it runs.
 *
 * @example repeat(3, explicit(theta(3), 0.1))
 */
export const repeat = (times: number, step: Step): Step => ({ tag: 'repeat', times, step });

/**
 * Repeats a step until `done` holds after a turn, at most `most` times. It computes E after every
 * turn and reads it on the host. If `most` is no whole number of at least 0, it throws a `Fault`
 * with tag `options` when it runs; if `done` throws, a `Fault` with tag `schedule` carries the
 * exception as its `cause`.
 *
 * @example until(({ energy, before }) => energy > 0.99 * before, 20, explicit(theta(3), 0.1))
 */
export const until = (done: (progress: Progress) => boolean, most: number, step: Step): Step => ({
  tag: 'until',
  done,
  most,
  step,
});

/** Options of `trusted`. */
export interface TrustOptions {
  /** The first factor s of the displacement, positive and finite. Default 1. */
  readonly first?: number;
  /** The metric with which `of` is first called, positive and finite. Default 1. */
  readonly metric?: number;
  /**
   * Whether the first batch moves factor and metric by factors of 10 to where J is lowest, one
   * after the other. Default: false.
   */
  readonly search?: boolean;
  /**
   * Steps on each batch, at least 1. From the second on, the forward pass is that of the accepted
   * trial. Default 1.
   */
  readonly turns?: number;
  /**
   * The name under which its state is kept in `State.memory`. It must not be a whole number.
   * Default `trust`.
   */
  readonly name?: string;
}

/**
 * A step under trust, which never raises J on the batch. It computes the displacement u of the
 * parameters that `of` makes from the forward state, and takes
 *
 *     θ⁺ = θ − s·u   with   J(θ) − J(θ⁺) ≥ 10⁻⁴·p(s) > 0
 *
 * p(s) is the decrease of E to first order, at the activations that the step leaves. For the sweeps
 * of backprop and ProxProp it is s·⟨∇J, u⟩. The condition is that of Armijo (1966). The ratio of
 * actual to predicted decrease sets the next s, after Levenberg (1944) and Marquardt (1963), and
 * `State.memory` keeps s from batch to batch. If no s lowers J by an amount that float32 can
 * resolve, the parameters stay. Displacements of activations are discarded: the state that it
 * leaves is feasible.
 *
 * Each trial costs a forward pass, with about 1.25 trials a step. Each implicit step on parameters
 * also costs the gradient that it does not need itself; an affine link that reads only the input is
 * free. J is read on the host.
 *
 * When it runs, it throws a `Fault` with tag `options` if the first factor or the metric is not
 * positive and finite, or if `turns` is below 1.
 *
 * @param of the step, or a function from a metric to the step; the metric is a number that shapes
 * the direction, such as τ_θ
 * @example
 * trusted((tauTheta) => proxprop({ tauTheta }).schedule(links), { metric: 0.05, search: true })
 */
export const trusted = (
  of: Step | ((metric: number) => Step),
  { first = 1, metric = 1, search = false, turns = 1, name = 'trust' }: TrustOptions = {},
): Step => ({
  tag: 'trusted',
  of: typeof of === 'function' ? of : () => of,
  name,
  first,
  metric,
  search,
  turns,
});

/**
 * Returns the step, or throws a `Fault` with tag `schedule`: a schedule from a program without
 * types may return anything.
 */
export const checkStep = (path: string, step: Step): Step => {
  const given: unknown = step;
  return typeof given === 'object' && given !== null && 'tag' in given
    ? step
    : fail(
        'schedule',
        path,
        'a step, such as explicit(theta(1), 0.1)',
        given === null ? 'null' : typeof given,
      );
};

/**
 * The monoid of steps: `concat` is `andThen`, `empty` is `nothing`.
 *
 * @example stepMonoid.concat(forward, explicit(theta(3), 0.1)).tag // 'andThen'
 */
export const monoid: Monoid<Step> = { concat: (a, b) => andThen(a, b), empty: nothing };
