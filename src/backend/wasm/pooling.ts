/**
 * Pooling for the WASM backend, and the gradient of max pooling, by kernels of this library
 * (`kernels/assembly/pool.ts`). The stock pools lose a NaN at some places of the window, and the
 * stock gradient is wrong for more than one channel.
 */
import {
  AvgPool,
  backend_util,
  MaxPool,
  MaxPoolGrad,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Info, shape4 } from '../convolutionInfo';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './kernel';
import { filled } from './result';

const infoOf = (kernel: string, x: TensorInfo, attrs: NamedAttrMap): Info => {
  // Boundary with tfjs: these attributes are those of its own pools, checked there.
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: [number, number];
    strides: [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computePool2DInfo(
    shape4(kernel, x.shape),
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
};

/** The words of a pooling after its three addresses. */
const wordsOf = (info: Info): readonly number[] => {
  const { padInfo, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const sizes = [inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth];
  return [...sizes, info.strideHeight, info.strideWidth, padInfo.top, padInfo.left];
};

export const installWasmPooling = (team: Team): void => {
  for (const name of [MaxPool, AvgPool])
    replaceKernel(name, ({ inputs, attrs, backend }) => {
      const x = inputOf(inputs, name, 'x');
      const info = infoOf(name, x, attrs);
      return filled(backend, info.outShape, (out) => {
        const addresses = [addressOf(backend, x), addressOf(backend, out), 0];
        team.withWords([...addresses, ...wordsOf(info)], (address) => {
          team.share('pool', [address, name === AvgPool ? 1 : 0], info.batchSize, 4);
        });
      });
    });
  replaceKernel(MaxPoolGrad, ({ inputs, attrs, backend }) => {
    const [x, dy] = [inputOf(inputs, MaxPoolGrad, 'input'), inputOf(inputs, MaxPoolGrad, 'dy')];
    const info = infoOf(MaxPoolGrad, x, attrs);
    return filled(backend, x.shape, (out) => {
      const addresses = [x, dy, out].map((t) => addressOf(backend, t));
      team.withWords([...addresses, ...wordsOf(info)], (address) => {
        team.share('maxPoolGradient', [address], info.batchSize, 4);
      });
    });
  });
};
