/**
 * Kernels of WebGPU put right.
 *
 * A cast to float32 relabels the integers that lie under it, and kernels that only move numbers (transposing, slicing)
 * then do not compile. A running sum from the other end takes the length of its axis from whichever call came first. A product of
 * long rows is wrong where its second operand is transposed, and different from call to call where not.
 */
import {
  BatchMatMul,
  Cast,
  Cumprod,
  Cumsum,
  env,
  Fill,
  LinSpace,
  Multiply,
  Reverse,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { keepNanInPoolGradient } from '../keepNan';
import { inputOf, type Kernel, kernelsOf } from '../kernel';
import { mendPaddingByNumber } from '../paddingByNumber';
import { reduceNothing } from '../reduceNothing';

const kernels = kernelsOf<WebGPUBackend>('webgpu');
const { kernelOf, run, replaceKernel } = kernels;

/** To float32 by a product with 1, which makes new numbers. */
const cast: Kernel<WebGPUBackend> = ({ inputs, attrs, backend }, stock) => {
  const x = inputOf(inputs, Cast, 'x');
  if (attrs['dtype'] !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool'))
    return run(stock, backend, { x }, attrs);
  const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
  try {
    return run(kernelOf(Multiply), backend, { a: x, b: one }, {});
  } finally {
    backend.disposeData(one.dataId);
  }
};

/** From the other end as from this one, of the numbers turned round. */
const cumulative: Kernel<WebGPUBackend> = ({ inputs, attrs, backend }, stock) => {
  const { axis = 0, exclusive = false, reverse } = attrs;
  const given = inputOf(inputs, stock.kernelName, 'x');
  const onward = { axis, exclusive, reverse: false };
  if (reverse !== true) return run(stock, backend, { x: given }, onward);
  const turned = (x: TensorInfo): TensorInfo =>
    run(kernelOf(Reverse), backend, { x }, { dims: [Number(axis)] });
  const x = turned(given);
  const summed = run(stock, backend, { x }, onward);
  const result = turned(summed);
  for (const { dataId } of [x, summed]) backend.disposeData(dataId);
  return result;
};

/** One number is the first; tfjs adds 0 times a step that is infinite. */
const linSpace: Kernel<WebGPUBackend> = ({ attrs, backend }, stock) =>
  attrs['num'] === 1
    ? run(kernelOf(Fill), backend, {}, { shape: [1], value: attrs['start'] ?? 0, dtype: 'float32' })
    : run(stock, backend, {}, attrs);

/** The program that products are computed by; −1: tfjs chooses one by their shape. */
export const PRODUCTS = 'WEBGPU_MATMUL_PROGRAM_TYPE';

/**
 * From this inner length on tfjs may sum in parts that are added as they come (its `BatchMatMul_impl`), which is in another order
 * each time; and reads a transposed second operand as if it were not. It does so for fewer than these tiles of 32 × 32 numbers.
 */
const LONG = 2000;
const FEW_TILES = 32;
/** Up to this many numbers it spends a workgroup on each, which is right. */
const FEW_NUMBERS = 128;

/** By small tiles where it would be in parts. */
const product =
  (smallTiles: number): Kernel<WebGPUBackend> =>
  ({ inputs, attrs, backend }, stock) => {
    const [a, b] = [inputOf(inputs, BatchMatMul, 'a'), inputOf(inputs, BatchMatMul, 'b')];
    const { transposeA = false, transposeB = false } = attrs;
    const sides = ({ shape }: TensorInfo, turned: boolean): readonly [number, number] => {
      const [rows = 1, columns = 1] = shape.slice(-2);
      return turned ? [columns, rows] : [rows, columns];
    };
    const [rows, inner] = sides(a, transposeA === true);
    const [, columns] = sides(b, transposeB === true);
    const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
    const chosen = env().getNumber(PRODUCTS);
    const inParts = chosen < 0 && inner >= LONG && tiles <= FEW_TILES && rows * columns > FEW_NUMBERS;
    if (!inParts) return run(stock, backend, { a, b }, { transposeA, transposeB });
    env().set(PRODUCTS, smallTiles);
    try {
      return run(stock, backend, { a, b }, { transposeA, transposeB });
    } finally {
      env().set(PRODUCTS, chosen);
    }
  };

/**
 * Replaces these kernels. Calling it again changes nothing. `smallTiles` is tfjs's number of the
 * program for small products.
 */
export const mendWebgpu = (smallTiles: number): void => {
  mendPaddingByNumber(kernels);
  keepNanInPoolGradient(kernels);
  reduceNothing(kernels);
  replaceKernel(BatchMatMul, product(smallTiles));
  replaceKernel(Cast, cast);
  replaceKernel(Cumsum, cumulative);
  replaceKernel(Cumprod, cumulative);
  replaceKernel(LinSpace, linSpace);
};
