/**
 * `RidgePairs` for the WASM backend: systems of a gain and a bias for each feature, in float64 (`kernels/assembly/pairs.ts`), in one
 * pass over both arrays.
 */
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './wasmKernel';

/** Numbers from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 15;

/** Inputs x and h [R, G]. Results: V [G, 2], and [3] facts: 1, or 0 for a singular system, or 2 for one not finite; residual; length. */
export const installWasmPairs = (team: Team): void => {
  replaceKernel('RidgePairs', ({ inputs, attrs, backend }) => {
    const [x, h] = [inputOf(inputs, 'RidgePairs', 'x'), inputOf(inputs, 'RidgePairs', 'h')];
    const [rows = 0, features = 0] = x.shape;
    const out = backend.makeOutput([features, 2], 'float32');
    const facts = backend.makeOutput([3], 'float32');
    const bands = team.call('pairItems', rows);
    const size = 4 * 2 * Math.ceil(features / 2);
    const sums = team.allocate(8 * bands * size);
    try {
      const worth = rows * features >= WORTH_SHARING;
      const args = [addressOf(backend, x), addressOf(backend, h), rows, features, sums];
      team.share('pairSums', args, bands, Math.max(1, Math.ceil(bands / 32)), worth);
      team.share('joinParts', [sums, size, bands], team.call('bandItems', size), 1, false);
      const found = addressOf(backend, facts);
      const beta = Number(attrs['beta']);
      const status = team.call('solvePairs', sums, rows, features, beta, addressOf(backend, out), found + 4);
      backend.typedArrayFromHeap(facts).set([status]);
      return [out, facts];
    } catch (thrown) {
      for (const t of [out, facts]) backend.disposeData(t.dataId);
      throw thrown;
    } finally {
      team.free(sums);
    }
  });
};
