/**
 * Makes tfjs kernels that lose a NaN pass it on, by kernels that every backend has: `sign`, max
 * pooling, which compares with the largest number so far, and the gradient of max pooling. If that
 * suffices, only the text of shaders is changed.
 */
import {
  Acosh,
  Asinh,
  Atanh,
  Cosh,
  Elu,
  Exp,
  Expm1,
  Log,
  Relu6,
  Selu,
  Sigmoid,
  Sinh,
  Softplus,
  AvgPool,
  Cast,
  IsNan,
  type KernelBackend,
  MaxPool,
  MaxPoolGrad,
  type NamedAttrMap,
  Select,
  Sign,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { inputOf, type Kernels } from './kernel';

/** `x` where it is NaN, and `otherwise` elsewhere. `otherwise` is freed. */
const nanOf = <B extends KernelBackend>(
  { kernelOf, run }: Kernels<B>,
  backend: B,
  x: TensorInfo,
  otherwise: TensorInfo,
): TensorInfo => {
  const condition = run(kernelOf(IsNan), backend, { x }, {});
  const result = run(kernelOf(Select), backend, { condition, t: x, e: otherwise }, {});
  for (const { dataId } of [condition, otherwise]) backend.disposeData(dataId);
  return result;
};

/**
 * Makes these functions of one tensor NaN where their argument is. All backends of tfjs get `sign`
 * wrong.
 */
export const keepNan = <B extends KernelBackend>(
  kernels: Kernels<B>,
  names: readonly string[] = [Sign],
): void => {
  for (const name of names)
    kernels.replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, name, 'x');
      const result = kernels.run(stock, backend, { x }, attrs);
      return x.dtype === 'float32' ? nanOf(kernels, backend, x, result) : result;
    });
};

/**
 * Functions that lose a NaN on WebGL, whose drivers may assume that exponentials and minima have
 * numbers as arguments.
 */
export const onWebgl: readonly string[] = [
  Acosh,
  Asinh,
  Atanh,
  Cosh,
  Elu,
  Exp,
  Expm1,
  Log,
  Relu6,
  Selu,
  Sigmoid,
  Sign,
  Sinh,
  Softplus,
];

/** Makes the gradient of max pooling NaN where the images are. */
export const keepNanInPoolGradient = <B extends KernelBackend>(kernels: Kernels<B>): void => {
  kernels.replaceKernel(MaxPoolGrad, ({ inputs, attrs, backend }, stock) => {
    const [dy, input, output] = [
      inputOf(inputs, MaxPoolGrad, 'dy'),
      inputOf(inputs, MaxPoolGrad, 'input'),
      inputOf(inputs, MaxPoolGrad, 'output'),
    ];
    return nanOf(kernels, backend, input, kernels.run(stock, backend, { dy, input, output }, attrs));
  });
};

/**
 * Max pooling and its gradient: a window that contains a NaN gets the mean of its numbers, which is
 * NaN.
 */
export const keepNanInPools = <B extends KernelBackend>(kernels: Kernels<B>): void => {
  const { kernelOf, replaceKernel, run } = kernels;
  replaceKernel(MaxPool, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, MaxPool, 'x');
    const made: TensorInfo[] = [];
    const kept = (name: string, named: Record<string, TensorInfo>, how: NamedAttrMap): TensorInfo => {
      const result = run(name === MaxPool ? stock : kernelOf(name), backend, named, how);
      made.push(result);
      return result;
    };
    const isNaN = kept(Cast, { x: kept(IsNan, { x }, {}) }, { dtype: 'float32' });
    const condition = kept(Cast, { x: kept(MaxPool, { x: isNaN }, attrs) }, { dtype: 'bool' });
    const [t, e] = [kept(AvgPool, { x }, attrs), kept(MaxPool, { x }, attrs)];
    try {
      return run(kernelOf(Select), backend, { condition, t, e }, {});
    } finally {
      for (const { dataId } of made) backend.disposeData(dataId);
    }
  });
  keepNanInPoolGradient(kernels);
};
