/** `Attend` and its pull-back for the WASM backend (`kernels/assembly/attend.ts`). */
import { type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type AttendAttributes } from '../../ops';
import { withAreas } from './areas';
import { addressOf, ownKernel } from './kernel';
import { filledAll } from './result';
import { type Team } from './team';

/** From this many multiply-adds on it pays to wake other threads. */
const WORTH_SHARING = 1 << 17;

export const installWasmAttend = (team: Team): void => {
  /** `matrices` of scores for each thread; `results` tensors like the first operand. */
  const attention = (
    kernel: 'attend' | 'attendGradient',
    from: readonly [TensorInfo, ...TensorInfo[]],
    { heads, causal }: AttendAttributes,
    { matrices, results }: { readonly matrices: number; readonly results: number },
    backend: BackendWasm,
  ): TensorInfo[] => {
    const { shape } = from[0];
    const [examples = 0, length = 0, features = 0] = shape;
    return filledAll(
      backend,
      Array.from({ length: results }, () => shape),
      (outs) => {
        withAreas(team, ({ room }) => {
          const scores = matrices * team.call('attendRoom', length) * team.threads;
          const addresses = [...from, ...outs].map((x) => addressOf(backend, x));
          const args = [...addresses, length, features, heads, causal ? 1 : 0, room(Math.ceil(scores / 2))];
          const items = examples * heads * (kernel === 'attend' ? team.call('attendItems', length) : 1);
          const worth = examples * length * length * features >= WORTH_SHARING;
          team.share(kernel, args, items, Math.max(1, Math.ceil(items / 32)), worth);
        });
      },
    );
  };
  ownKernel('Attend', ({ query, key, value }, options, backend) =>
    attention('attend', [query, key, value], options, { matrices: 1, results: 1 }, backend),
  );
  ownKernel('AttendGradient', ({ query, key, value, dy }, options, backend) =>
    attention('attendGradient', [query, key, value, dy], options, { matrices: 2, results: 3 }, backend),
  );
};
