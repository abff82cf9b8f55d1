/**
 * Convolutions and their gradient by the filter for the WASM backend, by kernels of this library
 * (`kernels/assembly/conv.ts` and `convFilter.ts`), on all threads.
 *
 * tfjs has no filter gradient there. Its forward kernel passes a padding 'same' on to XNNPACK,
 * which gives zeros if the stride is larger than the filter. For a padding by one number, it
 * computes the outputs of both axes from the height of the filter, and then writes outside the
 * tensor that it made.
 */
import { Conv2D, Conv2DBackpropFilter } from '@tensorflow/tfjs-core';
import { BIASED_CONVOLUTION } from '../../ops';
import { infoOf, numbers, shape4, shapeAttr } from '../convolutionInfo';
import { type Team } from './team';
import { inputOf, replaceKernel } from './kernel';
import { filled } from './result';
import { withFilterSums, withShape } from './shape';

export const installWasmConvolve = (team: Team): void => {
  // With a bias the sums begin with it, which saves a pass over the outputs.
  for (const name of [Conv2D, BIASED_CONVOLUTION])
    replaceKernel(name, ({ inputs, attrs, backend }) => {
      const [x, filter] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'filter')];
      const bias = name === BIASED_CONVOLUTION ? { bias: inputOf(inputs, name, 'bias') } : {};
      const shape = shape4(name, filter.shape);
      const info = infoOf(name, x.shape, shape, attrs, false, numbers(attrs['dilations']));
      const packed = (s: number): number => team.call('packedFilter', s);
      return filled(backend, info.outShape, (out) => {
        withShape(team, backend, { x, filter, out, ...bias }, info, packed, (job) => {
          team.call('packFilter', job.shape);
          team.share('convolve', [job.shape], job.items, 1, job.worth);
        });
      });
    });
  replaceKernel(Conv2DBackpropFilter, ({ inputs, attrs, backend }) => {
    const name = Conv2DBackpropFilter;
    const [x, dy] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'dy')];
    const shape = shapeAttr(name, attrs, 'filterShape');
    const info = infoOf(name, x.shape, shape, attrs, false);
    return filled(backend, shape, (filter) => {
      withFilterSums(team, backend, { x, dy, filter }, info, (job) => {
        team.call('sumFilter', job);
      });
    });
  });
};
