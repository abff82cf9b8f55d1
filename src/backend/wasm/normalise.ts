/** `Normalise` and its pull-back for the WASM backend (`kernels/assembly/normalise.ts`). */
import { NORMALISE, NORMALISE_GRADIENT } from '../../ops';
import { shape4 } from '../convolutionInfo';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 14;

export const installWasmNormalise = (team: Team): void => {
  for (const [name, kernel, operands] of [
    [NORMALISE, 'normalise', ['x']],
    [NORMALISE_GRADIENT, 'normaliseGradient', ['x', 'dy']],
  ] as const)
    replaceKernel(name, ({ inputs, attrs, backend }) => {
      const from = operands.map((operand) => inputOf(inputs, name, operand));
      const shape = shape4(name, from[0]?.shape ?? []);
      const [examples, places, groups, width] = shape;
      return filled(backend, shape, (out) => {
        const addresses = [...from, out].map((t) => addressOf(backend, t));
        const args = [...addresses, places, groups, width, Number(attrs['epsilon'])];
        const numbers = examples * places * groups * width;
        team.share(kernel, args, examples, Math.max(1, Math.ceil(examples / 32)), numbers >= WORTH_SHARING);
      });
    });
};
