export { evaluate, type Metrics } from './evaluate';
export { batchesOf, batchOf, type Examples } from './batches';
export { descend, type DescendOptions } from './descend';
export {
  train,
  type BatchEvent,
  type DiagnosticsEvent,
  type DoneEvent,
  type EpochEvent,
  type FailedEvent,
  type TrainEvent,
  type TrainOptions,
} from './train';
