/** Continues an earlier training: its state, and whether that state fits. */
import { atLeast, fail, scope, Tree, whole } from '../core';
import { type Memory } from '../energy';
import { checkState, copyState, initOptimizer, type Optimizer, type OptimizerState } from '../optimizer';

/**
 * The state of an earlier training at the end of an epoch. A `checkpoint` event and
 * `loadCheckpoint` give one.
 */
export interface Resume<P extends Tree.Tree> {
  /** Epochs already trained. The training continues with the next one. */
  readonly epoch: number;
  /** Seconds of training so far, to which later seconds are added. Default 0. */
  readonly seconds?: number;
  /** The state of the optimizer. It stays yours, unchanged. */
  readonly state: OptimizerState<P>;
  /** The memory of the method. It stays yours, unchanged. Default: empty. */
  readonly memory?: Memory;
}

interface Beginning<P extends Tree.Tree> {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly resume?: Resume<P>;
}

/**
 * The state in which a training begins: epoch 0 with the initial state of its optimizer, or the
 * state of an earlier training. The caller owns the tensors. Throws a `Fault` with tag `options`,
 * `shape` or `memory` if the state does not fit.
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
