/**
 * Convolutions and their gradient by the filter for the WASM backend, by kernels of this library
 * (`kernels/assembly/conv.ts` and `convFilter.ts`), on all threads.
 *
 * tfjs has no filter gradient there. Its forward kernel passes a padding 'same' on to XNNPACK,
 * which gives zeros if the stride is larger than the filter. For a padding by one number, it
 * computes the outputs of both axes from the height of the filter, and then writes outside the
 * tensor that it made.
 */
import { Conv2D, Conv2DBackpropFilter, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { infoOf, numbers, shape4, shapeAttr } from '../convolutionInfo';
import { type Team } from './team';
import { inputOf, ownKernel, replaceKernel } from './kernel';
import { filled } from './result';
import { withFilterSums, withShape } from './shape';

export const installWasmConvolve = (team: Team): void => {
  const convolved = (
    operands: { readonly x: TensorInfo; readonly filter: TensorInfo; readonly bias?: TensorInfo },
    attrs: NamedAttrMap,
    backend: BackendWasm,
  ): TensorInfo => {
    const { x, filter } = operands;
    const dilations = numbers(attrs['dilations']);
    const info = infoOf(Conv2D, x.shape, shape4(Conv2D, filter.shape), attrs, false, dilations);
    const packed = (s: number): number => team.call('packedFilter', s);
    return filled(backend, info.outShape, (out) => {
      withShape(team, backend, { ...operands, out }, info, packed, (job) => {
        team.call('packFilter', job.shape);
        team.share('convolve', [job.shape], job.items, 1, job.worth);
      });
    });
  };
  replaceKernel(Conv2D, ({ inputs, attrs, backend }) => {
    const [x, filter] = [inputOf(inputs, Conv2D, 'x'), inputOf(inputs, Conv2D, 'filter')];
    return convolved({ x, filter }, attrs, backend);
  });
  // With a bias the sums begin with it, which saves a pass over the outputs.
  ownKernel('BiasedConv2D', (operands, attrs, backend) => convolved(operands, { ...attrs }, backend));
  replaceKernel(Conv2DBackpropFilter, ({ inputs, attrs, backend }) => {
    const name = Conv2DBackpropFilter;
    const [x, dy] = [inputOf(inputs, name, 'x'), inputOf(inputs, name, 'dy')];
    const shape = shapeAttr(name, attrs, 'filterShape');
    const info = infoOf(name, x.shape, shape, attrs, false);
    return filled(backend, shape, (filter) => {
      const use = (job: number): void => {
        team.call('sumFilter', job);
      };
      withFilterSums(team, backend, [{ x, dy, filter, info, use }]);
    });
  });
};
