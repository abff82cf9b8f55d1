/** Progress of a long run: a bar on a terminal, plain lines elsewhere. */
import { SingleBar } from 'cli-progress';
import { oneLine } from './markdown';

export interface Progress {
  /** Begin a run of `total` steps. */
  readonly start: (label: string, total: number) => void;
  /** `done` steps are done; a note such as the live loss. */
  readonly tick: (done: number, note: string) => void;
  /** End the run, leaving one line. */
  readonly stop: (line: string) => void;
}

/** What progress is shown on: `process.stderr`, or a stand-in. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

const bar = (stream: ProgressStream): Progress => {
  let current: SingleBar | undefined;
  const end = (): void => {
    current?.stop();
    current = undefined;
  };
  return {
    start: (label, total) => {
      end();
      current = new SingleBar({
        stream,
        format: `${oneLine(label).replace(/[{}]/g, '')} |{bar}| {percentage} % · {note} · {eta_formatted} left`,
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
      stream.write(`${oneLine(line)}\n`);
    },
  };
};

const lines = (stream: ProgressStream): Progress => ({
  start: () => undefined,
  tick: () => undefined,
  stop: (line) => void stream.write(`${oneLine(line)}\n`),
});

/** A bar with live notes where the stream is a terminal; else one line for each run. */
export const progressOn = (stream: ProgressStream): Progress =>
  stream.isTTY === true ? bar(stream) : lines(stream);
