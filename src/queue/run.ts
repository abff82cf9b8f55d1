/** The cells of a run by workers on other machines: what `Place.runner` is with a queue. */
import * as E from 'fp-ts/Either';
import { attemptTask, type ProxpropError } from '../core';
import {
  type Cell,
  checksumOfData,
  encodeDataset,
  folderOfCell,
  type Planned,
  finalCells,
  interrupted,
  readEnding,
  type Ready,
  type Runner,
  version,
} from '../experiment';
import { type Screen } from './board';
import { fulfil } from './controller';
import { identityOfJob, type Job, jobOf } from './job';
import { laneOf } from './lane';
import { type QueueLink } from './link';
import { addQueue, drainsOf, markStore, type QueueName } from './names';
import { modulesOf } from './ownModules';
import { ordersOf } from './orders';
import { type Store } from './store';

export type QueuedTraining = Extract<Ready, { readonly kind: 'training' }>;

const isTraining = <A extends Planned>(plan: A): plan is Extract<A, { readonly kind: 'training' }> =>
  plan.kind === 'training';

export interface ControllerOptions {
  /** How often a cell is tried that ends in a failure. */
  readonly attempts: number;
  readonly screen: Screen;
  /** Milliseconds between looks at the whole queue. */
  readonly look?: number;
}

/** Of a plan, or of one with its data, one with cells to share out. Left, `options`: an experiment on step sizes. */
export const trainingIn = <A extends Planned>(
  plan: A,
): E.Either<ProxpropError, Extract<A, { readonly kind: 'training' }>> =>
  isTraining(plan)
    ? E.right(plan)
    : E.left({
        _tag: 'options',
        path: '--queue',
        expected: 'an experiment of trainings',
        found: 'one on step sizes',
      });

const notEnded = async (out: string, cells: readonly Cell[]): Promise<readonly Cell[]> => {
  const found: Cell[] = [];
  for (const cell of cells) if ((await readEnding(folderOfCell(out, cell))) === undefined) found.push(cell);
  return found;
};

/** Put the dataset where workers without its files find it, where the store has room for it. */
const offerData = async (store: Store, checksum: string, { data }: QueuedTraining): Promise<void> => {
  const name = `data-${checksum}`;
  if (await store.has(name)) return;
  const bytes = encodeDataset(data.data);
  if (store.fits(bytes.length)) await store.put(name, bytes);
};

/** What is settled once for all stages of a run. */
const prepared = async (link: QueueLink, store: Store, ready: QueuedTraining, queue: QueueName) => {
  const { config, path } = ready.experiment;
  await addQueue(link, queue);
  await markStore(link, queue, store);
  const data = checksumOfData(ready.data.data);
  await offerData(store, data, ready);
  const ground = { ...queue, data, modules: await modulesOf(path, config.modules ?? []) };
  const jobFor = (cell: Cell, parameters: Job['parameters']): Job => jobOf(ground, config, cell, parameters);
  // Whatever may be shown in the end: what a search comes to is not known before.
  const shown = finalCells(config, ready.plan.contenders.flat());
  return { jobFor, later: new Set(shown.map((cell) => identityOfJob(jobFor(cell, 'dropped')))) };
};

/** Milliseconds that a controller has to lay down what it has in hand. */
const LAST = 2000;

/** An interruption, a moment after it came: a server that does not answer holds nobody up. */
const afterAbort = (signal: AbortSignal): Promise<E.Either<ProxpropError, void>> =>
  new Promise((resolve) => {
    const stop = (): void => {
      setTimeout(() => {
        resolve(E.left(interrupted()));
      }, LAST).unref();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });

/**
 * Train cells by the workers of a queue, which is the one of this library and the backend of the run. Cells that have ended stay as they are;
 * jobs that an earlier controller added are found again. An abort ends the following alone: the workers go on.
 */
export const byQueue = (
  link: QueueLink,
  store: Store,
  ready: QueuedTraining,
  { attempts, screen, look }: ControllerOptions,
): Runner => {
  let begun: ReturnType<typeof prepared> | undefined;
  return (setting, cells, out, _share, { progress, signal }) =>
    async () => {
      const waiting = await notEnded(out, cells);
      if (waiting.length === 0) return E.right(undefined);
      const queue: QueueName = { version: version(), backend: setting.backend };
      const lane = laneOf(link, queue);
      const own = signal ?? new AbortController().signal;
      const done = attemptTask(async () => {
        const { jobFor, later } = await (begun ??= prepared(link, store, ready, queue));
        const drains = (): Promise<number> => drainsOf(link, queue);
        const desk = { lane, store, drains, out, screen, attempts, look, signal: own };
        await fulfil(desk, ordersOf(waiting, jobFor, later));
      })();
      const result = await Promise.race([done, afterAbort(own)]);
      // What still waits for an answer fails with the connection; nobody listens any more.
      done.catch(() => undefined);
      await lane.close();
      if (own.aborted) return E.left(interrupted());
      if (E.isRight(result))
        progress.stop(`${setting.config.name}: ${cells.length} of ${cells.length} trainings ended`);
      return result;
    };
};
