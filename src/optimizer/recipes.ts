/** The optimizers of the field, as chains of transforms. The direction of backprop with τ = 1 is the gradient. */
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer } from './optimizer';
import { type Selection } from './selection';
import {
  type AdamOptions,
  type LionOptions,
  type RmsOptions,
  scale,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByLion,
  scaleByRms,
  trace,
  weightDecay,
} from './transforms';

type Rate = number | LearningRate;

/** θ ← θ − η·d. */
export const sgd = (rate: Rate): Optimizer => named('sgd', scale(rate));

/** m ← μ·m + d, θ ← θ − η·m (Polyak's heavy ball). */
export const momentum = (rate: Rate, mu = 0.9): Optimizer => named('momentum', chain(trace(mu), scale(rate)));

/** m ← μ·m + d, θ ← θ − η·(d + μ·m). */
export const nesterov = (rate: Rate, mu = 0.95): Optimizer =>
  named('nesterov', chain(trace(mu, true), scale(rate)));

/** Adam with learning rate η; see `scaleByAdam`. */
export const adam = (rate: Rate = 1e-3, options: AdamOptions = {}): Optimizer =>
  named('adam', chain(scaleByAdam(options), scale(rate)));

/** Adam with Nesterov's momentum, of constant β₁; see `scaleByAdam`. */
export const nadam = (rate: Rate = 1e-3, options: AdamOptions = {}): Optimizer =>
  named('nadam', chain(scaleByAdam(options, true), scale(rate)));

export interface DecayOptions {
  /** λ of decoupled weight decay, which the learning rate scales. */
  readonly decay?: number;
  /** What decays. Default: all parameters. */
  readonly of?: Selection;
}

/**
 * θ ← θ − η(m̂/(√v̂ + ε) + λθ): Adam with decoupled weight decay (Loshchilov and Hutter 2019). Default λ 0.01.
 *
 * @example adamw(1e-3, { decay: 0.1, of: (path) => !path.endsWith('bias') })
 */
export const adamw = (
  rate: Rate = 1e-3,
  { decay = 0.01, of, ...options }: AdamOptions & DecayOptions = {},
): Optimizer => named('adamw', chain(scaleByAdam(options), weightDecay(decay, of), scale(rate)));

/** θ ← θ − η·d/(√v + ε); see `scaleByRms`. With momentum μ, m ← μ·m + that, and θ ← θ − η·m. Default μ 0: none. */
export const rmsprop = (rate: Rate = 1e-3, options: RmsOptions = {}, mu = 0): Optimizer =>
  named(
    'rmsprop',
    mu === 0 ? chain(scaleByRms(options), scale(rate)) : chain(scaleByRms(options), trace(mu), scale(rate)),
  );

/** θ ← θ − η·d/(√s + ε); see `scaleByAdagrad`. */
export const adagrad = (rate: Rate = 1e-2, epsilon?: number): Optimizer =>
  named('adagrad', chain(scaleByAdagrad(epsilon), scale(rate)));

/** θ ← θ − η·u; see `scaleByAdadelta`. */
export const adadelta = (rate: Rate = 1, decay?: number, epsilon?: number): Optimizer =>
  named('adadelta', chain(scaleByAdadelta(decay, epsilon), scale(rate)));

/** θ ← θ − η(sign(β₁m + (1 − β₁)d) + λθ); see `scaleByLion`. Default λ 0. */
export const lion = (
  rate: Rate = 1e-4,
  { decay = 0, of, ...options }: LionOptions & DecayOptions = {},
): Optimizer => named('lion', chain(scaleByLion(options), weightDecay(decay, of), scale(rate)));
