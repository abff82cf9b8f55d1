/** The two backends in plain JavaScript, which run wherever the program does. */
import { findBackend, findBackendFactory, type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { registerFloat64 } from './float64';
import { keepNan, keepNanInPools } from './keepNan';
import { kernelsOf } from './kernel';
import { mendPaddingByNumber } from './paddingByNumber';
import { reduceNothing } from './reduceNothing';
import { type Starter } from './running';

const kernels = kernelsOf<KernelBackend>('cpu');

export const cpu: Starter = {
  start: async () => {
    // It registers itself once, when it is loaded; another copy may have been loaded, and it may
    // have been removed since.
    if (findBackendFactory('cpu') == null) {
      const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
      if (findBackendFactory('cpu') == null) registerBackend('cpu', () => new MathBackendCPU(), 1);
    }
    mendPaddingByNumber(kernels);
    keepNan(kernels);
    keepNanInPools(kernels);
    reduceNothing(kernels);
    // tfjs prints an advertisement at the first use in Node; a program's output is its own.
    Reflect.set(findBackend('cpu'), 'firstUse', false);
    return { simd: false, threads: 1 };
  },
};

export const float64: Starter = {
  start: () => {
    registerFloat64();
    return Promise.resolve({ simd: false, threads: 1 });
  },
};
