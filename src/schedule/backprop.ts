import { type Method } from './schedule';
import { explicitParameters, sweepMethod } from './sweep';

/** Options of `backprop`: τ. */
export interface BackpropOptions {
  /** τ: the step size on E, which multiplies the direction. Default 1. */
  readonly tau?: number;
}

/**
 * Backpropagation: the sweep of explicit steps with ρ = 1/τ. Its direction is exactly `τ·∇J`.
 * A τ that is not positive and finite is an error `options` at `backprop.tau` where the method is run.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, method: backprop(), optimizer: nesterov(0.05, 0.95) })
 */
export const backprop = ({ tau = 1 }: BackpropOptions = {}): Method =>
  sweepMethod('backprop', tau, explicitParameters(tau));
