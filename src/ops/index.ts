export * from './convolution';
export { dampings } from './dampings';
export * as Formula from './formula';
export { hasKernel, real, runForOne, runKernel } from './kernel';
export {
  NORMALISE,
  NORMALISE_GRADIENT,
  normalised,
  normalisedGradient,
  normalisedGroups,
  normalisesAtOnce,
} from './normalise';
export { STEPPED, stepped } from './stepped';
