/**
 * A replacement for the matrix product of the WASM backend, registered under the same kernel name.
 *
 * The stock kernel is fast (XNNPACK) only for one product of two matrices without transpose flags; every other
 * call is a scalar loop up to 46 times slower, and every stock gradient of a product sets a flag. XNNPACK also
 * packs its second operand on each call, which halves the speed when that is a large weight matrix. This kernel
 * transposes explicitly, keeps the smaller matrix second, and takes batches one by one. It therefore decides
 * the memory layout of dense layers: activations are `[batch, features]`, weights `[out, in]`, so that the
 * forward product `x · Wᵀ` becomes `(W · xᵀ)ᵀ` with no copy of W.
 *
 * The stock kernel also caches the packed second operand by its data, not by its shape, so that a reshaped
 * view would meet the packing of another shape and give wrong numbers: such an operand is copied first.
 */
import {
  BatchMatMul,
  broadcast_util,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  Transpose,
  unregisterKernel,
  Identity,
  Slice,
  Concat,
  util,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../core';
import { as, kernelOf, run, Temporaries } from './wasmKernel';

/** Above this many values in the second operand, keeping the smaller matrix second pays for the transposes. */
const LARGE_OPERAND = 1 << 18;

/**
 * Up to this many multiply-adds a product, products of a batch are summed here: a call of XNNPACK packs, slices, and
 * joins, for some 60 μs; this loop does a multiply-add in a nanosecond.
 */
const SMALL_PRODUCT = 1 << 15;

interface Kernels {
  readonly product: KernelConfig;
  readonly copy: KernelConfig;
}

const transposed = (backend: BackendWasm, x: TensorInfo): TensorInfo =>
  run(kernelOf(Transpose), backend, { x }, { perm: [1, 0] });

/** One product of matrices, op(a) · op(b), by the fast path only. */
const matrixProduct = (
  kernels: Kernels,
  shapes: WeakMap<object, string>,
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo => {
  const temporary = new Temporaries(backend);
  const oriented = (x: TensorInfo, flip: boolean) => (flip ? temporary.keep(transposed(backend, x)) : x);
  /** The second operand is packed and cached by its data: another shape of the same data needs a copy. */
  const packable = (x: TensorInfo): TensorInfo => {
    const shape = x.shape.join();
    const before = shapes.get(x.dataId);
    if (before !== undefined && before !== shape)
      return temporary.keep(run(kernels.copy, backend, { x }, {}));
    shapes.set(x.dataId, shape);
    return x;
  };
  const product = (left: TensorInfo, right: TensorInfo) =>
    run(kernels.product, backend, { a: left, b: packable(right) }, { transposeA: false, transposeB: false });
  const sizeA = util.sizeFromShape(a.shape);
  const sizeB = util.sizeFromShape(b.shape);
  try {
    return sizeB > LARGE_OPERAND && sizeB > sizeA
      ? transposed(backend, temporary.keep(product(oriented(b, !transposeB), oriented(a, !transposeA))))
      : product(oriented(a, transposeA), oriented(b, transposeB));
  } finally {
    temporary.free();
  }
};

/** For each matrix of the batch `outer`, in its order, which matrix of the batch that is broadcast to it. */
const matricesOf = (batch: readonly number[], outer: readonly number[]): readonly number[] => {
  let indices = [0];
  outer.forEach((count, axis) => {
    const own = batch[axis - (outer.length - batch.length)] ?? 1;
    indices = indices.flatMap((i) => Array.from({ length: count }, (_, j) => (own === 1 ? i : i * own + j)));
  });
  return indices;
};

/** One of the two operands of small products: where its entries lie. */
interface Strided {
  readonly values: ArrayLike<number>;
  /** First entry of the matrix. */
  readonly from: number;
  /** Between entries that meet in one sum, and between those that do not. */
  readonly inner: number;
  readonly outer: number;
}

/** out[i, j] = Σ_k a[i, k]·b[k, j] into `out` from `to`. */
const smallProduct = (
  a: Strided,
  b: Strided,
  [rows, inner, columns]: readonly [number, number, number],
  out: { [i: number]: number },
  to: number,
): void => {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      let p = a.from + i * a.outer;
      let q = b.from + j * b.outer;
      for (let k = 0; k < inner; k++) {
        sum += (a.values[p] ?? 0) * (b.values[q] ?? 0);
        p += a.inner;
        q += b.inner;
      }
      out[to + i * columns + j] = sum;
    }
};

const matMulKernel = (kernels: Kernels): KernelConfig['kernelFunc'] => {
  const shapes = new WeakMap<object, string>();
  return ({ inputs, attrs, backend: anyBackend }) => {
    // Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which.
    const backend = anyBackend as BackendWasm;
    const a = inputs['a'] ?? fail('shape', 'matMul', 'two operands', 'no first');
    const b = inputs['b'] ?? fail('shape', 'matMul', 'two operands', 'no second');
    const transposeA = attrs?.['transposeA'] === true;
    const transposeB = attrs?.['transposeB'] === true;
    const matrixA = a.shape.slice(-2);
    const matrixB = b.shape.slice(-2);
    const inner = [matrixA[transposeA ? 0 : 1], matrixB[transposeB ? 1 : 0]];
    if (inner[0] !== inner[1])
      fail('shape', 'matMul', `inner dimensions that agree`, `${inner[0] ?? '?'} and ${inner[1] ?? '?'}`);
    const outer = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const countA = util.sizeFromShape(a.shape.slice(0, -2));
    const countB = util.sizeFromShape(b.shape.slice(0, -2));
    const [rows = 0, columns = 0] = [matrixA[transposeA ? 1 : 0], matrixB[transposeB ? 0 : 1]];
    const single = (left: TensorInfo, right: TensorInfo, flipA = transposeA): TensorInfo =>
      matrixProduct(kernels, shapes, backend, left, right, flipA, transposeB);

    if (countB === 1 && (countA === 1 || !transposeA)) {
      // All rows of all batches against one matrix: one product.
      const flat = countA === 1 ? matrixA : [countA * rows, matrixA[1] ?? 0];
      return as(single(as(a, flat), as(b, matrixB)), [...outer, rows, columns]);
    }
    const ofA = matricesOf(a.shape.slice(0, -2), outer);
    const ofB = matricesOf(b.shape.slice(0, -2), outer);
    const [k = 0] = inner;
    if (rows * k * columns <= SMALL_PRODUCT) {
      const out = backend.makeOutput([...outer, rows, columns], 'float32');
      // After the allocation: it may move the heap.
      const [left, right] = [backend.typedArrayFromHeap(a), backend.typedArrayFromHeap(b)];
      const products = backend.typedArrayFromHeap(out);
      ofA.forEach((m, n) => {
        smallProduct(
          {
            values: left,
            from: m * rows * k,
            inner: transposeA ? rows : 1,
            outer: transposeA ? 1 : k,
          },
          {
            values: right,
            from: (ofB[n] ?? 0) * k * columns,
            inner: transposeB ? 1 : columns,
            outer: transposeB ? k : 1,
          },
          [rows, k, columns],
          products,
          n * rows * columns,
        );
      });
      return out;
    }
    const temporary = new Temporaries(backend);
    const item = (x: TensorInfo, matrix: number[], n: number, i: number): TensorInfo => {
      const begin = [i, 0, 0];
      const flat = as(x, [n, ...matrix]);
      return as(
        temporary.keep(run(kernelOf(Slice), backend, { x: flat }, { begin, size: [1, ...matrix] })),
        matrix,
      );
    };
    try {
      const parts = ofA.map((i, n) =>
        as(temporary.keep(single(item(a, matrixA, countA, i), item(b, matrixB, countB, ofB[n] ?? 0))), [
          1,
          rows,
          columns,
        ]),
      );
      // Boundary with tfjs: this kernel takes its operands as a list, which the type of kernels does not say.
      const operands = parts as unknown as Record<string, TensorInfo>;
      const joined = run(kernelOf(Concat), backend, operands, { axis: 0 });
      return as(joined, [...outer, rows, columns]);
    } finally {
      temporary.free();
    }
  };
};

/** Replace the WASM backend's matrix product and identity; doing so again changes nothing. */
export const installWasmMatMul = (): void => {
  const product = kernelOf(BatchMatMul);
  if (product.kernelFunc.name === 'proxpropMatMul') return;
  const copy = kernelOf(Identity);
  const matMul = matMulKernel({ product, copy });
  const proxpropMatMul: KernelConfig['kernelFunc'] = (params) => matMul(params);
  unregisterKernel(BatchMatMul, 'wasm');
  registerKernel({ ...product, kernelFunc: proxpropMatMul });
  // The stock identity copies. Differentiation clones each tensor it saves, so that a copy would double the
  // memory of a step; sharing the data with a reference count, as all other backends do, costs nothing.
  unregisterKernel(Identity, 'wasm');
  registerKernel({
    ...copy,
    kernelFunc: ({ inputs, backend: anyBackend }) => {
      // Boundary with tfjs, as above.
      const backend = anyBackend as BackendWasm;
      const x = inputs['x'] ?? fail('shape', 'identity', 'an operand', 'none');
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
};
