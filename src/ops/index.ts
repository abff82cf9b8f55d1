export {
  attended,
  attendedAtOnce,
  attendedGradient,
  attendsAtOnce,
  attentionWeights,
  ofHeads,
  perHead,
} from './attend';
export { asRows, biasedProduct, placesProduct } from './biasedProduct';
export * from './convolution';
export { dampings } from './dampings';
export { areOwnClass, classLosses, classLossesGradient, entropyAtOnce } from './entropy';
export * as Formula from './formula';
export { withGain, withGainGradient } from './gains';
export { hasKernel, real, runOwn, runOwnForOne } from './kernel';
export {
  type AttendAttributes,
  type AttributesOf,
  type NormaliseAttributes,
  type OperandsOf,
  type OwnKernel,
  type OwnKernels,
} from './ownKernels';
export { asGroups, normalised, normalisedGradient, normalisedGroups, normalisesAtOnce } from './normalise';
export { pullbackOf } from './pullback';
export { stepped } from './stepped';
