/** Experiments across machines: cells as jobs of BullMQ on Redis, which workers anywhere take. For the command line. */
export { queueAddress, type Address, type Login, loginIn } from './address';
export { clear, drain, pause, type QueueStatus, resume, statuses } from './admin';
export {
  bestOf,
  type Board,
  boardOn,
  headline,
  type Screen,
  secondsLeft,
  type Standing,
  standings,
} from './board';
export {
  decodeJob,
  decodeReturned,
  type Ground,
  identityOfJob,
  type Job,
  jobOf,
  MOST_JOB,
  posedBy,
  type Returned,
} from './job';
export { connect, type QueueLink, type Patience, PATIENCE } from './link';
export { queueText, type QueueName } from './names';
export { modulesAt, pathsHere } from './ownModules';
export { ordersOf } from './orders';
export { filesIn, parcelOf, sealed, unsealed } from './parcel';
export { byQueue, type ControllerOptions, trainingIn, type QueuedTraining } from './run';
export { senderOf } from './sender';
export { type Shelf, type Store, storeOn } from './store';
export { storeNamed } from './stores';
export { work, type WorkerOptions } from './worker';
