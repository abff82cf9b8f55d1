/**
 * Types that stand in the declarations of the public interface, and that few programs write down themselves: options by their method,
 * what networks and solvers are made of. They are here, as `proxprop/types`, so that declarations of your own can name them.
 */
export type { Formula, Operation, Program } from './ops/formula';
export type { BinaryOperation, UnaryOperation } from './ops/program';
export type { Key } from './core/key';
export type { PathStep } from './core/path';
export type { NoParameters, Place, PlacedLeaf, Tree } from './core/tree';
export type { Release } from './disk/hold';
export type { Opened, Stats, System } from './disk/system';
export type { LinkBuffers } from './energy/linkBuffers';
export type { ShapeOf } from './layer/activation';
export type { Minus, Plus, QuotientUp, Times as Multiplied } from './layer/arithmetic';
export type { Fitting, Flat } from './layer/chain';
export type { Repeated as Stretched } from './layer/joins';
export type { NodeBuffers } from './layer/layer';
export type { Matching } from './layer/parallel';
export type { HeightOf, SlidShape, WidthOf } from './layer/window';
export type { NoLayers, Wire, Wired } from './layer/wires';
export type { LoggedEvent } from './log/entry';
export type { CsvOptions, LineOptions } from './log/lines';
export type { Sink } from './log/sink';
export type { TensorBoardOptions } from './log/tensorBoard';
export type { LearningRate, RatePiece } from './optimizer/learningRate';
export type { Group } from './optimizer/masked';
export type {
  NumberTransform,
  Optimizer,
  OptimizerState,
  Rule,
  Slot,
  Transform,
  TreeTransform,
} from './optimizer/optimizer';
export type * from './optimizer/optimizers';
export type { Predicate, Selection } from './optimizer/selection';
export type { TensorTransform } from './optimizer/tensors';
export type { AdamOptions, LionOptions, RmsOptions } from './optimizer/transforms';
export type { Stepped, Update } from './optimizer/update';
export type { Codec, Fields } from './registry/codec';
export type {
  DataConfig,
  DatasetEntry,
  Entry,
  HostTensor,
  LayerConfig,
  LayerEntry,
  LayerSample,
  MethodEntry,
  MethodSample,
  OptimizerEntry,
  OptimizerReference,
  OptimizerSample,
  OptimizerTreeReference,
  LayerPlace as RegistryPlace,
  TypedConfig,
} from './registry/entry';
export type { Registry } from './registry/registry';
export type * from './schedule/methods';
export type { ParameterStep } from './schedule/sweep';
export type { AveragedSolution, GramMean } from './solver/averaged';
export type { WeightedDesign } from './solver/averagedPlain';
export type { CgResult, Iterate } from './solver/cg';
export type { SystemSize as SolveSize } from './solver/cost';
export type { CallRate, Rate, Rates, SolveRate } from './solver/rate';
export type { ShiftedInverse } from './solver/inverse';
export type { InverseByProducts } from './solver/inverseByProducts';
export type { Measurement } from './solver/measure';
export type { AnySolver, LinearSystem, OwnSolver } from './solver/own';
export type {
  Blocks,
  Design,
  ExactOptions,
  GramWay,
  InputsOfDesign,
  Operator,
  PackedParts,
  Route,
  Scalars,
  Shared,
  Solver,
  SolverOptions,
  Source,
  SplitColumns,
  WideProducts,
} from './solver/operator';
export type { BatchFactors, Factor, FactorInverse, FactorOptions, Factors } from './solver/kronecker';
export type { PlainBatch } from './solver/kroneckerPlain';
export type { Keeper } from './solver/shared';
export type { Measured, ReadReport, Solution, SolveReport } from './solver/solveReport';
export type { Weighted } from './solver/stacked';
export type { Trust } from './energy/state';
export type { DirectionRequest, RepeatedStep } from './step/repeated';
export type { ImplicitOptions, TrustOptions } from './step/step';
export type { Dtype } from './train/safetensors';
