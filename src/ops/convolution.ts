/**
 * Both convolutions, each as one trilinear form: ⟨x ∗ w, y⟩ is linear in the images x, the filter w
 * and the outputs y, so each of the three maps below has the other two as its derivatives. tfjs has
 * the forward map as an op, and the other two only as kernels.
 *
 *     y[n, p, u]    = Σ x[n, s·p + i, c] · w[i, c, u]        convolve
 *     dx[n, q, c]   = Σ y[n, p, u] · w[i, c, u]              inputGradient, q = s·p + i
 *     dw[i, c, u]   = Σ x[n, s·p + i, c] · y[n, p, u]        filterGradient
 *
 * Images are [N, H, W, C], filters [kh, kw, C, U] and outputs [N, H', W', U]. Depthwise, filters
 * are [kh, kw, C, m] and outputs [N, H', W', C·m]. Sums run over all indices that the left side
 * lacks.
 */
import {
  add,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { hasKernel, runForOne, runOwnForOne } from './kernel';
import { type SlidingAttributes } from './ownKernels';
import { type Sliding } from './sliding';

export { type SidePadding, type Sliding } from './sliding';

const attributes = ({ strides, pad }: Sliding): SlidingAttributes => ({
  strides: [...strides],
  pad,
  dataFormat: 'NHWC',
  dilations: [1, 1],
});

/** x ∗ w. */
export const convolve = (x: Tensor, filter: Tensor, sliding: Sliding): Tensor =>
  runForOne(Conv2D, { x, filter }, attributes(sliding));

/**
 * The most terms that `filterGradient` sums in float32 on backends with `BiasedConv2D`; the rest of
 * each sum is in float64.
 */
export const FILTER_CHAIN = 128;

/**
 * The most terms that `filterGradient` sums in float32, one after another; `undefined` if unknown.
 */
export const filterChain = (): number | undefined => (hasKernel('BiasedConv2D') ? FILTER_CHAIN : undefined);

/** x ∗ w + b, with one number of b for each output channel. Filters may be dilated. */
export const convolveBiased = (
  x: Tensor,
  filter: Tensor,
  bias: Tensor,
  sliding: Sliding,
  dilations: readonly [number, number] = [1, 1],
): Tensor => {
  const attrs = { ...attributes(sliding), dilations: [...dilations] };
  return hasKernel('BiasedConv2D')
    ? runOwnForOne('BiasedConv2D', { x, filter, bias }, attrs)
    : add(runForOne(Conv2D, { x, filter }, attrs), bias);
};

/** The adjoint of `convolve` in its images. */
export const inputGradient = (
  dy: Tensor,
  filter: Tensor,
  inputShape: readonly number[],
  sliding: Sliding,
): Tensor =>
  runForOne(Conv2DBackpropInput, { dy, filter }, { ...attributes(sliding), inputShape: [...inputShape] });

/** The adjoint of `convolve` in its filter. */
export const filterGradient = (
  x: Tensor,
  dy: Tensor,
  filterShape: readonly number[],
  sliding: Sliding,
): Tensor =>
  runForOne(Conv2DBackpropFilter, { x, dy }, { ...attributes(sliding), filterShape: [...filterShape] });

/** Each channel with its own filters. */
export const convolveDepthwise = (x: Tensor, filter: Tensor, sliding: Sliding): Tensor =>
  runForOne(DepthwiseConv2dNative, { x, filter }, attributes(sliding));

/** The adjoint of `convolveDepthwise` in its images. */
export const depthwiseInputGradient = (
  dy: Tensor,
  filter: Tensor,
  inputShape: readonly number[],
  sliding: Sliding,
): Tensor =>
  runForOne(
    DepthwiseConv2dNativeBackpropInput,
    { dy, filter },
    { ...attributes(sliding), inputShape: [...inputShape] },
  );

/** The adjoint of `convolveDepthwise` in its filter. */
export const depthwiseFilterGradient = (
  x: Tensor,
  dy: Tensor,
  filterShape: readonly number[],
  sliding: Sliding,
): Tensor =>
  runForOne(
    DepthwiseConv2dNativeBackpropFilter,
    { x, dy },
    { ...attributes(sliding), filterShape: [...filterShape] },
  );

/**
 * AᵀA in float64 of a convolution with stride 1, by a kernel that some backends have: see
 * `backend/wasm/gramLags.ts`.
 */
export const gramLagsWide = (
  x: Tensor,
  geometry: {
    readonly kernel: readonly [number, number];
    readonly out: readonly [number, number];
    readonly before: readonly [number, number];
  },
): Tensor =>
  runOwnForOne(
    'GramLagsWide',
    { x },
    { kernel: [...geometry.kernel], before: [...geometry.before], out: [...geometry.out] },
  );

/** The first rows and columns of such a matrix, in float32. */
export const narrowWide = (x: Tensor, rows: number, columns: number): Tensor =>
  runOwnForOne('NarrowWide', { x }, { rows, columns });

/**
 * AᵀH in float64 for H [N, H', W', U], unit by unit. Columns are in the order row, column, channel;
 * or, with `channelsFirst`, in the order channel, row, column.
 */
export const convolutionAdjointWide = (
  x: Tensor,
  h: Tensor,
  filterShape: readonly number[],
  sliding: Sliding,
  channelsFirst: boolean,
): Tensor =>
  runOwnForOne(
    'ConvolutionAdjointWide',
    { x, h },
    { ...attributes(sliding), filterShape: [...filterShape], channelsFirst },
  );
