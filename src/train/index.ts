export { evaluate, type Metrics } from './evaluate';
export { batchesOf, batchOf, type Examples } from './batches';
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
export { train, type TrainOptions } from './train';
