/** The leaves of a step. */
import { type Step } from './step';

/** A step on one block: a leaf of a schedule. */
export type BlockStep = Extract<Step, { readonly tag: 'explicit' | 'implicit' }>;

/** The steps on blocks that a step is made of, in order; those in loops once. */
export const blockSteps = (step: Step): readonly BlockStep[] => {
  switch (step.tag) {
    case 'explicit':
    case 'implicit':
      return [step];
    case 'forward':
    case 'factors':
    case 'multiplier':
    case 'strengthen':
      return [];
    case 'andThen':
    case 'jointly':
      return step.steps.flatMap(blockSteps);
    case 'repeat':
    case 'until':
      return blockSteps(step.step);
    case 'trusted':
      return blockSteps(step.of(step.metric));
    default:
      return step satisfies never;
  }
};
