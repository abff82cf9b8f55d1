/**
 * The gradient of max pooling for the WASM backend, in plain JavaScript on its memory. The stock kernel is wrong for
 * more than one channel.
 */
import {
  backend_util,
  type KernelConfig,
  MaxPoolGrad,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { inputOf, kernelOf } from './wasmKernel';

const at = (values: ArrayLike<number>, i: number): number => values[i] ?? 0;

/** Each cotangent goes to the first greatest entry of its window. */
const scatter = (
  info: backend_util.Conv2DInfo,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  dx: { [i: number]: number },
): void => {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels: channels } = info;
  const { top, left } = info.padInfo;
  const row = inWidth * channels;
  let output = 0;
  for (let n = 0; n < batchSize; n++)
    for (let p = 0; p < outHeight; p++) {
      const firstRow = p * info.strideHeight - top;
      const [rowFrom, rowTo] = [Math.max(0, firstRow), Math.min(inHeight, firstRow + info.filterHeight)];
      for (let q = 0; q < outWidth; q++) {
        const firstColumn = q * info.strideWidth - left;
        const columnFrom = Math.max(0, firstColumn);
        const columnTo = Math.min(inWidth, firstColumn + info.filterWidth);
        for (let c = 0; c < channels; c++, output++) {
          let best = (n * inHeight + rowFrom) * row + columnFrom * channels + c;
          let greatest = at(x, best);
          for (let i = rowFrom; i < rowTo; i++)
            for (let j = columnFrom; j < columnTo; j++) {
              const place = (n * inHeight + i) * row + j * channels + c;
              const value = at(x, place);
              if (value > greatest) {
                greatest = value;
                best = place;
              }
            }
          dx[best] = (dx[best] ?? 0) + at(dy, output);
        }
      }
    }
};

const maxPoolGradFunction: KernelConfig['kernelFunc'] = ({ inputs, attrs = {}, backend: anyBackend }) => {
  // Boundary with tfjs: the kernel is registered for this backend; its attributes are those of `maxPool`, checked there.
  const backend = anyBackend as BackendWasm;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: [number, number];
    strides: [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const [x, dy] = [inputOf(inputs, MaxPoolGrad, 'input'), inputOf(inputs, MaxPoolGrad, 'dy')];
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const out: TensorInfo = backend.makeOutput(x.shape, 'float32');
  // Views are taken after the allocation, which may have moved the memory.
  const dx = backend.typedArrayFromHeap(out);
  dx.fill(0);
  scatter(info, backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(dy), dx);
  return out;
};

/** Replace the kernel; doing so again changes nothing. */
export const installWasmPooling = (): void => {
  const stock = kernelOf(MaxPoolGrad);
  if (stock.kernelFunc === maxPoolGradFunction) return;
  unregisterKernel(MaxPoolGrad, 'wasm');
  registerKernel({ ...stock, kernelFunc: maxPoolGradFunction });
};
