/**
 * Training without training: a cell that takes its time, keeps metrics and checkpoints as a real one does, goes on where it was, and
 * comes to files that follow from its configuration alone. So thousands of cells and any fault can be tried in minutes.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { error, type ProxpropError } from '../../src';
import { canonical, type Cell, type Ending, type Told, type Trainers } from '../../src/experiment';

export interface Simulation {
  /** Milliseconds of an epoch. */
  readonly epoch: number;
  /** Bytes of a checkpoint. */
  readonly checkpoint: number;
  /** One cell in so many diverges; 0: none. */
  readonly diverging: number;
  /** One cell in so many fails at its first try, of which a file in `marks` tells; 0: none. */
  readonly failing: number;
  /** One cell in so many fails at every try; 0: none. */
  readonly hopeless: number;
  /** The digest of a cell whose training kills its process at each try. */
  readonly deadly?: string;
  readonly marks: string;
}

/** What stands for all numbers of a cell. */
export const digest = ({ trainer: { schedule, optimizer }, seed }: Cell): string =>
  createHash('sha256').update(canonical({ schedule, optimizer, seed })).digest('hex');

const oneIn = (hash: string, at: number, many: number): boolean =>
  many > 0 && parseInt(hash.slice(at, at + 6), 16) % many === 0;

const lineOf = (hash: string, epoch: number): string => {
  const trainLoss = (1 + parseInt(hash.slice(0, 4), 16)) / 2 ** 16 / (1 + epoch);
  return `${JSON.stringify({ epoch, seconds: epoch / 8, trainLoss, testLoss: trainLoss, testAccuracy: 0.5 })}\n`;
};

const checkpointOf = (hash: string, epoch: number, bytes: number): Buffer =>
  Buffer.alloc(bytes, `${hash} ${epoch}\n`);

const epochIn = (path: string): number =>
  existsSync(path) ? Number(/ (\d+)\n/.exec(readFileSync(path, 'latin1'))?.[1] ?? 0) : 0;

/** Left as a training leaves it whose disk refuses something. */
const onDisk = <A>(folder: string, f: () => A): E.Either<ProxpropError, A> => {
  try {
    return E.right(f());
  } catch (thrown) {
    return E.left(error('file', folder, 'a place that can be written', String(thrown)));
  }
};

export const simulated = (how: Simulation) => (): Trainers => {
  const stopped = new AbortController();
  const nap = (): Promise<void> =>
    new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        stopped.signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, how.epoch);
      stopped.signal.addEventListener('abort', over);
      if (stopped.signal.aborted) over();
    });
  const train = async (
    cell: Cell,
    folder: string,
    tell: (told: Told) => void,
  ): Promise<E.Either<ProxpropError, Ending>> => {
    const hash = digest(cell);
    const [metrics, checkpoint] = [join(folder, 'metrics.jsonl'), join(folder, 'checkpoint.safetensors')];
    const failure = error('solver', 'cell', 'a system that can be solved', 'one that cannot, by plan');
    if (oneIn(hash, 12, how.hopeless)) return E.left(failure);
    const mark = join(how.marks, hash);
    if (oneIn(hash, 6, how.failing) && !existsSync(mark)) {
      writeFileSync(mark, '');
      return E.left(failure);
    }
    const begun = onDisk(folder, () => {
      mkdirSync(folder, { recursive: true });
      const from = epochIn(checkpoint);
      writeFileSync(
        metrics,
        from === 0 ? lineOf(hash, 0) : Array.from({ length: from + 1 }, (_, e) => lineOf(hash, e)).join(''),
      );
      return from;
    });
    if (E.isLeft(begun)) return begun;
    if (hash === how.deadly) process.kill(process.pid, 'SIGKILL');
    const diverges = oneIn(hash, 18, how.diverging);
    for (let epoch = begun.right + 1; epoch <= cell.epochs; epoch++) {
      await nap();
      if (stopped.signal.aborted) return E.left(error('file', cell.id, 'a worker that trains', 'its end'));
      if (diverges && epoch === cell.epochs) break;
      const kept = onDisk(folder, () => {
        appendFileSync(metrics, lineOf(hash, epoch));
        writeFileSync(checkpoint, checkpointOf(hash, epoch, how.checkpoint));
      });
      if (E.isLeft(kept)) return kept;
      tell({ tag: 'epoch', epoch, note: '' });
      tell({ tag: 'checkpoint', epoch });
    }
    const ending: Ending = diverges
      ? { outcome: 'diverged', reason: 'by plan' }
      : { outcome: 'done', reason: '' };
    return onDisk(folder, () => {
      if (diverges) rmSync(checkpoint, { force: true });
      writeFileSync(join(folder, 'ending.json'), `${JSON.stringify(ending, null, 2)}\n`);
      return ending;
    });
  };
  return {
    train,
    close: () => {
      stopped.abort();
      return Promise.resolve();
    },
  };
};
