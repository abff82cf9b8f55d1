/** `Normalise` and its pull-back for the WASM backend (`kernels/assembly/normalise.ts`). */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { shape4 } from '../convolutionInfo';
import { type Team } from './team';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 14;

export const installWasmNormalise = (team: Team): void => {
  const byExample = (
    kernel: 'normalise' | 'normaliseGradient',
    from: readonly [TensorInfo, ...TensorInfo[]],
    epsilon: number,
    backend: BackendWasm,
  ): TensorInfo => {
    const shape = shape4(kernel, from[0].shape);
    const [examples, places, groups, width] = shape;
    return filled(backend, shape, (out) => {
      const addresses = [...from, out].map((t) => addressOf(backend, t));
      const args = [...addresses, places, groups, width, epsilon];
      const numbers = examples * places * groups * width;
      team.share(kernel, args, examples, Math.max(1, Math.ceil(examples / 32)), numbers >= WORTH_SHARING);
    });
  };
  ownKernel('Normalise', ({ x }, { epsilon }, backend) => byExample('normalise', [x], epsilon, backend));
  ownKernel('NormaliseGradient', ({ x, dy }, { epsilon }, backend) =>
    byExample('normaliseGradient', [x, dy], epsilon, backend),
  );
};
