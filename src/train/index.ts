export { evaluate, type Metrics } from './evaluate';
export { batchesOf, batchOf, type Examples } from './batches';
export {
  train,
  type BatchEvent,
  type DoneEvent,
  type EpochEvent,
  type FailedEvent,
  type TrainEvent,
  type TrainOptions,
} from './train';
