/**
 * `InverseShifted` for the WASM backend: (K + c + βI)⁻¹ of a symmetric positive semidefinite K [n,
 * n], by Cholesky in float64 (`kernels/assembly/inverse.ts`).
 */
import { type Team } from './team';
import { withAreas } from './areas';
import { factorShared } from './factor';
import { addressOf, ownKernel } from './kernel';
import { filledAll } from './result';

/** From this order on it pays to wake other threads. */
const WORTH_SHARING = 64;

export const installWasmInverse = (team: Team): void => {
  ownKernel('InverseShifted', ({ k }, { beta, plus }, backend) => {
    const n = k.shape[0] ?? 0;
    const padded = team.call('paddedOrder', n);
    return filledAll(backend, [[n, n], [2]], ([out = k, facts = k]) => {
      withAreas(team, (areas) => {
        const [m, y] = [areas.room(padded * padded), areas.room(padded * padded)];
        const worth = n >= WORTH_SHARING;
        // Rows in fours; few at a time, for the first have more to do.
        const share = (kernel: string, args: readonly number[]): void => {
          team.share(kernel, [...args, padded], padded / 4, Math.max(1, Math.ceil(padded / 4 / 16)), worth);
        };
        const norm = team.call('widen', addressOf(backend, k), n, beta, plus, m);
        const definite = factorShared(team, areas, m, n);
        if (definite) {
          share('invertFactor', [m, y]);
          share('multiply', [y, addressOf(backend, out), n]);
        }
        backend.typedArrayFromHeap(facts).set([norm, Number(definite)]);
      });
    });
  });
};
