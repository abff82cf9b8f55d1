/** Training steps one after another, as the training loop takes them, for measuring. */
import * as Rec from 'fp-ts/Record';
import {
  type AnyChain,
  direction,
  dispose,
  type Example,
  Key,
  type Method,
  nesterov,
  Optimizer,
  orThrow,
  type Profile,
  scope,
  softmaxCrossEntropy,
  toNumber,
  type Tree,
} from '../../src';
import { addProfiles, inPhase, profiled } from '../../src/internal';

export interface Stepper {
  /** One step: forward, backward, implicit solves, update. */
  readonly run: () => void;
  /** A step, and where its time went. */
  readonly profile: () => Profile;
  readonly end: () => void;
}

/** A rate so small that the numbers stay as they are: all steps are alike. */
export const RATE = 1e-6;

/** A network under a method, with Nesterov's momentum unless told otherwise, from fixed parameters, always on the same batch. */
export const stepper = (
  net: AnyChain,
  method: Method,
  example: Example,
  optimizer: Optimizer.Optimizer = nesterov(RATE, 0.95),
): Stepper => {
  let parameters: readonly Tree.Tree[] = [...net.init(Key.key(1))];
  let state = Optimizer.initOptimizer(optimizer, parameters);
  const found = direction(net, softmaxCrossEntropy, method);
  const run = (): void => {
    const before = parameters;
    const next = scope(() => {
      const { direction: taken, loss } = orThrow(found(before, example));
      toNumber(loss);
      return inPhase('update', () => Optimizer.stepOptimizer(optimizer, taken, state, before));
    });
    dispose(before);
    ({ parameters, state } = next);
  };
  return {
    run,
    profile: () => profiled(run).profile,
    end: () => {
      dispose(parameters, ...Optimizer.momentsOf(state));
    },
  };
};

/** The mean of some profiles. */
export const meanProfile = (profiles: readonly Profile[]): Profile | undefined => {
  const [first, ...others] = profiles;
  if (first === undefined) return undefined;
  return Rec.map((milliseconds: number) => milliseconds / profiles.length)(others.reduce(addProfiles, first));
};
