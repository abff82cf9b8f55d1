/** Logs of lines: CSV and JSON. */
import { fail, orThrow, short } from '../core';
import { append, appendUnsynced, readIfThere, save, type System } from '../disk';
import { type LogEntry, logEntryOf, numberIn, numbersOf } from './entry';
import { type Sink, sinkOf } from './sink';
import { csvRows, jsonLine } from './text';

/** Options of a log of lines: the events that it holds. */
export interface LineOptions {
  /** The tags of the events that are logged. Default: `epoch` alone. */
  readonly events?: readonly string[];
}

/** Options of a CSV log: the events and the numbers that it holds. */
export interface CsvOptions extends LineOptions {
  /**
   * The columns, by the names of numbers and the places of those inside of others, such as
   * `metrics.test.top5`; other numbers are left out. With `epoch` among them, a training that
   * resumes continues its file. Default: all numbers of the first event; a number that comes later
   * is then an error.
   */
  readonly columns?: readonly string[];
}

const DEFAULT_EVENTS: readonly string[] = ['epoch'];

/** A form of lines, once the first entry is known. */
interface Form {
  /** What stands above the lines. */
  readonly head: string;
  readonly lineOf: (entry: LogEntry) => string;
  /**
   * Reads the epoch of a line of this form, which stands at a place; nothing if lines do not hold
   * it.
   */
  readonly epochOf: ((line: string, place: string) => number | undefined) | undefined;
  /** Look at an event before its line is written. */
  readonly see?: (tag: string, entry: LogEntry) => void;
  /** After the last event. */
  readonly end?: () => void;
}

/**
 * The lines of an earlier log that are kept: those of the epochs before the first to come. A half
 * line of a killed process is dropped.
 */
const keptLines = (path: string, text: string, { head, epochOf }: Form, first: number): string => {
  if (first <= 0 || text === '') return head;
  if (!text.startsWith(head))
    fail('data', path, `the columns ${short(head.trimEnd())}`, short(text.split('\n')[0] ?? ''));
  if (epochOf === undefined)
    return fail(
      'options',
      'columns',
      `epoch among them, by which ${path} goes on (or a new file)`,
      short(head.trimEnd()),
    );
  const lines = text.slice(head.length).split('\n').slice(0, -1);
  const above = head.split('\n').length;
  const later = lines.findIndex((line, i) => (epochOf(line, `${path}:${i + above}`) ?? -Infinity) >= first);
  return head + (later < 0 ? lines : lines.slice(0, later)).map((line) => `${line}\n`).join('');
};

const sinkOfLines = (
  path: string,
  { events = DEFAULT_EVENTS }: LineOptions,
  formOf: (first: LogEntry) => Form,
  system?: System,
): Sink =>
  sinkOf(events, async (event) => {
    const first = logEntryOf(event);
    const form = formOf(first);
    form.see?.(event.tag, first);
    const old = await readIfThere(path, system);
    const epoch = numberIn(first, 'epoch') ?? -Infinity;
    const text = old === undefined ? undefined : new TextDecoder().decode(old);
    const start = text === undefined ? form.head : keptLines(path, text, form, epoch);
    if (start !== text) orThrow(await save(path, start, system)());
    // What a step tells need not wait for the disk: the end of its epoch brings it there.
    return {
      write: async (next) => {
        const entry = logEntryOf(next);
        form.see?.(next.tag, entry);
        orThrow(await (next.tag === 'batch' ? appendUnsynced : append)(path, form.lineOf(entry), system)());
      },
      ...(form.end === undefined ? {} : { end: form.end }),
    };
  });

const epochInJson = (line: string, place: string): number | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'epoch' in value)
      return typeof value.epoch === 'number' ? value.epoch : undefined;
    return undefined;
  } catch {
    return fail('data', place, 'a line of JSON', short(line));
  }
};

