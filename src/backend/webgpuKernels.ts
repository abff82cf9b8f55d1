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
  type KernelConfig,
  Multiply,
  Reverse,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { mendPaddingByNumber } from './paddingByNumber';
import { type Call, kernelOf, operand, replace, run } from './replace';

const BACKEND = 'webgpu';

/** Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which. */
const ours = ({ backend }: Call): WebGPUBackend => backend as WebGPUBackend;

/** To float32 by a product with 1, which makes new numbers. */
const cast = (stock: KernelConfig, call: Call): TensorInfo => {
  const x = operand(call);
  if (call.attrs?.['dtype'] !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool'))
    return run(stock, call, { x }, call.attrs ?? {});
  const one = ours(call).makeTensorInfo([], 'float32', Float32Array.of(1));
  try {
    return run(kernelOf(Multiply, BACKEND), call, { a: x, b: one }, {});
  } finally {
    ours(call).disposeData(one.dataId);
  }
};

/** From the other end as from this one, of the numbers turned round. */
const cumulative = (stock: KernelConfig, call: Call): TensorInfo => {
  const { axis = 0, exclusive = false, reverse } = call.attrs ?? {};
  const attrs = { axis, exclusive, reverse: false };
  if (reverse !== true) return run(stock, call, { x: operand(call) }, attrs);
  const turned = (x: TensorInfo): TensorInfo =>
    run(kernelOf(Reverse, BACKEND), call, { x }, { dims: [Number(axis)] });
  const x = turned(operand(call));
  const summed = run(stock, call, { x }, attrs);
  const result = turned(summed);
  for (const { dataId } of [x, summed]) ours(call).disposeData(dataId);
  return result;
};

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
  (smallTiles: number) =>
  (stock: KernelConfig, call: Call): TensorInfo => {
    const [a, b] = [operand(call, 'a'), operand(call, 'b')];
    const { transposeA = false, transposeB = false } = call.attrs ?? {};
    const sides = ({ shape }: TensorInfo, turned: boolean): readonly [number, number] => {
      const [rows = 1, columns = 1] = shape.slice(-2);
      return turned ? [columns, rows] : [rows, columns];
    };
    const [rows, inner] = sides(a, transposeA === true);
    const [, columns] = sides(b, transposeB === true);
    const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
    const chosen = env().getNumber(PRODUCTS);
    const inParts = chosen < 0 && inner >= LONG && tiles <= FEW_TILES && rows * columns > FEW_NUMBERS;
    if (!inParts) return run(stock, call, { a, b }, { transposeA, transposeB });
    env().set(PRODUCTS, smallTiles);
    try {
      return run(stock, call, { a, b }, { transposeA, transposeB });
    } finally {
      env().set(PRODUCTS, chosen);
    }
  };

/** Replace these kernels; doing so again changes nothing. `smallTiles` is tfjs's number of that program for products. */
export const mendWebgpu = (smallTiles: number): void => {
  mendPaddingByNumber(BACKEND);
  replace(BatchMatMul, BACKEND, product(smallTiles));
  replace(Cast, BACKEND, cast);
  replace(Cumsum, BACKEND, cumulative);
  replace(Cumprod, BACKEND, cumulative);
};
