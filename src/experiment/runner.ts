/**
 * Runners, which train the cells of an experiment: a pool of this machine's threads, or workers
 * that a queue reaches.
 */
import type * as TE from 'fp-ts/TaskEither';
import { type ProxpropError } from '../core';
import { type Progress } from '../report';
import { type Cell } from './cells';
import { type PoolSetting } from './worker';

/** The number of workers, and of threads for each. */
export interface Share {
  readonly workers: number;
  readonly threads: number;
}

/**
 * Trains all cells that have not ended yet, each into its folder below `out`. It fails with the
 * first error. Cells that have ended stay.
 */
export type Runner = (
  setting: Omit<PoolSetting, 'threads'>,
  cells: readonly Cell[],
  out: string,
  share: Share,
  told: { readonly progress: Progress; readonly signal?: AbortSignal | undefined },
) => TE.TaskEither<ProxpropError, void>;
