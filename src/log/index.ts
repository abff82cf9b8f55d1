/** Logs of training as sinks over its stream of events: JSON lines, CSV, TensorBoard. */
export { type LoggedEvent } from './entry';
export { csv, jsonLines, type CsvOptions, type LineOptions } from './lines';
export { logged, type Sink, type UnloggedEvent } from './sink';
export { tensorBoard, type TensorBoardOptions } from './tensorBoard';
export { csvRows, jsonLine } from './text';
