/**
 * Steps as data: what to do to which block. Two interpreters give them meaning, a plain one (the
 * specification) and a fast one, and a law says that they agree.
 */
import { type Monoid } from 'fp-ts/Monoid';
import { fail, type Key } from '../core';
import { type Block, showBlock } from '../energy';
import { type AnySolver, checkSolver, type FactorOptions } from '../solver';

/** What `until` sees after each turn. */
export interface Progress {
  /** Turns taken so far, from 1. */
  readonly turn: number;
  /** E after this turn, and before it. */
  readonly energy: number;
  readonly before: number;
}

/** A step as data: what to do to which block, or how steps follow each other. `explicit`, `implicit`, … make them. */
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
      /** Whether links see their inputs as they were at the last forward pass. On parameters alone. */
      readonly frozen: boolean;
    }
  | { readonly tag: 'forward' }
  | ({
      readonly tag: 'factors';
      /** By which targets are drawn for the gradients by outputs; without one the metric has one side. */
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
   * Every link's output and Jacobian as they were at the last forward pass, whatever has moved since; only what they
   * are compared with, x[l], is the present one. Default: false.
   */
  readonly frozen?: boolean;
  /**
   * Whether the direction is (Ḡ + …)⁻¹·∇E·(Ā + …)⁻¹, in the metric that `factors` left in the memory. On parameters alone: a `Fault`
   * `schedule` on activations, and where no `factors` came before. Links without a design, and those whose AᵀA is many small systems,
   * such as gains and biases of norms, have no factors, and go by ∇E. Default: false.
   */
  readonly metric?: boolean;
}

/** Options of `implicit`. */
export interface ImplicitOptions {
  /**
   * Whether the links of the parameters see their inputs as they were at the last forward pass, whatever has moved since; what
   * they are compared with, x[l], is the present one. A `Fault` `schedule` on activations, when run. Default: false.
   */
  readonly frozen?: boolean;
}

/**
 * `v ← v − η·∇_v E`, the gradient by an activation being that in the energy's norm.
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
 * `v ← argmin_u E(u) + 1/(2τ)·‖u − v‖²` over that block alone; τ = ∞ is plain block minimisation. On activations the
 * proximal term is in the energy's norm. Blocks of several variables are made by `together`.
 *
 * τ is the step size on E, whose penalty carries ρ: for θ_l the system is (AᵀA + I/(ρ_l·τ)). AᵀA is a sum over
 * the batch, so that doubling the batch by repetition keeps the direction's shape only with τ halved. In the norm
 * `mean` it is (AᵀA/N + I/(ρ_l·τ)), which does not depend on the size of the batch.
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

/** `x[l] ← f_l(θ_l, x[l−1])` for all l < L in turn: make the state feasible at its present parameters. */
export const forward: Step = { tag: 'forward' };

/**
 * Kronecker factors of each θ_l into the memory, at the last forward pass; nothing moves. With A the design of the link and H the
 * gradients by its outputs, R rows of N examples, those of all links that share θ_l one below the other:
 *
 *     Ā ← ρ-mean of AᵀA/R,   Ḡ ← ρ-mean of N·HᵀH,   inverses of Ā + π√λ·I and Ḡ + √λ/π·I, π² = (tr Ā/F)/(tr Ḡ/U)
 *
 * H is that of the loss at targets drawn from the outputs by `key`, so that Ā ⊗ Ḡ is near the Fisher matrix, and not of the targets of the
 * batch. Without a key there is no Ḡ, and the inverse is that of Ā + λ·I. Inverses are made anew after `every` batches; from the second on
 * with `every` above 1 it reads their age on the host.
 *
 * A `Fault`: `options` for ρ outside [0, 1), a λ that is not positive and finite, `every` below 1; `loss` for a loss without `sample`;
 * `solver` for a batch that is not finite.
 *
 * @example andThen(forward, factors({ average: 0.95, damping: 1e-3, every: 10 }, key), explicit(theta(1), 0.1, { metric: true }))
 */
export const factors = (options: FactorOptions, key?: Key.Key): Step => ({ tag: 'factors', key, ...options });

/**
 * `λ_l ← λ_l + ρ_l·strength·(x[l] − f_l(θ_l, x[l−1]))`: dual ascent, λ_l of the shape of x[l]. It starts at zero, and
 * accumulates. A `Fault` `schedule` when run on a link for which the energy has no multiplier.
 *
 * @example andThen(sweep(links), multiplier(links.length - 1))
 */
export const multiplier = (link: number): Step => ({ tag: 'multiplier', link });

/**
 * `ρ_l ← factor·ρ_l` for all l, with a finite factor of at least 1: a `Fault` `options` otherwise, when run.
 *
 * @example andThen(zStep, wStep, strengthen(1.5))
 */
export const strengthen = (factor: number): Step => ({ tag: 'strengthen', factor });

/**
 * One step after another (Gauss-Seidel): each sees what those before it did. Associative, with `nothing` as
 * its unit, also as data: nested sequences are flattened.
 *
 * @example andThen(forward, explicit(theta(3), 0.1))
 */
export const andThen = (...steps: readonly Step[]): Step => {
  const flat = steps.flatMap((s) => (s.tag === 'andThen' ? s.steps : [s]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { tag: 'andThen', steps: flat };
};

/** No step at all. */
export const nothing: Step = { tag: 'andThen', steps: [] };

/**
 * All steps at the same state, then merged (Jacobi). They must change different blocks: two that change the
 * same one are an error `schedule` when run. Commutative.
 *
 * @example jointly(explicit(theta(1), 0.1), explicit(theta(3), 0.1))
 */
export const jointly = (...steps: readonly Step[]): Step => ({ tag: 'jointly', steps });

/**
 * A step, `times` times.
 *
 * @example repeat(3, explicit(theta(3), 0.1))
 */
export const repeat = (times: number, step: Step): Step => ({ tag: 'repeat', times, step });

/**
 * A step again and again until `done` holds after a turn; at most `most` times.
 *
 * @example until(({ energy, before }) => energy > 0.99 * before, 20, explicit(theta(3), 0.1))
 */
export const until = (done: (progress: Progress) => boolean, most: number, step: Step): Step => ({
  tag: 'until',
  done,
  most,
  step,
});

/** Options of `trusted`: where its factor and metric start, and whether they are searched for. */
export interface TrustOptions {
  /** The factor s of the displacement that is tried first. Default 1. */
  readonly first?: number;
  /** The metric that `of` is first asked with. Default 1. */
  readonly metric?: number;
  /**
   * Whether, on the first batch, factor and metric are moved by decades to where J is lowest, one after the other. Default: no.
   */
  readonly search?: boolean;
  /** Steps on each batch. From the second on the forward pass is that of the accepted trial. Default 1. */
  readonly turns?: number;
  /** Under which name its state is kept in `State.memory`: no whole number. Default `trust`. */
  readonly name?: string;
}

/**
 * A step under trust: from the forward state at the present parameters the displacement u of the parameters that `of` makes, taken as
 *
 *     θ⁺ = θ − s·u   with   J(θ) − J(θ⁺) ≥ 10⁻⁴·p(s) > 0
 *
 * J on the batch never rises. p(s) is the decrease of E to first order, at the activations as the step leaves them: for sweeps of
 * backprop and ProxProp s·⟨∇J, u⟩. The ratio of actual to predicted decrease sets the next s; s lives on in `State.memory`, so from
 * batch to batch. Where no s lowers J by what float32 can show, the parameters stay. Steps on activations alone start anew: the state
 * that it leaves is feasible.
 *
 * It costs a forward pass for each trial, about 1.25 trials a step, and for each implicit step on parameters the gradient that it does
 * without (none for an affine link on the input alone). It reads J on the host.
 *
 * A `Fault`: `options` for a factor or a metric that is not positive and finite, or no turns, when run.
 *
 * @param of the step, or the step for a metric: a number that shapes the direction, such as τ_θ
 * @example trusted((tauTheta) => proxprop({ tauTheta }).schedule(links), { metric: 0.05, search: true })
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

/** A step, or a `Fault` `schedule`: a schedule of a program without types gives anything. */
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

/** Steps under `andThen`. */
export const monoid: Monoid<Step> = { concat: (a, b) => andThen(a, b), empty: nothing };
