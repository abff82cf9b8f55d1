/** A gain and a bias for each feature, as an op: a kernel of its own if the backend has one. */
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, runOwn, runOwnForOne } from './kernel';

/** x ∘ gain + bias for x [..., F], gain [F] and bias [F]. You dispose of the result. */
export const withGain = (x: Tensor, gain: Tensor, bias: Tensor): Tensor =>
  // Other types and shapes are what `mul` and `add` say of them.
  hasKernel('GainAndBias') &&
  [x, gain, bias].every(({ dtype }) => dtype === 'float32') &&
  [gain, bias].every(({ rank, size }) => rank === 1 && size === x.shape.at(-1))
    ? runOwnForOne('GainAndBias', { x, gain, bias }, {})
    : add(mul(x, gain), bias);

/** Its pull-back for dy [..., F]: the cotangents of x, gain and bias, which you dispose of. */
export const withGainGradient = (x: Tensor, gain: Tensor, dy: Tensor): readonly Tensor[] =>
  runOwn('GainAndBiasGradient', { x, gain, dy }, {});
