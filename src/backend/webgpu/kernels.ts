/**
 * Corrected kernels of WebGPU.
 *
 * In tfjs, a cast to float32 only relabels the integers, so kernels that move numbers (transposing,
 * slicing) then do not compile. A reversed running sum takes the length of its axis from whichever
 * call came first. A product of long rows is wrong if its second operand is transposed, and differs
 * from call to call otherwise.
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

/** A cast to float32 by a product with 1, which makes new numbers. */
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

/** A running sum. The reversed one is that of the reversed numbers. */
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

/** A range of one number is its first number; tfjs adds 0 times an infinite step. */
const linSpace: Kernel<WebGPUBackend> = ({ attrs, backend }, stock) =>
  attrs['num'] === 1
    ? run(kernelOf(Fill), backend, {}, { shape: [1], value: attrs['start'] ?? 0, dtype: 'float32' })
    : run(stock, backend, {}, attrs);

/** The flag that selects the program of products; with −1, tfjs selects one by the shape. */
export const PRODUCTS = 'WEBGPU_MATMUL_PROGRAM_TYPE';

/**
 * From this inner length on, tfjs may sum in parts that are added as they arrive (its
 * `BatchMatMul_impl`), in another order each time, and it then ignores the transpose of the second
 * operand. It does so for fewer than these tiles of 32 × 32 numbers.
 */
const LONG = 2000;
const FEW_TILES = 32;
/** Up to this many numbers, tfjs uses a workgroup for each number, which is right. */
const FEW_NUMBERS = 128;

/** A product of matrices, by small tiles if tfjs would sum it in parts. */
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
