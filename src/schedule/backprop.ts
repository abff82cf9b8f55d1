import { type Method } from './schedule';
import { explicitParameters, sweepMethod } from './sweep';

/** Options of `backprop`. */
export interface BackpropOptions {
  /** τ > 0: the step size on E. It multiplies the direction. Default 1. */
  readonly tau?: number;
}

/**
 * Backpropagation as a sweep of explicit steps with ρ = 1/τ. Its direction is exactly τ·∇J, where J
 * is the mean loss over the batch. If τ is not positive and finite, every run of the method fails
 * with tag `options` at `backprop.tau`.
 *
 * @example
 * train(net, softmaxCrossEntropy, {
 *   ...options,
 *   method: backprop(),
 *   optimizer: nesterov(0.05, 0.95),
 * })
 */
export const backprop = ({ tau = 1 }: BackpropOptions = {}): Method =>
  sweepMethod('backprop', tau, explicitParameters(tau));
