/** The cross-entropy of classes for the WASM backend (`kernels/assembly/entropy.ts`). */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Team } from './team';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 14;

export const installWasmEntropy = (team: Team): void => {
  const byRow = (
    kernel: 'classLosses' | 'classLossesGradient',
    from: readonly [TensorInfo, ...TensorInfo[]],
    shape: number[],
    backend: BackendWasm,
  ): TensorInfo =>
    filled(backend, shape, (out) => {
      const [rows = 0, classes = 0] = from[0].shape;
      const args = [...[...from, out].map((t) => addressOf(backend, t)), classes];
      team.share(kernel, args, rows, Math.max(1, Math.ceil(rows / 32)), rows * classes >= WORTH_SHARING);
    });
  ownKernel('ClassLosses', ({ z, t }, _, backend) =>
    byRow('classLosses', [z, t], z.shape.slice(0, 1), backend),
  );
  ownKernel('ClassLossesGradient', ({ z, t, dy }, _, backend) =>
    byRow('classLossesGradient', [z, t, dy], [...z.shape], backend),
  );
};
