/**
 * `MixSigns`, `SketchMisses` and `SketchNorms` for the WASM backend: combinations of units, and what a
 * solution is measured by (`kernels/assembly/mix.ts`, `sketch.ts`).
 */
import { BatchMatMul } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, kernelOf, ownKernel, run } from './kernel';
import { filled } from './result';

/** Numbers from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 15;
/** The most columns of a part (`kernels/assembly/mix.ts`), and the unit of their number. */
const [COLUMNS, UNIT] = [512, 16];

export const installWasmSketch = (team: Team): void => {
  ownKernel('MixSigns', ({ by, m }, _, backend) => {
    const [[few = 0, units = 0], [rows = 0, columns = 0]] = [by.shape, m.shape];
    // Fewer columns have no whole vectors.
    const mayBe = few === 8 && units === rows && columns >= UNIT;
    const isOfSigns = mayBe && team.call('areSigns', addressOf(backend, by), units) === 1;
    if (!isOfSigns)
      return run(kernelOf(BatchMatMul), backend, { a: by, b: m }, { transposeA: false, transposeB: false });
    return filled(backend, [few, columns], (out) => {
      const width = Math.min(COLUMNS, Math.ceil(columns / (UNIT * team.threads)) * UNIT);
      const [ofBy = 0, from = 0, to = 0] = [by, m, out].map((x) => addressOf(backend, x));
      const worth = units * columns >= WORTH_SHARING;
      team.share('mixSigns', [ofBy, units, from, columns, to, width], Math.ceil(columns / width), 1, worth);
    });
  });

  ownKernel('SketchMisses', ({ held, image, signs }, { both }, backend) => {
    const [m = 0, rows = 0] = held.shape;
    return filled(backend, [(1 + both) * m + 1, rows], (out) => {
      const [h = 0, y = 0, sign = 0, to = 0] = [held, image, signs, out].map((x) => addressOf(backend, x));
      team.call('sketchMisses', h, y, m, rows, both, sign, signs.shape[0] ?? 1, to);
    });
  });

  ownKernel('SketchNorms', ({ sums, v, held, image, right }, { known, beta, rounding }, backend) => {
    const [[m = 0, columns = 0], [, rows = 0]] = [v.shape, held.shape];
    return filled(backend, [2], (out) => {
      const operands = [sums, v, held, image, right].map((x) => addressOf(backend, x));
      team.call('sketchNorms', ...operands, m, rows, columns, known, beta, rounding, addressOf(backend, out));
    });
  });
};
