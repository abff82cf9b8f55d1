/** The steps on blocks within a step. */
import { type Step } from './step';

/** A step on one block: a leaf of a schedule. */
export type BlockStep = Extract<Step, { readonly tag: 'explicit' | 'implicit' }>;

/** All steps on blocks within a step, in order. A loop counts once. */
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
