/**
 * The measurement of combinations of units (`measure.ts`), if reads do not stall. They are a few
 * thousand numbers, and a kernel for each of the sixty operations on them would take longer than the
 * sums. Two kernels that some backends have do all of it but the products by A; otherwise the host
 * does.
 */
import { concat, div, sub, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { scope, toHost } from '../core';
import { hasKernel, runOwnForOne } from '../ops';
import { dotRows, normHost, ratioOf } from './host';
import { type Operator } from './operator';
import { PERIOD, signs } from './sketch';

/** Combinations [m, rows] of H, [m, columns] of V, and of AᵀH if it is known. */
interface Combinations {
  readonly held: Tensor;
  readonly v: Tensor;
  readonly right?: Tensor;
}

/** ‖Aᵀ·miss‖ is known to `rounding` times what its terms come to if none cancel. */
interface Known {
  readonly beta: number;
  readonly rounding: number;
}

/** What the host reads of it. */
interface Found {
  readonly residual: number;
  readonly length: number;
}

const SIGNS = signs(PERIOD);

const inner = (a: Float64Array, b: Float64Array): number => dotRows(a, 0, b, 0, a.length);

/**
 * For combinations H [m, rows] and V [m, columns] of units, with sums in float64:
 *
 *     residual = (‖Aᵀ(H − A·V) − βV‖ + rounding·‖Aᵀt‖) / ‖AᵀH‖
 *     length   = ⟨A·V, H⟩ / (‖A·V‖² + β‖V‖²)
 *
 * t has for each row what |H| + |H − A·V| sums to over the combinations, divided by √m, with a sign.
 */
export const measuredOnHost = (
  { apply, adjoint }: Pick<Operator, 'apply' | 'adjoint'>,
  { held, v, right }: Combinations,
  { beta, rounding }: Known,
): Found =>
  scope(() => {
    const [m = 0, rows = 0] = held.shape;
    const largest = toHost(held).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Squares are taken relative to it, so that no sum on the backend overflows.
    const scaled = (x: Tensor): Tensor => div(x, largest === 0 ? 1 : largest);
    const [hs, vs] = [scaled(held), scaled(v)];
    const image = apply(vs);
    const [ofH, ofV, ofImage] = [toHost(hs), toHost(vs), toHost(image)];
    const terms = new Float32Array(rows);
    for (let r = 0; r < rows; r++) {
      let total = 0;
      for (let i = r; i < ofH.length; i += rows) {
        const value = ofH[i] ?? Number.NaN;
        total += Math.abs(value) + Math.abs(value - (ofImage[i] ?? Number.NaN));
      }
      terms[r] = (total / Math.sqrt(m)) * (SIGNS[r % PERIOD] ?? Number.NaN);
    }
    const sums = [sub(hs, image), tensor(terms, [1, rows]), ...(right === undefined ? [hs] : [])];
    const found = toHost(adjoint(concat(sums)));
    const size = ofV.length;
    const columns = size / m;
    const defect = found.slice(0, size).map((value, i) => value - beta * (ofV[i] ?? Number.NaN));
    const natural = normHost(found.subarray(size, size + columns));
    const whole = normHost(right === undefined ? found.subarray(size + columns) : toHost(scaled(right)));
    return {
      residual: ratioOf(normHost(defect) + natural * rounding, whole),
      length: ratioOf(inner(ofImage, ofH), inner(ofImage, ofImage) + beta * inner(ofV, ofV)),
    };
  });

/** The same by kernels, of whose numbers the host reads two. */
const measuredByKernels = (
  { apply, adjoint }: Pick<Operator, 'apply' | 'adjoint'>,
  { held, v, right }: Combinations,
  { beta, rounding }: Known,
): Found =>
  scope(() => {
    const image = apply(v);
    const known = right === undefined ? 0 : 1;
    const sums = adjoint(
      runOwnForOne('SketchMisses', { held, image, signs: tensor(SIGNS) }, { both: known === 0 ? 1 : 0 }),
    );
    const operands = { sums, v, held, image, right: right ?? sums };
    const facts = runOwnForOne('SketchNorms', operands, { known, beta, rounding });
    const [residual = Number.NaN, length = Number.NaN] = facts.dataSync();
    return { residual, length };
  });

/** By kernels if the backend has them, and otherwise on the host. */
export const measuredAtOnce = (...of: Parameters<typeof measuredOnHost>): Found =>
  hasKernel('SketchNorms') ? measuredByKernels(...of) : measuredOnHost(...of);
