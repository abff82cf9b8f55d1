/**
 * The gradient of max pooling for the WASM backend, by a kernel of our own (`kernels/assembly/pool.ts`). The stock kernel is wrong
 * for more than one channel.
 */
import { backend_util, MaxPoolGrad } from '@tensorflow/tfjs-core';
import { shape4 } from './convolutionInfo';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './wasmKernel';

export const installWasmPooling = (team: Team): void => {
  replaceKernel(MaxPoolGrad, ({ inputs, attrs, backend }) => {
    // Boundary with tfjs: these attributes are those of `maxPool`, checked there.
    const { filterSize, strides, pad, dimRoundingMode } = attrs as {
      filterSize: [number, number];
      strides: [number, number];
      pad: 'same' | 'valid' | number;
      dimRoundingMode?: 'floor' | 'round' | 'ceil';
    };
    const [x, dy] = [inputOf(inputs, MaxPoolGrad, 'input'), inputOf(inputs, MaxPoolGrad, 'dy')];
    const shape = shape4(MaxPoolGrad, x.shape);
    const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const out = backend.makeOutput(x.shape, 'float32');
    const { padInfo, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const addresses = [x, dy, out].map((t) => addressOf(backend, t));
    const sizes = [inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth];
    const moves = [info.strideHeight, info.strideWidth, padInfo.top, padInfo.left];
    team.withWords([...addresses, ...sizes, ...moves], (address) => {
      team.share('maxPoolGradient', [address], info.batchSize, 4);
    });
    return out;
  });
};
