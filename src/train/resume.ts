/** Training that goes on: where an earlier one stood, and whether that fits the one to come. */
import { atLeast, fail, scope, Tree, whole } from '../core';
import { type Memory } from '../energy';
import { checkState, copyState, initOptimizer, type Optimizer, type OptimizerState } from '../optimizer';

/** Where an earlier training stood at the end of an epoch: what a `checkpoint` event tells, beside its parameters. */
export interface Resume<P extends Tree.Tree> {
  /** Epochs made before: training goes on with the next. */
  readonly epoch: number;
  /** Seconds of training made before, on which those to come are added. Default 0. */
  readonly seconds?: number;
  /** That of the optimizer: stays the caller's, unchanged. */
  readonly state: OptimizerState<P>;
  /** What the method remembered: stays the caller's, unchanged. Default: nothing. */
  readonly memory?: Memory;
}

interface Beginning<P extends Tree.Tree> {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly resume?: Resume<P>;
}

/**
 * Where a training starts: at epoch 0 with the first state of its optimizer, or where an earlier one stood. The state is the
 * caller's. A `Fault` for what does not fit: `options`, `shape`, `memory`.
 */
export const startOf = <P extends Tree.Tree>(
  { optimizer, epochs, resume }: Beginning<P>,
  parameters: P,
): Required<Resume<P>> => {
  if (resume === undefined)
    return { epoch: 0, seconds: 0, state: scope(() => initOptimizer(optimizer, parameters)), memory: {} };
  const { epoch, seconds = 0, state, memory = {} } = resume;
  whole('resume.epoch', epoch, 0);
  if (epoch > epochs) fail('options', 'resume.epoch', `at most ${epochs}, the number of epochs`, `${epoch}`);
  atLeast('resume.seconds', seconds, 0);
  checkState('resume.state', optimizer, parameters, state);
  return { epoch, seconds, state: copyState(state), memory: Tree.copy(memory) };
};