/**
 * Logs events as JSON lines: one object of the numbers of each event in their order, such as
 * `{"epoch":1,"seconds":2.5,"trainLoss":0.3,…}`. Metrics of your own stand where they stand in the
 * event. A number that is not finite is `null`. Tensors, reports and times of single steps are left
 * out.
 *
 * A training from epoch 0 begins the file anew; one that resumes from a checkpoint keeps the lines
 * of the epochs before its first event and continues. Each line is written whole. Lines of all
 * events but `batch` are on the disk before you get the event.
 *
 * Errors are events `unlogged`: `file` if the file cannot be written, `data` if it is no such log.
 *
 * @param path the file
 * @param options `events`, the tags of the events that are logged, default `epoch` alone
 * @param system the calls of the disk; for tests
 *
 * @example logged(train(net, loss, options), Log.jsonLines('runs/a/metrics.jsonl'))
 */
export const jsonLines = (path: string, options: LineOptions = {}, system?: System): Sink =>
  sinkOfLines(path, options, () => ({ head: '', lineOf: jsonLine, epochOf: epochInJson }), system);

/** The columns, each once, or a `Fault` `options`. */
const checkColumns = (columns: readonly string[]): readonly string[] => {
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) fail('options', 'columns', 'each name once', `${short(twice)} twice`);
  return columns.length > 0 ? columns : fail('options', 'columns', 'at least one number', 'none');
};

/**
 * Says whether each column is a number of some event. This is known once there was an event of each
 * tag, or no event is left. A column that is none throws an `options` `Fault`, since its cells
 * would stay empty.
 */
const knownColumns = (columns: readonly string[], tags: readonly string[]): Pick<Form, 'see' | 'end'> => {
  const [known, awaited] = [new Set<string>(), new Set(tags)];
  const check = (): void => {
    const unknown = columns.find((name) => !known.has(name));
    if (unknown !== undefined)
      fail('options', 'columns', `numbers of the events (${short([...known].join(', '))})`, short(unknown));
  };
  return {
    see: (tag, entry) => {
      if (!awaited.delete(tag)) return;
      for (const [name] of numbersOf(entry, '.')) known.add(name);
      if (awaited.size === 0) check();
    },
    end: () => {
      if (awaited.size > 0) check();
    },
  };
};

const csvForm =
  (path: string, { columns: chosen, events = DEFAULT_EVENTS }: CsvOptions) =>
  (first: LogEntry): Form => {
    const columns = checkColumns(chosen ?? numbersOf(first, '.').map(([name]) => name));
    const at = columns.indexOf('epoch');
    return {
      head: csvRows([columns]),
      lineOf: (entry) => {
        const numbers = new Map(numbersOf(entry, '.'));
        const more = [...numbers.keys()].find((name) => !columns.includes(name));
        if (chosen === undefined && more !== undefined)
          fail('data', path, 'the columns of the first event (or name them: columns)', `${short(more)} too`);
        return csvRows([columns.map((name) => numbers.get(name) ?? null)]);
      },
      // Cells are numbers, which hold no comma.
      epochOf: at < 0 ? undefined : (line) => Number(line.split(',')[at]),
      ...(chosen === undefined ? {} : knownColumns(columns, events)),
    };
  };

/**
 * Logs events as comma-separated values: a row of names, then a row of numbers for each event.
 * Metrics of your own are columns by their places, such as `metrics.test.top5`. A number that is
 * not finite, or that an event lacks, is an empty cell.
 *
 * It begins or continues a file as `jsonLines` does. To continue a file, the columns have to be the
 * same, with `epoch` among them.
 *
 * Errors are events `unlogged`: `file` if the file cannot be written, `data` if the columns do not
 * fit those of the file, `options` for a column that is there twice or is a number of no event, and
 * for columns without `epoch` that are to continue a file.
 *
 * @param path the file
 * @param options `events`, as of `jsonLines`; `columns`, default all numbers of the first event
 * @param system the calls of the disk; for tests
 *
 * @example
 * const columns = ['epoch', 'trainLoss', 'testLoss'];
 * logged(train(net, loss, options), Log.csv('runs/a/metrics.csv', { columns }))
 */
export const csv = (path: string, options: CsvOptions = {}, system?: System): Sink =>
  sinkOfLines(path, options, csvForm(path, options), system);
