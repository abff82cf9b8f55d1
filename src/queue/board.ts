/** The state of a grid while others train it, as lines for a terminal: the best cells so far, and an estimate of the end. */
import * as Report from '../report';

export interface Standing {
  /** A cell's name. */
  readonly name: string;
  /** Its last training loss; `null` for one that diverged. */
  readonly loss: number | null;
}

export interface Board {
  readonly cells: number;
  readonly ended: readonly Standing[];
  /** Epochs of all cells, and of those how many are trained. */
  readonly epochs: number;
  readonly done: number;
  /** Epochs that were trained before the clock began. */
  readonly before: number;
  /** Of this machine's clock alone: those of other machines may differ. */
  readonly seconds: number;
}

/** How many are shown. */
const SHOWN = 5;

/** Seconds until all epochs are trained, at the pace so far; nothing before there is one. */
export const secondsLeft = ({ epochs, done, before, seconds }: Board): number | undefined =>
  done > before && seconds > 0 ? ((epochs - done) * seconds) / (done - before) : undefined;

const duration = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** The least losses first: of equals, in the order of their names. */
export const bestOf = (ended: readonly Standing[]): readonly Standing[] =>
  [...ended]
    .sort((a, b) => (a.loss ?? Infinity) - (b.loss ?? Infinity) || (a.name < b.name ? -1 : 1))
    .slice(0, SHOWN);

/** One line. */
export const headline = (board: Board): string => {
  const left = secondsLeft(board);
  const share = board.epochs === 0 ? 1 : board.done / board.epochs;
  return [
    `${board.ended.length} of ${board.cells} cells ended`,
    `${Report.percent(share)} of the epochs`,
    ...(left === undefined || share === 1 ? [] : [`${duration(left)} left`]),
  ].join(', ');
};

/** The table of the best. */
export const standings = (ended: readonly Standing[]): string =>
  Report.table(
    ['cell', 'training loss'],
    bestOf(ended).map(({ name, loss }) => [name, loss === null ? 'diverged' : loss.toPrecision(4)]),
  );

/** A terminal, or what stands for one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

/** Parts of the way, after each of which a line is written where no terminal is. */
const PARTS = 10;

/** Shows a board again and again: in one place of a terminal, elsewhere a line for each tenth of the way. */
export const boardOn = (screen: Screen): { readonly show: (board: Board) => void } => {
  let lines = 0;
  let told = 0;
  return {
    show: (board) => {
      if (screen.isTTY === true) {
        const text = `${headline(board)}\n${board.ended.length === 0 ? '' : `${standings(board.ended)}\n`}`;
        // Up to where the last one began, and all below it cleared.
        screen.write(`${lines === 0 ? '' : `\u001b[${lines}F\u001b[J`}${text}`);
        lines = text.split('\n').length - 1;
        return;
      }
      const part = board.epochs === 0 ? PARTS : Math.floor((board.done * PARTS) / board.epochs);
      if (part <= told) return;
      told = part;
      screen.write(`${headline(board)}\n`);
    },
  };
};
