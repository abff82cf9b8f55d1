/**
 * Corrected kernels of WebGL. Matrices lie in texels of 2 × 2 numbers. If a side is odd, the last
 * texels contain numbers outside the matrix, and kernels leave arbitrary results there: a matrix
 * plus 1 has ones there. A product of matrices sums whole texels, so with an odd inner length it
 * also sums the numbers outside both.
 */
import { BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
import { type MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { keepNan, keepNanInPoolGradient, onWebgl } from '../keepNan';
import { inputOf, type Kernel, kernelsOf } from '../kernel';
import { mendPaddingByNumber } from '../paddingByNumber';
import { reduceNothing } from '../reduceNothing';

const kernels = kernelsOf<MathBackendWebGL>('webgl');
const { run, replaceKernel } = kernels;

/**
 * A product of matrices. If the inner length is odd, both operands are first unpacked from their
 * texels; tfjs then packs them again, with zeros outside the matrix.
 */
const product: Kernel<MathBackendWebGL> = ({ inputs, attrs, backend }, stock) => {
  const [a, b] = [inputOf(inputs, BatchMatMul, 'a'), inputOf(inputs, BatchMatMul, 'b')];
  const { transposeA = false, transposeB = false } = attrs;
  const inner = a.shape.at(transposeA === true ? -2 : -1) ?? 1;
  const made: TensorInfo[] = [];
  const clean = (x: TensorInfo): TensorInfo => {
    if (inner % 2 === 0 || backend.texData.get(x.dataId).isPacked !== true) return x;
    const unpacked = backend.unpackTensor(x);
    made.push(unpacked);
    return unpacked;
  };
  try {
    return run(stock, backend, { a: clean(a), b: clean(b) }, { transposeA, transposeB });
  } finally {
    for (const { dataId } of made) backend.disposeData(dataId);
  }
};

/** Replaces these kernels. Calling it again changes nothing. */
export const mendWebgl = (): void => {
  mendPaddingByNumber(kernels);
  keepNan(kernels, onWebgl);
  keepNanInPoolGradient(kernels);
  reduceNothing(kernels);
  replaceKernel(BatchMatMul, product);
};
