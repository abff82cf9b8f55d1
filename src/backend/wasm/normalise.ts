/** `Normalise` and its pull-back for the WASM backend (`kernels/assembly/normalise.ts`). */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type NormaliseAttributes } from '../../ops';
import { type Team } from './team';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 14;

export const installWasmNormalise = (team: Team): void => {
  const byExample = (
    kernel: 'normalise' | 'normaliseGradient',
    from: readonly [TensorInfo, ...TensorInfo[]],
    { places, groups, width, epsilon }: NormaliseAttributes,
    backend: BackendWasm,
  ): TensorInfo => {
    const [{ shape }] = from;
    const numbers = util.sizeFromShape(shape);
    const examples = numbers / (places * groups * width);
    return filled(backend, shape, (out) => {
      const addresses = [...from, out].map((t) => addressOf(backend, t));
      const args = [...addresses, places, groups, width, epsilon];
      team.share(kernel, args, examples, Math.max(1, Math.ceil(examples / 32)), numbers >= WORTH_SHARING);
    });
  };
  ownKernel('Normalise', ({ x }, how, backend) => byExample('normalise', [x], how, backend));
  ownKernel('NormaliseGradient', ({ x, dy }, how, backend) =>
    byExample('normaliseGradient', [x, dy], how, backend),
  );
};
