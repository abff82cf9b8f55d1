/** Progress of a long run: a bar on a terminal, plain lines elsewhere. */
import { createRequire } from 'node:module';
import { type SingleBar } from 'cli-progress';
import { cellLine } from './markdown';

/** Shows how far a run is: a bar on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Begin a run of `total` steps. */
  readonly start: (label: string, total: number) => void;
  /** `done` steps are done; a note such as the live loss. */
  readonly tick: (done: number, note: string) => void;
  /** End the run, leaving one line. */
  readonly stop: (line: string) => void;
}

/** The stream on which progress is shown: `process.stderr`, or a stand-in. */
export interface ProgressStream {
  /** Whether it is a terminal. Default false. */
  readonly isTTY?: boolean;
  /** Writes text to the stream. */
  readonly write: (text: string) => unknown;
}

type Terminal = NodeJS.WritableStream & ProgressStream;

/** Node's terminals are all streams of its own. */
const isTerminal = (stream: ProgressStream): stream is Terminal => stream.isTTY === true;

/** Not before a bar is drawn: it takes a tenth of the time that the library takes to load. */
const library = (): typeof import('cli-progress') =>
  // Boundary with Node: what `require` gives has no type.
  createRequire(__filename)('cli-progress') as typeof import('cli-progress');

const bar = (stream: Terminal): Progress => {
  const { SingleBar: Bar } = library();
  let current: SingleBar | undefined;
  const end = (): void => {
    current?.stop();
    current = undefined;
  };
  return {
    start: (label, total) => {
      end();
      current = new Bar({
        stream,
        format: `${cellLine(label).replace(/[{}]/g, '')} |{bar}| {percentage} % · {note} · {eta_formatted} left`,
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false,
        barsize: 24,
      });
      current.start(total, 0, { note: '' });
    },
    tick: (done, note) => current?.update(done, { note }),
    stop: (line) => {
      end();
      stream.write(`${cellLine(line)}\n`);
    },
  };
};

const lines = (stream: ProgressStream): Progress => ({
  start: () => undefined,
  tick: () => undefined,
  stop: (line) => void stream.write(`${cellLine(line)}\n`),
});

/**
 * Shows the progress of a long run: a bar with live notes if the stream is a terminal, else one
 * line for each run.
 *
 * @param stream `process.stderr`, or anything that can write text
 *
 * @example
 * const progress = progressOn({ write: () => true });
 * progress.start('training', 10);
 * progress.tick(3, 'loss 0.9');
 * progress.stop('loss 0.31 after 10 epochs');
 */
export const progressOn = (stream: ProgressStream): Progress =>
  isTerminal(stream) ? bar(stream) : lines(stream);
