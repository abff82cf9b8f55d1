/**
 * `RidgePairs` for the WASM backend: systems of a gain and a bias for each feature, in float64
 * (`kernels/assembly/pairs.ts`), in one pass over both arrays.
 */
import { type Team } from './team';
import { twos, withAreas } from './areas';
import { addressOf, ownKernel } from './kernel';
import { filledAll } from './result';

/** Numbers from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 15;

export const installWasmPairs = (team: Team): void => {
  ownKernel('RidgePairs', ({ x, h }, { beta }, backend) => {
    const [rows = 0, features = 0] = x.shape;
    const bands = team.call('pairItems', rows);
    const size = 4 * twos(features);
    return filledAll(backend, [[features, 2], [3]], ([out = x, facts = x]) => {
      withAreas(team, ({ room }) => {
        const sums = room(bands * size);
        const worth = rows * features >= WORTH_SHARING;
        const args = [addressOf(backend, x), addressOf(backend, h), rows, features, sums];
        team.share('pairSums', args, bands, Math.max(1, Math.ceil(bands / 32)), worth);
        team.share('joinParts', [sums, size, bands], team.call('bandItems', size), 1, false);
        // Residual and length go behind the status.
        const to = [addressOf(backend, out), addressOf(backend, facts) + 4];
        const status = team.call('solvePairs', sums, rows, features, beta, ...to);
        backend.typedArrayFromHeap(facts).set([status]);
      });
    });
  });
};
