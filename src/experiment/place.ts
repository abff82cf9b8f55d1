/** Where and by what an experiment runs. */
import { type Backend } from '../backend';
import { type Progress } from '../report';
import { type Runner } from './runner';

/** The place of a run: backend, threads, folder, progress, and who trains its cells. */
export interface RunPlace {
  readonly backend: Backend;
  readonly threads: number;
  /** How many cells train at a time. Default: as the configuration says. */
  readonly workers?: number | undefined;
  /** The folder of the run. */
  readonly out: string;
  readonly progress: Progress;
  /** Aborts the run. What its cells have saved stays, and another run can resume from it. */
  readonly signal?: AbortSignal | undefined;
  /** Who trains the cells. Default: a pool of this machine's threads. */
  readonly runner?: Runner | undefined;
}
