/** What of this folder runs in a browser: all but the files. A page keeps the bytes of a checkpoint where it likes. */
export { evaluate, type Metrics } from './evaluate';
export {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type CheckpointLike,
  type LoadedCheckpoint,
} from './checkpoint';
export { descend, type DescendOptions } from './descend';
export {
  type BatchEvent,
  type CheckpointEvent,
  type DiagnosticsEvent,
  type DoneEvent,
  type EpochEvent,
  type FailedEvent,
  type Splits,
  type TrainEvent,
} from './events';
export { type Resume } from './resume';
export { decodeSafetensors, encodeSafetensors, type Safetensors, type Stored } from './safetensors';
export { train, type TrainOptions } from './loop';
