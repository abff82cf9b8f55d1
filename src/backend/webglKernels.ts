/**
 * Kernels of WebGL put right.
 *
 * Matrices lie in texels of 2 × 2 numbers. Where a side is odd the last texels hold numbers beyond the edge, and kernels leave there
 * what they come to: a matrix plus 1 has ones there. A product of matrices sums whole texels, and so with an odd inner length also
 * over what lies beyond the edge of both.
 */
import { BatchMatMul, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { type MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { mendPaddingByNumber } from './paddingByNumber';
import { type Call, operand, replace, run } from './replace';

const BACKEND = 'webgl';

/** Boundary with tfjs: kernels are registered for one backend by name, but their type does not say which. */
const ours = ({ backend }: Call): MathBackendWebGL => backend as MathBackendWebGL;

/** Both operands taken out of their texels where the inner length is odd; tfjs then puts them back, with zeros beyond the edge. */
const product = (stock: KernelConfig, call: Call): TensorInfo => {
  const [a, b] = [operand(call, 'a'), operand(call, 'b')];
  const { transposeA = false, transposeB = false } = call.attrs ?? {};
  const inner = a.shape.at(transposeA === true ? -2 : -1) ?? 1;
  const backend = ours(call);
  const made: TensorInfo[] = [];
  const clean = (x: TensorInfo): TensorInfo => {
    if (inner % 2 === 0 || backend.texData.get(x.dataId).isPacked !== true) return x;
    const unpacked = backend.unpackTensor(x);
    made.push(unpacked);
    return unpacked;
  };
  try {
    return run(stock, call, { a: clean(a), b: clean(b) }, { transposeA, transposeB });
  } finally {
    for (const { dataId } of made) backend.disposeData(dataId);
  }
};

/** Replace these kernels; doing so again changes nothing. */
export const mendWebgl = (): void => {
  mendPaddingByNumber(BACKEND);
  replace(BatchMatMul, BACKEND, product);
};
