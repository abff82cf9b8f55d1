/**
 * Maxima for the WASM backend over any axes (`kernels/assembly/max.ts`). The stock kernel first
 * moves the axes to the end.
 */
import { Max, util } from '@tensorflow/tfjs-core';
import { someAlong } from '../reduceNothing';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel, run, Temporaries } from './kernel';
import { reduceRuns } from './reduce';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

export const installWasmMax = (team: Team): void => {
  replaceKernel(Max, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Max, 'x');
    // tfjs calls the axes of this kernel by either name.
    const given = attrs['reductionIndices'] ?? attrs['axis'] ?? null;
    // Boundary with tfjs: the axes of its reductions.
    const axes = util.parseAxisParam(given as number | number[], [...x.shape]);
    someAlong('max', x.shape, axes);
    if (x.dtype !== 'float32') return run(stock, backend, { x }, attrs);
    const keepDims = attrs['keepDims'] === true;
    const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
    const temporary = new Temporaries(backend);
    try {
      return filled(backend, shape, (out) => {
        if (util.sizeFromShape(shape) === 0) return;
        reduceRuns(backend, x, axes, out, temporary, (numbers, [outer, n, inner], target) => {
          const args = [addressOf(backend, numbers), addressOf(backend, target), n, inner];
          const chunk = Math.max(1, Math.ceil(outer / 64));
          team.share('maxMiddle', args, outer, chunk, outer * n * inner >= WORTH_SHARING);
        });
      });
    } finally {
      temporary.free();
    }
  });
};
