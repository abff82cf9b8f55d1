/** The gradient of the kernel of formulas, which is another formula. */
import { Formula, pullbackOf } from '../../ops';
import { type GradientRule } from './rule';

const isProgram = (attribute: unknown): attribute is Formula.Program =>
  typeof attribute === 'object' && attribute !== null && 'operations' in attribute;

export const formula: readonly GradientRule[] = [
  {
    kernelName: 'Formula',
    saveAllInputs: true,
    gradFunc: (dys, kept, { program }) => {
      if (!isProgram(program)) return {};
      const cotangents = Array.isArray(dys) ? dys : [dys];
      // One pass gives all of them.
      const found = Formula.evaluateProgram(pullbackOf(program), [...kept, ...cotangents]);
      return Object.fromEntries(found.map((x, i) => [String(i), () => x]));
    },
  },
];
