/**
 * Slices and paddings of up to four axes for the WASM backend, run by run
 * (`kernels/assembly/slice.ts`). The stock kernel of slices handles one number at a time in
 * JavaScript, and that of paddings waits for its own threads; they still handle texts and more
 * axes. Slices with strides have the dtype of their argument.
 */
import { Cast, PadV2, Slice, slice_util, StridedSlice, util } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, inputOf, kernelOf, replaceKernel, run, type WasmKernel } from './kernel';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

type Four = readonly [number, number, number, number];

/**
 * Four axes: trailing axes that are taken whole are joined with the one before, and axes of length
 * 1 are added in front.
 */
const joined = (
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): readonly [Four, Four, Four] => {
  let d = [...shape];
  let at = [...begin];
  let n = [...size];
  while (d.length > 1 && d.at(-1) === n.at(-1)) {
    const last = d.at(-1) ?? 1;
    const shorter = (values: number[]): number[] => [...values.slice(0, -2), (values.at(-2) ?? 1) * last];
    d = shorter(d);
    at = shorter(at);
    n = shorter(n);
  }
  const four = (values: readonly number[], fill: number): Four => {
    const [a = fill, b = fill, c = fill, e = fill] = [
      ...Array<number>(4 - values.length).fill(fill),
      ...values,
    ];
    return [a, b, c, e];
  };
  return [four(d, 1), four(at, 0), four(n, 1)];
};

/** A strided slice. tfjs copies words of four bytes and labels them float32. */
const strided: WasmKernel = ({ inputs, attrs, backend }, stock) => {
  const x = inputOf(inputs, StridedSlice, 'x');
  if (x.dtype === 'bool') {
    const words = run(kernelOf(Cast), backend, { x }, { dtype: 'int32' });
    const sliced = run(kernelOf(StridedSlice), backend, { x: words }, attrs);
    const result = run(kernelOf(Cast), backend, { x: sliced }, { dtype: 'bool' });
    for (const { dataId } of [words, sliced]) backend.disposeData(dataId);
    return result;
  }
  const result = run(stock, backend, { x }, attrs);
  // Boundary with tfjs: the dtype that it reads numbers by.
  backend.dataIdMap.get(result.dataId).dtype = x.dtype;
  return { ...result, dtype: x.dtype };
};

/**
 * Surrounds an array with one value. The gradient of a padding is a slice, and that of a slice is a
 * padding.
 */
const padded =
  (team: Team): WasmKernel =>
  ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, PadV2, 'x');
    // Boundary with tfjs: these attributes are those that its own `pad` was given.
    const { paddings, constantValue } = attrs as unknown as {
      readonly paddings: readonly (readonly [number, number])[];
      readonly constantValue: number;
    };
    // The kernel writes words of float32, of which only zero is one of int32 too.
    const isWord = x.dtype === 'float32' || (x.dtype === 'int32' && constantValue === 0);
    if (!isWord || x.shape.length > 4) return run(stock, backend, { x }, attrs);
    const shape = x.shape.map((d, i) => d + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
    const out = backend.makeOutput(shape, x.dtype);
    if (util.sizeFromShape(shape) === 0) return out;
    const before = paddings.map(([first]) => first);
    const [d, at, n] = joined(shape, before, x.shape);
    const loops = [d[1], d[2], at[0], n[0], at[1], n[1], at[2], n[2], 4 * at[3], 4 * d[3], 4 * n[3]];
    const worth = util.sizeFromShape(shape) >= WORTH_SHARING;
    team.share(
      'padRuns',
      [addressOf(backend, x), addressOf(backend, out), constantValue, ...loops],
      d[0],
      8,
      worth,
    );
    return out;
  };

export const installWasmSlice = (team: Team): void => {
  replaceKernel(PadV2, padded(team));
  replaceKernel(StridedSlice, strided);
  replaceKernel(Slice, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Slice, 'x');
    if ((x.dtype !== 'float32' && x.dtype !== 'int32') || x.shape.length > 4)
      return run(stock, backend, { x }, attrs);
    // Boundary with tfjs: these attributes are those that its own `slice` was given.
    const { begin, size } = attrs as { readonly begin: number[]; readonly size: number[] };
    const parsed = slice_util.parseSliceParams(x, begin, size);
    const [starts = [], sizes = []] = parsed;
    slice_util.assertParamsValid(x, starts, sizes);
    const out = backend.makeOutput(sizes, x.dtype);
    if (util.sizeFromShape(sizes) === 0) return out;
    const [d, at, n] = joined(x.shape, starts, sizes);
    const first = addressOf(backend, x) + 4 * (at[0] * d[1] * d[2] * d[3] + at[3]);
    const loops = [d[1], d[2], at[1], n[1], at[2], n[2], 4 * d[3], 4 * n[3]];
    const worth = util.sizeFromShape(sizes) >= WORTH_SHARING;
    team.share('sliceRuns', [first, addressOf(backend, out), ...loops], n[0], 8, worth);
    return out;
  });
};
