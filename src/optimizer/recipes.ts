/**
 * The optimizers of the field, as chains of transforms. d is the direction of a method, with the
 * shapes of the parameters θ; that of backprop with τ = 1 is the gradient. All operations act on
 * each number alone. m, v, s and w begin at 0, and t = 1, 2, … counts the updates. A rate η is a
 * number, or a function of the updates made before (`cosine`, `warmup`, …). Invalid hyperparameters
 * throw an `options` `Fault` when the state is made, so `train` ends with it as a value.
 */
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, unchanged } from './optimizer';
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

/** Options of decoupled weight decay: how much, and of which parameters. */
export interface DecayOptions {
  /** λ of decoupled weight decay, which the learning rate scales. Default: see the optimizer. */
  readonly decay?: number;
  /** The parameters that decay. Default: all. */
  readonly of?: Selection;
}

/** Decoupled decay before the rate: λ·θ joins the direction; without a λ nothing. */
const decayed = ({ decay = 0, of }: DecayOptions): Optimizer =>
  decay === 0 ? unchanged : weightDecay(decay, of);

/**
 * Gradient descent, stochastic if the direction d is that of a batch:
 *
 *     θ ← θ − η·(d + λ·θ)
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, or λ is
 * negative or not finite.
 *
 * @param rate η, a number or a function of the updates made before
 * @param options `decay` λ, default 0; `of`, the parameters that decay, default all
 *
 * @example train(net, loss, { ...options, optimizer: sgd(0.1) })
 */
export const sgd = (rate: Rate, options: DecayOptions = {}): Optimizer =>
  named('sgd', chain(decayed(options), scale(rate)));

/**
 * Momentum, the heavy ball (Polyak 1964):
 *
 *     m ← μ·m + d
 *     θ ← θ − η·(m + λ·θ)
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, μ lies
 * outside of [0, 1), or λ is negative or not finite.
 *
 * @param rate η, a number or a function of the updates made before
 * @param mu μ. Default 0.9
 * @param options `decay` λ, default 0; `of`, the parameters that decay, default all
 *
 * @example momentum(0.1, 0.9)
 */
export const momentum = (rate: Rate, mu = 0.9, options: DecayOptions = {}): Optimizer =>
  named('momentum', chain(trace(mu), decayed(options), scale(rate)));

/**
 * Nesterov's momentum, in the form of Sutskever, Martens, Dahl and Hinton (2013) that PyTorch has:
 *
 *     m ← μ·m + d
 *     θ ← θ − η·(d + μ·m + λ·θ)
 *
 * Making the state fails as for `momentum`.
 *
 * @param rate η, a number or a function of the updates made before
 * @param mu μ. Default 0.95
 * @param options `decay` λ, default 0; `of`, the parameters that decay, default all
 *
 * @example nesterov(0.1, 0.95)
 */
export const nesterov = (rate: Rate, mu = 0.95, options: DecayOptions = {}): Optimizer =>
  named('nesterov', chain(trace(mu, true), decayed(options), scale(rate)));

/**
 * Adam (Kingma and Ba 2015):
 *
 *     m ← β₁m + (1 − β₁)d,   v ← β₂v + (1 − β₂)d²
 *     θ ← θ − η·m̂/(√v̂ + ε),   m̂ = m/(1 − β₁ᵗ),   v̂ = v/(1 − β₂ᵗ)
 *
 * In float32, the square of a direction beyond 1e19 overflows, and the update is NaN.
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, β₁ or
 * β₂ lies outside of [0, 1), or ε is below 1e-16 in float32.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-3
 * @param options β₁, β₂ and ε. Default 0.9, 0.999 and 1e-8
 *
 * @example adam(1e-3, { beta2: 0.99 })
 */
export const adam = (rate: Rate = 1e-3, options: AdamOptions = {}): Optimizer =>
  named('adam', chain(scaleByAdam(options), scale(rate)));

/**
 * Adam with Nesterov's momentum, for a constant β₁ (Dozat 2016): as `adam`, with
 *
 *     m̂ = β₁m/(1 − β₁ᵗ⁺¹) + (1 − β₁)d/(1 − β₁ᵗ)
 *
 * Making the state fails as for `adam`.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-3
 * @param options β₁, β₂ and ε. Default 0.9, 0.999 and 1e-8
 *
 * @example Optimizer.nadam(1e-3)
 */
