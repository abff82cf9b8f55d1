/** Corrects convolutions of tfjs that are padded by one number; see `bySides`. */
import {
  Conv2D,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  type KernelBackend,
} from '@tensorflow/tfjs-core';
import { bySides } from './convolutionInfo';
import { inputOf, type Kernels } from './kernel';

/** Replaces these kernels of a backend. Calling it again changes nothing. */
export const mendPaddingByNumber = <B extends KernelBackend>({ replaceKernel, run }: Kernels<B>): void => {
  for (const [name, images] of [
    [Conv2D, 'x'],
    [Conv2DBackpropInput, 'dy'],
    [DepthwiseConv2dNative, 'x'],
  ] as const)
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const operands = { [images]: inputOf(inputs, name, images), filter: inputOf(inputs, name, 'filter') };
      const pad = attrs['pad'];
      return run(stock, backend, operands, typeof pad === 'number' ? { ...attrs, pad: bySides(pad) } : attrs);
    });
};
