/** Logs that TensorBoard shows. */
import { explaining, fail, orThrow } from '../core';
import { append, appendUnsynced, save, type System } from '../disk';
import { type LogEntry, logEntryOf, numberIn, numbersOf, type LoggedEvent } from './entry';
import { scalarsRecord, startRecord, versionRecord } from './record';
import { type Sink, sinkOf } from './sink';

/** The clock and the events of a TensorBoard log. */
export interface TensorBoardOptions {
  /**
   * The seconds since 1970, such as `() => Date.now() / 1000`. The log asks it at the start and for
   * each entry; equal events and times give equal bytes.
   */
  readonly clock: () => number;
  /** The tags of the events that are logged. Default: `epoch`, `evaluation`, `batch`. */
  readonly events?: readonly string[];
}

/** Where an event stands, which TensorBoard shows as its step and not as scalars. */
const PLACE: ReadonlySet<string> = new Set(['epoch', 'batch', 'step']);

/** How many updates had been made, where it can be told: else the number of the epoch. */
const stepOf = (entry: LogEntry, batches: number | undefined): number => {
  const own = numberIn(entry, 'step');
  const [epoch = 0, batch] = [numberIn(entry, 'epoch'), numberIn(entry, 'batch')];
  if (own === undefined && batches === undefined && batch !== undefined && epoch > 1)
    fail('options', 'events', '`batch` among them, which tell how many batches an epoch has', 'none');
  const past = (batch === undefined ? epoch : epoch - 1) * (batches ?? 1);
  const step = own ?? Math.max(0, past) + (batch ?? 0);
  return Number.isSafeInteger(step) && step >= 0
    ? step
    : fail('data', 'log', 'a step that is a whole number of at least 0', `${step}`);
};

/** A file for each start, in the order of their names. */
const nameAt = (seconds: number): string => {
  const [whole = '0', fraction = ''] = seconds.toFixed(6).split('.');
  return `events.out.tfevents.${whole.padStart(10, '0')}.${fraction}.proxprop`;
};

/**
 * Logs events for TensorBoard (`tensorboard --logdir` with the folder above): each number is a
 * scalar named by its event and its place, such as `epoch/trainLoss`, `batch/loss`,
 * `epoch/metrics/test/top5`. Values are rounded to float32; NaN and infinities are shown as such,
 * `null` is left out.
 *
 * The step of a scalar is the number of updates made before: e·B for epoch e of B batches, and
 * (e − 1)·B + b after batch b. If `batch` events are not logged, it is the number of the epoch. For
 * events of your own it is their number `step`, if they have one.
 *
 * Each training begins a file of its own, named by its first time. One that resumes from a
 * checkpoint tells TensorBoard to forget what an earlier one said of the steps from there on.
 * Records of all events but `batch` are on the disk before you get the event.
 *
 * Errors are events `unlogged`: `file` if the file cannot be written, `options` for a clock that
 * gives no time.
 *
 * @param folder the folder of the run
 * @param options `clock`, seconds since 1970; `events`, the tags of the events that are logged,
 *   default `epoch`, `evaluation` and `batch`
 * @param system the calls of the disk; for tests
 *
 * @example logged(train(net, loss, options), Log.tensorBoard('runs/a', { clock: () => Date.now() / 1000 }))
 */
export const tensorBoard = (
  folder: string,
  { clock, events = ['epoch', 'evaluation', 'batch'] }: TensorBoardOptions,
  system?: System,
): Sink =>
  sinkOf(events, async (first) => {
    const now = (): number => {
      const seconds = explaining('clock', clock, 'options');
      return Number.isFinite(seconds) && seconds >= 0
        ? seconds
        : fail('options', 'clock', 'seconds since 1970', String(seconds));
    };
    let batches: number | undefined;
    const see = (event: LoggedEvent): { readonly entry: LogEntry; readonly step: number } => {
      const entry = logEntryOf(event);
      batches = 'batches' in event && typeof event.batches === 'number' ? event.batches : batches;
      return { entry, step: stepOf(entry, batches) };
    };
    const start = now();
    const path = `${folder}/${nameAt(start)}`;
    const { step } = see(first);
    const head = step <= 1 ? [] : [startRecord({ wallTime: start, step })];
    orThrow(await save(path, Buffer.concat([versionRecord(start), ...head]), system)());
    return {
      write: async (event) => {
        const { entry, step: at } = see(event);
        const scalars = numbersOf(entry, '/').flatMap(([name, value]) =>
          value === null || PLACE.has(name) ? [] : [[`${event.tag}/${name}`, value] as const],
        );
        const record = scalarsRecord({ wallTime: now(), step: at }, scalars);
        orThrow(await (event.tag === 'batch' ? appendUnsynced : append)(path, record, system)());
      },
    };
  });