export const nadam = (rate: Rate = 1e-3, options: AdamOptions = {}): Optimizer =>
  named('nadam', chain(scaleByAdam(options, true), scale(rate)));

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), m̂ and v̂ as in `adam`:
 *
 *     θ ← θ − η·(m̂/(√v̂ + ε) + λ·θ)
 *
 * Making the state fails as for `adam`, and also if λ is negative or not finite, or if `of` names a
 * path without parameters.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-3
 * @param options β₁, β₂ and ε as for `adam`; `decay` λ, default 0.01; `of`, the parameters that
 *   decay, default all
 *
 * @example Optimizer.adamw(1e-3, { decay: 0.1, of: (path) => !path.endsWith('bias') })
 */
export const adamw = (
  rate: Rate = 1e-3,
  { decay = 0.01, of, ...options }: AdamOptions & DecayOptions = {},
): Optimizer => named('adamw', chain(scaleByAdam(options), weightDecay(decay, of), scale(rate)));

/**
 * RMSProp (Tieleman and Hinton 2012), with the momentum of PyTorch:
 *
 *     v ← βv + (1 − β)d²
 *     m ← μ·m + d/(√v + ε)
 *     θ ← θ − η·m
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, β or μ
 * lies outside of [0, 1), or ε is below 1e-16 in float32.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-3
 * @param options β (`decay`) and ε. Default 0.9 and 1e-8
 * @param mu μ. Default 0: no momentum, and no m in the state
 *
 * @example Optimizer.rmsprop(1e-3, { decay: 0.99 }, 0.9)
 */
export const rmsprop = (rate: Rate = 1e-3, options: RmsOptions = {}, mu = 0): Optimizer =>
  named(
    'rmsprop',
    mu === 0 ? chain(scaleByRms(options), scale(rate)) : chain(scaleByRms(options), trace(mu), scale(rate)),
  );

/**
 * AdaGrad in its diagonal form (Duchi, Hazan and Singer 2011):
 *
 *     s ← s + d²
 *     θ ← θ − η·d/(√s + ε)
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, or ε is
 * below 1e-16 in float32.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-2
 * @param epsilon ε. Default 1e-10
 *
 * @example Optimizer.adagrad(0.1)
 */
export const adagrad = (rate: Rate = 1e-2, epsilon?: number): Optimizer =>
  named('adagrad', chain(scaleByAdagrad(epsilon), scale(rate)));

/**
 * AdaDelta (Zeiler 2012), whose steps have the units of the parameters:
 *
 *     v ← ρv + (1 − ρ)d²
 *     u = d·√(w + ε)/√(v + ε)
 *     w ← ρw + (1 − ρ)u²
 *     θ ← θ − η·u
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, ρ lies
 * outside of [0, 1), or ε is below 1e-16 in float32.
 *
 * @param rate η, a number or a function of the updates made before. Default 1
 * @param decay ρ. Default 0.9
 * @param epsilon ε. Default 1e-6
 *
 * @example Optimizer.adadelta(1, 0.95)
 */
export const adadelta = (rate: Rate = 1, decay?: number, epsilon?: number): Optimizer =>
  named('adadelta', chain(scaleByAdadelta(decay, epsilon), scale(rate)));

/**
 * Lion (Chen et al. 2023), with decoupled weight decay:
 *
 *     θ ← θ − η·(sign(β₁m + (1 − β₁)d) + λ·θ)
 *     m ← β₂m + (1 − β₂)d
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, β₁ or
 * β₂ lies outside of [0, 1), λ is negative or not finite, or `of` names a path without parameters.
 *
 * @param rate η, a number or a function of the updates made before. Default 1e-4
 * @param options β₁ and β₂, default 0.9 and 0.99; `decay` λ, default 0; `of`, the parameters that
 *   decay, default all
 *
 * @example Optimizer.lion(1e-4, { decay: 0.1 })
 */
export const lion = (
  rate: Rate = 1e-4,
  { decay = 0, of, ...options }: LionOptions & DecayOptions = {},
): Optimizer => named('lion', chain(scaleByLion(options), weightDecay(decay, of), scale(rate)));
