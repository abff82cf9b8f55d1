/** What is kept of a training: a line of JSON an epoch, and how it ended. */
import { join } from 'node:path';
import * as t from 'io-ts';
import { attemptTask, fail, orThrow } from '../core';
import * as Log from '../log';
import * as Report from '../report';
import { anyNumber, closed, decodeAt, type Decoded, measured, oneOf, wholeFrom } from '../registry';
import { parsed, textIfThere } from './files';

const MetricsLine = closed(
  'the metrics of an epoch',
  {
    epoch: wholeFrom(0),
    /**
     * The seconds of training alone, summed from the start: the only field that differs between
     * runs.
     */
    seconds: anyNumber,
    /** The loss on the training set; `null` if it is not finite. */
    trainLoss: measured,
    testLoss: measured,
    testAccuracy: measured,
  },
  {},
);
/** A line of `metrics.jsonl`: the metrics of one epoch. */
export type MetricsLine = Decoded<typeof MetricsLine>;

const Ending = closed(
  'an ending',
  {
    outcome: oneOf('done', 'diverged'),
    /** Where and why it diverged; empty else. */
    reason: t.string,
  },
  {},
);
/** The content of `ending.json`: how a training ended. */
export type Ending = Decoded<typeof Ending>;

const METRICS = 'metrics.jsonl';
const ENDING = 'ending.json';

/** A line for each epoch: those before the first that is told stay, later ones go. */
export const metricsLog = (folder: string): Log.Sink => Log.jsonLines(join(folder, METRICS));

/**
 * Reads the metrics of a training, a line for each epoch. A last line that a killed process left
 * half does not count. It throws a `Fault` (`file`, `data` or `options`) for a file that cannot be
 * read or decoded.
 *
 * @param folder the folder of the cell
 *
 * @example await readLines('runs/quick/cells/none') // []
 */
export const readLines = async (folder: string): Promise<readonly MetricsLine[]> => {
  const path = join(folder, METRICS);
  const text = (await textIfThere(path)) ?? '';
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => orThrow(decodeAt(`${path}:${i + 1}`, MetricsLine, parsed(`${path}:${i + 1}`, line))));
};

/**
 * The lines up to an epoch, from 0 on, one for each. It throws a `data` `Fault` if some are
 * missing, or appear twice.
 */
export const linesUpTo = (
  folder: string,
  lines: readonly MetricsLine[],
  last: number,
): readonly MetricsLine[] => {
  const before = lines.filter(({ epoch }) => epoch <= last);
  const wrong = before.findIndex(({ epoch }, i) => epoch !== i);
  if (wrong >= 0 || before.length !== last + 1)
    fail(
      'data',
      join(folder, METRICS),
      `a line for each epoch from 0 to ${last}, where its checkpoint stands`,
      wrong >= 0 ? `epoch ${before[wrong]?.epoch ?? ''} in line ${wrong + 1}` : `${before.length} lines`,
    );
  return before;
};

/**
 * Reads how a training ended; nothing if it has not. It throws a `Fault` for a file that cannot be
 * read or decoded.
 *
 * @param folder the folder of the cell
 *
 * @example await readEnding('runs/quick/cells/none')
 */
export const readEnding = async (folder: string): Promise<Ending | undefined> => {
  const path = join(folder, ENDING);
  const text = await textIfThere(path);
  return text === undefined ? undefined : orThrow(decodeAt(path, Ending, parsed(path, text)));
};

/**
 * Writes `ending.json` into the folder of a cell. It throws a `Fault` (`file`) if it cannot be
 * written.
 *
 * @param folder the folder of the cell
 * @param ending how the training ended
 *
 * @example await writeEnding('runs/quick/cells/two', { outcome: 'done', reason: '' })
 */
export const writeEnding = async (folder: string, ending: Ending): Promise<void> => {
  orThrow(await Report.writeFiles(folder, { [ENDING]: `${JSON.stringify(ending, null, 2)}\n` })());
};

/** A finished training, as it lies in its folder. */
export interface CellOutcome {
  readonly lines: readonly MetricsLine[];
  readonly ending: Ending;
}

/** Left: `file` or `data` where it cannot be read. Nothing for one that has not ended. */
export const readOutcome = (folder: string) =>
  attemptTask(async (): Promise<CellOutcome | undefined> => {
    const ending = await readEnding(folder);
    return ending === undefined ? undefined : { ending, lines: await readLines(folder) };
  });
