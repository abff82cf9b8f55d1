/**
 * Steps as data: what to do to which block. Two interpreters give them meaning, a plain one (the
 * specification) and a fast one, and a law says that they agree.
 */
import { type Monoid } from 'fp-ts/Monoid';
import { type Block } from '../energy';
import { type Solver } from '../solver';

/** What `until` sees after each turn. */
export interface Progress {
  /** Turns taken so far, from 1. */
  readonly turn: number;
  /** E after this turn, and before it. */
  readonly energy: number;
  readonly before: number;
}

export type Step =
  | { readonly tag: 'explicit'; readonly block: Block; readonly stepSize: number }
  | { readonly tag: 'implicit'; readonly block: Block; readonly tau: number; readonly solver: Solver }
  | { readonly tag: 'forward' }
  | { readonly tag: 'andThen'; readonly steps: readonly Step[] }
  | { readonly tag: 'jointly'; readonly steps: readonly Step[] }
  | { readonly tag: 'repeat'; readonly times: number; readonly step: Step }
  | {
      readonly tag: 'until';
      readonly done: (progress: Progress) => boolean;
      readonly most: number;
      readonly step: Step;
    };

/** `v ← v − η·∇_v E`. */
export const explicit = (block: Block, stepSize: number): Step => ({ tag: 'explicit', block, stepSize });

/**
 * `v ← argmin_u E(u) + 1/(2τ)·‖u − v‖²` over that block alone; τ = ∞ is plain block minimisation.
 *
 * τ is the step size on E, whose penalty carries ρ: for θ_l the system is (AᵀA + I/(ρ_l·τ)). AᵀA is a sum over
 * the batch, so that doubling the batch by repetition keeps the direction's shape only with τ halved.
 */
export const implicit = (block: Block, tau: number, solver: Solver): Step => ({
  tag: 'implicit',
  block,
  tau,
  solver,
});

/** `x[l] ← f_l(θ_l, x[l−1])` for all l < L in turn: make the state feasible at its present parameters. */
export const forward: Step = { tag: 'forward' };

/**
 * One step after another (Gauss-Seidel): each sees what those before it did. Associative, with `nothing` as
 * its unit, also as data: nested sequences are flattened.
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
 */
export const jointly = (...steps: readonly Step[]): Step => ({ tag: 'jointly', steps });

/** A step, `times` times. */
export const repeat = (times: number, step: Step): Step => ({ tag: 'repeat', times, step });

/** A step again and again until `done` holds after a turn; at most `most` times. */
export const until = (done: (progress: Progress) => boolean, most: number, step: Step): Step => ({
  tag: 'until',
  done,
  most,
  step,
});

/** Steps under `andThen`. */
export const monoid: Monoid<Step> = { concat: (a, b) => andThen(a, b), empty: nothing };
