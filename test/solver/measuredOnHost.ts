/** The measurement of combinations of units on the host: the reference for the kernels. */
import { concat, div, sub, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { scope, toHost } from '../../src';
import { dotRows, normHost, ratioOf } from '../../src/solver/host';
import { type measuredAtOnce } from '../../src/solver/measureAtOnce';
import { PERIOD, signs } from '../../src/solver/sketch';

const inner = (a: Float64Array, b: Float64Array): number => dotRows(a, 0, b, 0, a.length);

/** `measuredAtOnce`, from the same products by A. */
export const measuredOnHost: typeof measuredAtOnce = (
  { apply, adjoint },
  { held, v, right },
  { beta, rounding },
) =>
  scope(() => {
    const [m = 0, rows = 0] = held.shape;
    const largest = toHost(held).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Squares are taken relative to it, so that no sum on the backend overflows.
    const scaled = (x: Tensor): Tensor => div(x, largest === 0 ? 1 : largest);
    const [hs, vs] = [scaled(held), scaled(v)];
    const sign = signs(PERIOD);
    const image = apply(vs);
    const [ofH, ofV, ofImage] = [toHost(hs), toHost(vs), toHost(image)];
    const terms = new Float32Array(rows);
    for (let r = 0; r < rows; r++) {
      let total = 0;
      for (let i = r; i < ofH.length; i += rows) {
        const value = ofH[i] ?? Number.NaN;
        total += Math.abs(value) + Math.abs(value - (ofImage[i] ?? Number.NaN));
      }
      terms[r] = (total / Math.sqrt(m)) * (sign[r % PERIOD] ?? Number.NaN);
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
