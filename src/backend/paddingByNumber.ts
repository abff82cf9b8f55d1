/** Convolutions of tfjs that are padded by one number, put right: see `bySides`. */
import { Conv2D, Conv2DBackpropInput, DepthwiseConv2dNative } from '@tensorflow/tfjs-core';
import { bySides } from './convolutionInfo';
import { operand, replace, run } from './replace';

/** Replace these kernels of a backend; doing so again changes nothing. */
export const mendPaddingByNumber = (backend: string): void => {
  for (const [name, images] of [
    [Conv2D, 'x'],
    [Conv2DBackpropInput, 'dy'],
    [DepthwiseConv2dNative, 'x'],
  ] as const)
    replace(name, backend, (stock, call) => {
      const attrs = call.attrs ?? {};
      const inputs = { [images]: operand(call, images), filter: operand(call, 'filter') };
      const pad = attrs['pad'];
      return run(stock, call, inputs, typeof pad === 'number' ? { ...attrs, pad: bySides(pad) } : attrs);
    });
};
