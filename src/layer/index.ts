export { elementwise, identity, relu, sigmoid, tanh, type Activation, type Size } from './activation';
export {
  activationsOf,
  chain,
  chainOfLayers,
  followedBy,
  type AnyChain,
  type Chain,
  type ChainOf,
  type ParametersOfAll,
  type ShapeMismatch,
} from './chain';
export { flatten, type Volume } from './flatten';
export { glorot, he, uniformFanIn, type Fans, type Initialiser } from './initialiser';
export { layer, type AnyLayer, type Layer, type ParametersOf } from './layer';
export { linear, type LinearParameters } from './linear';
