/** Where and by what an experiment runs. */
import { type Backend } from '../backend';
import { type Progress } from '../report';
import { type Runner } from './runner';

/** Where and by what an experiment runs: backend, threads, folder, and who trains its cells. */
export interface RunPlace {
  readonly backend: Backend;
  readonly threads: number;
  /** Cells at a time, where it is not for the configuration to say. */
  readonly workers?: number | undefined;
  /** The folder of the run. */
  readonly out: string;
  readonly progress: Progress;
  /** Once it is aborted no cell goes on; what cells have saved stays, and another run can go on with it. */
  readonly signal?: AbortSignal | undefined;
  /** Who trains the cells. Default: a pool of this machine's threads. */
  readonly runner?: Runner | undefined;
}
