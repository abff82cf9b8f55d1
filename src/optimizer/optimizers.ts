/** The optimizers of the field, each with its options. */
export { adafactor, type FactoredOptions } from './adafactor';
export { lbfgs, type LbfgsOptions } from './lbfgs';
export { muon, type MuonOptions } from './muon';
export {
  adadelta,
  adagrad,
  adam,
  adamw,
  lion,
  momentum,
  nadam,
  nesterov,
  rmsprop,
  sgd,
  type DecayOptions,
} from './recipes';
export { shampoo, type ShampooOptions } from './shampoo';
export { soap, type SoapOptions } from './soap';
