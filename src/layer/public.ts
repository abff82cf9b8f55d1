/**
 * The public names of this folder: layers, joins, graphs and initialisers, with their types. The
 * root exports them all.
 */
export {
  elementwise,
  elu,
  gelu,
  identity,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
  type Activation,
  type Size,
} from './activation';
export { selfAttention, type AttentionOptions, type AttentionParameters } from './attention';
export { batchNorm, type BatchNormOptions, type BatchNormParameters } from './batchNorm';
export { bilinear } from './bilinear';
export {
  chain,
  chainOfLayers,
  followedBy,
  type AnyChain,
  type Chain,
  type ChainOf,
  type ParametersOfAll,
  type ShapeMismatch,
} from './chain';
export { conv1d, conv2d, type ConvolutionOptions } from './convolution';
export { type ConvolutionParameters, type Geometry } from './convolutionDesign';
export { copies, type Copies } from './copies';
export {
  depthwiseConv2d,
  separableConv2d,
  type DepthwiseOptions,
  type SeparableParameters,
} from './depthwise';
export { dropout } from './dropout';
export { embedding, type EmbeddingParameters } from './embedding';
export { features, type FeaturesOf, type Total } from './features';
export { flatten, type Volume } from './flatten';
export { glorot, he, uniformFanIn, type Fans, type Initialiser } from './initialiser';
export {
  layer,
  type AnyJoin,
  type AnyLayer,
  type Buffers,
  type Elementwise,
  type Join,
  type Layer,
  type Node,
  type ParametersOf,
  type Part,
} from './layer';
export { bias } from './bias';
export { denseDesign, linear, type LinearParameters } from './linear';
export { linearTransposed } from './linearTransposed';
export { add, attend, concat, join, multiply, type AttendOptions, type Concatenated } from './joins';
export { opaque } from './net';
export { bind, graph, meet, share, tie } from './graph';
export { output, outputs, type NetOfOutputs } from './graphOutput';
export { groupNorm, layerNorm, type NormalisationParameters } from './normalisation';
export { parallel, type Combination, type Joined } from './parallel';
export { avgPool2d, globalAvgPool, maxPool2d, type PoolOptions } from './pooling';
export { positional } from './positional';
export { projection, type Projected, type ProjectionOptions, type ProjectionParameters } from './projection';
export { gru, lstm, rnn, type RecurrentOptions, type RecurrentParameters } from './recurrent';
export { reshape } from './reshape';
export { residual, type Endomorphic } from './residual';
export { conv2dTranspose, type TransposedOptions } from './transposedConvolution';
export { type Padding, type Slid, type Window } from './window';
export {
  type Ends,
  type FirstWires,
  type Graph,
  type GraphParameters,
  type InputOf,
  type Inputs,
  type NoSuchLayer,
  type NoSuchWire,
  type Wires,
} from './wires';
