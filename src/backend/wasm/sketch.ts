/**
 * `SketchMisses` and `SketchNorms` for the WASM backend: what a solution is measured by
 * (`kernels/assembly/sketch.ts`).
 */
import { type Team } from './team';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

export const installWasmSketch = (team: Team): void => {
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
