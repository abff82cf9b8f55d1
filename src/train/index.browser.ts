/**
 * The part of this folder that runs in a browser: everything but the files. A page stores the bytes
 * of a checkpoint itself.
 */
import { inNode } from '../core';

export { evaluate, type EvaluateOptions, type Evaluation, type Metrics, type MetricValues } from './evaluate';
export {
  accuracy,
  confusion,
  metric,
  perplexity,
  rSquared,
  topK,
  type EachExample,
  type Metric,
  type MetricValue,
} from './metric';
export { predict, type PredictInputs } from './predict';
export { initialState, takeStep, type TakenStep, type TrainState } from './takeStep';
export {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type CheckpointLike,
  type LoadedCheckpoint,
} from './checkpoint';
export { descend, type DescendOptions, type DescentOptions } from './descend';
export { diverged } from './diverged';
export {
  type BatchEvent,
  type CheckpointEvent,
  type DiagnosticsEvent,
  type DoneEvent,
  type EpochEvent,
  type EvaluationEvent,
  type FailedEvent,
  type Measures,
  type SplitMetrics,
  type Splits,
  type TrainEvent,
  type Watched,
} from './events';
export { keepBest, stopEarly, trained, type Criterion } from './keep';
export { type Resume } from './resume';
export { decodeSafetensors, encodeSafetensors, type Safetensors, type Stored } from './safetensors';
export { train } from './loop';
export { type Evaluating, type LoopOptions, type TrainOptions } from './trainOptions';
export { type Take } from './take';
export {
  decodeWeights,
  encodeWeights,
  type LoadedWeights,
  type LoadWeights,
  type Rename,
  type TakenWeights,
} from './weights';

/** Needs Node: in pages it returns a `Left` that says so. */
export const loadCheckpoint: typeof import('./checkpointFile').loadCheckpoint = inNode('loadCheckpoint');
/** Needs Node: in pages it returns a `Left` that says so. */
export const loadWeights: typeof import('./weightsFile').loadWeights = inNode('loadWeights');
/** Needs Node: in pages it returns a `Left` that says so. */
export const saveCheckpoint: typeof import('./checkpointFile').saveCheckpoint = inNode('saveCheckpoint');
/** Needs Node: in pages it returns a `Left` that says so. */
export const saveWeights: typeof import('./weightsFile').saveWeights = inNode('saveWeights');
