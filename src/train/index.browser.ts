/** What of this folder runs in a browser: all but the files. A page keeps the bytes of a checkpoint where it likes. */
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

/** In pages a `Left` that says that it needs Node. */
export const loadCheckpoint: typeof import('./checkpointFile').loadCheckpoint = inNode('loadCheckpoint');
/** In pages a `Left` that says that it needs Node. */
export const loadWeights: typeof import('./weightsFile').loadWeights = inNode('loadWeights');
/** In pages a `Left` that says that it needs Node. */
export const saveCheckpoint: typeof import('./checkpointFile').saveCheckpoint = inNode('saveCheckpoint');
/** In pages a `Left` that says that it needs Node. */
export const saveWeights: typeof import('./weightsFile').saveWeights = inNode('saveWeights');
