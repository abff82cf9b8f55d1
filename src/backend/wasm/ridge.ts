/**
 * `RidgeDouble` for the WASM backend: V = (AᵀA + βI)⁻¹·Aᵀ·H in float64 from float32 numbers, V in
 * float32, and its measurement (`kernels/assembly/double.ts`). The steps are those of
 * `solveDoublePlain`. A is converted to float64 one panel at a time, so little memory is needed
 * beside the small system, V and S.
 */
import { dampings } from '../../ops';
import { type Team } from './team';
import { fours, twos, withAreas } from './areas';
import { factorShared, substituteShared } from './factor';
import { addressOf, ownKernel } from './kernel';
import { filledAll } from './result';

/** Bytes of a panel of A. */
const PANEL = 1 << 22;
/** Columns of a panel of the Gram matrix: so few that its rows stay in the cache. */
const DEPTH = 256;
/** Multiply-adds from which on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

export const installWasmRidge = (team: Team): void => {
  ownKernel('RidgeDouble', ({ a, h, by }, { beta, dual }, backend) => {
    const [rows = 0, columns = 0] = a.shape;
    const units = h.shape[0] ?? 0;
    const few = by.shape[0] ?? 0;
    const n = dual ? rows : columns;
    const size = fours(n);
    const rowStride = twos(rows);
    // In the primal as wide as the system, so that the solution lies in the place of V.
    const columnStride = dual ? twos(columns) : size;
    return filledAll(backend, [[units, columns], [3]], ([out = a, facts = a]) => {
      withAreas(team, (areas) => {
        const { room, zeros } = areas;
        const [ofA = 0, ofH = 0, ofBy = 0] = [a, h, by].map((x) => addressOf(backend, x));
        const to = addressOf(backend, out);
        const share = (kernel: string, args: readonly number[], items: number, work: number): void => {
          team.share(kernel, args, items, Math.max(1, Math.ceil(items / 32)), work >= WORTH_SHARING);
        };
        const widen = (
          x: number,
          step: readonly [number, number],
          r: number,
          c: number,
          target: number,
        ): void => {
          share('widenBlock', [x, step[0], step[1], r, c, target], fours(r), r * c);
        };
        /** C = A·Bᵀ, or C + A·Bᵀ, for A [fours of rows, k] and B [even columns, k]. */
        const product = (
          [x, strideX]: readonly [number, number],
          [y, strideY]: readonly [number, number],
          k: number,
          [z, strideZ]: readonly [number, number],
          m: number,
          width: number,
          added = false,
          lower = false,
        ): void => {
          const args = [
            x,
            strideX,
            y,
            strideY,
            twos(k),
            z,
            strideZ,
            twos(width),
            Number(added),
            Number(lower),
          ];
          share('productDouble', args, fours(m) / 4, m * width * k);
        };
        const panel = room(Math.max(PANEL / 8, 4 * Math.max(rowStride, twos(columns)), fours(n) * DEPTH));
        const panelRows = (stride: number): number => Math.max(4, Math.floor(PANEL / 8 / stride / 4) * 4);

        /** Z [fours of m, stride] = X·A for X [fours of m, rows]. */
        const adjoint = (x: number, strideX: number, m: number, z: number, stride: number): void => {
          const most = panelRows(rowStride);
          for (let f = 0; f < columns; f += most) {
            const width = Math.min(most, columns - f);
            widen(ofA + 4 * f, [1, columns], width, rows, panel);
            product([x, strideX], [panel, rowStride], rows, [z + 8 * f, stride], m, width);
          }
        };
        /** Z [fours of m, rowStride] = V·Aᵀ. */
        const apply = (v: number, stride: number, m: number, z: number): void => {
          const width = twos(columns);
          const most = panelRows(width);
          for (let r = 0; r < rows; r += most) {
            const count = Math.min(most, rows - r);
            widen(ofA + 4 * r * columns, [columns, 1], count, columns, panel);
            product([v, stride], [panel, width], columns, [z + 8 * r, rowStride], m, count);
          }
        };

        const m = zeros(size * size);
        const depth = dual ? columns : rows;
        for (let k = 0; k < depth; k += DEPTH) {
          const deep = Math.min(DEPTH, depth - k);
          widen(ofA + 4 * k * (dual ? 1 : columns), dual ? [columns, 1] : [1, columns], n, deep, panel);
          product([panel, twos(deep)], [panel, twos(deep)], deep, [m, size], n, size, true, true);
        }
        const diagonal = room(size);
        const norm = team.call('mirrorLower', m, size, diagonal);
        const tell = (status: number, residual: number, length: number): void => {
          backend.typedArrayFromHeap(facts).set([status, residual, length]);
        };
        if (!(norm < Infinity)) {
          tell(2, Number.NaN, Number.NaN);
          return;
        }
        const definite = dampings(beta, norm, n).some((damping) => {
          team.call('shiftLower', m, size, n, diagonal, damping);
          return factorShared(team, areas, m, n);
        });
        if (!definite) {
          tell(0, Number.NaN, Number.NaN);
          return;
        }
        team.call('transposeLower', m, size);

        const most = fours(units);
        const solveAll = (b: number): void => {
          substituteShared(team, m, n, b, units);
        };
        // H as it is, and in the dual once more, to be overwritten by S: with the stride of the
        // system.
        const wide = room(most * rowStride);
        widen(ofH, [rows, 1], units, rows, wide);
        const v = zeros(most * columnStride);
        if (dual) {
          const s = zeros(most * size);
          team.call('copyDoubles', wide, rowStride, s, size, units, rows);
          solveAll(s);
          adjoint(s, size, units, v, columnStride);
        } else {
          adjoint(wide, rowStride, units, v, columnStride);
          solveAll(v);
        }

        // The last column of A as a row, with what Aᵀ and H make of it.
        const last = room(4 * rowStride);
        widen(ofA + 4 * (columns - 1), [1, columns], 1, rows, last);
        const image = room(4 * twos(columns));
        adjoint(last, rowStride, 1, image, twos(columns));
        const slopes = room(2 * most);
        product([wide, rowStride], [last, rowStride], rows, [slopes, 2], units, 1);
        team.call('narrowSettled', v, columnStride, units, columns, image, slopes, 2, beta, to);

        const some = fours(few);
        const mix = (x: number, stride: number): number => {
          const mixed = zeros(some * stride);
          share(
            'combine',
            [ofBy, few, units, x, stride, mixed],
            Math.ceil(stride / 64),
            few * units * stride,
          );
          return mixed;
        };
        const [hs, vs] = [mix(wide, rowStride), mix(v, columnStride)];
        const moved = zeros(some * rowStride);
        apply(vs, columnStride, few, moved);
        const dot = (x: number, y: number, stride: number): number =>
          team.call('dotDoubles', x, y, few * stride);
        const gain = dot(moved, hs, rowStride);
        const curvature = dot(moved, moved, rowStride) + beta * dot(vs, vs, columnStride);
        const right = zeros(some * columnStride);
        adjoint(hs, rowStride, few, right, columnStride);
        // H − A·V, in the place of H.
        team.call('addDoubles', hs, -1, moved, few * rowStride);
        const left = zeros(some * columnStride);
        adjoint(hs, rowStride, few, left, columnStride);
        team.call('addDoubles', left, -beta, vs, few * columnStride);
        const [found, whole] = [dot(left, left, columnStride), dot(right, right, columnStride)];
        const ratio = (x: number, y: number): number => (x === 0 && y === 0 ? 0 : x / y);
        tell(1, ratio(Math.sqrt(found), Math.sqrt(whole)), ratio(gain, curvature));
      });
    });
  });
};
