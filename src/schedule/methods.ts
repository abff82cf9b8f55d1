/** The methods, each with its options. The root exports them as a whole. */
export { admm, type AdmmOptions } from './admm';
export { backprop, type BackpropOptions } from './backprop';
export { blockCoordinateDescent, type BlockCoordinateDescentOptions } from './blockCoordinateDescent';
export { foof, kfac, type FoofOptions, type KfacOptions } from './kfac';
export { mac, type MacOptions } from './mac';
export { predictiveCoding, type PredictiveCodingOptions } from './predictiveCoding';
export { proxprop, type LastStep, type ProxpropOptions } from './proxprop';
export { proxpropSafe, type ProxpropSafeOptions } from './trusting';
