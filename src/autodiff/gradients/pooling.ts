/** Gradients of pooling. */
import {
  add,
  AvgPool,
  backend_util,
  cast,
  div,
  engine,
  equal,
  isNaN,
  MaxPool,
  MaxPoolGrad,
  mul,
  type NamedAttrMap,
  ones,
  pad,
  reshape,
  stridedSlice,
  sub,
  type Tensor,
  tensor,
  tile,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail } from '../../core';
import { depthwiseInputGradient, type SidePadding } from '../../ops';
import { numbersAttr, rule, saved, type GradientRule } from './rule';

type Info = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

const shape4 = (x: Tensor): Shape4 => {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  return x.rank === 4
    ? [n, h, w, c]
    : fail('gradient', 'pooling', 'images [N, H, W, C]', `a tensor [${x.shape.join(', ')}]`);
};

const pairOf = (values: readonly number[]): [number, number] => {
  const [height = 1, width = height] = values;
  return [height, width];
};

const infoOf = (x: Tensor, attrs: NamedAttrMap): Info => {
  const padding: unknown = attrs['pad'];
  const rounding: unknown = attrs['dimRoundingMode'];
  if (rounding != null && rounding !== 'floor')
    fail('gradient', 'pooling', 'sizes rounded down', 'another rounding');
  return backend_util.computePool2DInfo(
    shape4(x),
    pairOf(numbersAttr(attrs['filterSize'])),
    pairOf(numbersAttr(attrs['strides'])),
    1,
    padding === 'same' || padding === 'valid' || typeof padding === 'number'
      ? padding
      : fail('gradient', 'pooling', "'same', 'valid' or a number of places", String(padding)),
  );
};

const sidesOf = ({ top, bottom, left, right }: Info['padInfo']): SidePadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** x[n, s·p + i, c] of the padded images, for a place i of the window and all outputs p. */
const seenAt = (
  padded: Tensor,
  { strideHeight, strideWidth, outHeight, outWidth }: Info,
  i: number,
  j: number,
) => {
  const [n = 0, , , c = 0] = padded.shape;
  const end = [n, i + (outHeight - 1) * strideHeight + 1, j + (outWidth - 1) * strideWidth + 1, c];
  return stridedSlice(padded, [0, i, j, 0], end, [1, strideHeight, strideWidth, 1]);
};

/** Below every number in a window, so it is never the maximum. */
const LOWEST = -3.4e38;

/**
 * u at the first maximum of each window: the adjoint of what `maxPool` does to a cotangent. It is
 * linear in u, and made of ops, for derivatives of any order.
 */
const atGreatest = (u: Tensor, x: Tensor, y: Tensor, info: Info): Tensor => {
  const sides = sidesOf(info.padInfo);
  const paddedX = pad(x, sides, LOWEST);
  const paddedU = pad(u, sides);
  let open = add(zerosLike(y), 1);
  let result = zerosLike(y);
  for (let i = 0; i < info.filterHeight; i++)
    for (let j = 0; j < info.filterWidth; j++) {
      const here = mul(open, cast(equal(seenAt(paddedX, info, i, j), y), 'float32'));
      result = add(result, mul(here, seenAt(paddedU, info, i, j)));
      open = sub(open, here);
    }
  // A window whose greatest is NaN has none that equals it.
  return where(isNaN(y), y, result);
};

const maxPool: GradientRule = {
  kernelName: MaxPool,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dys, kept, attrs) => {
    const dy = Array.isArray(dys) ? saved(dys, 0) : dys;
    return {
      x: () => {
        const inputs = { dy, input: saved(kept, 0), output: saved(kept, 1) };
        const dx = engine().runKernel<Tensor | Tensor[]>(MaxPoolGrad, inputs, attrs);
        return Array.isArray(dx) ? saved(dx, 0) : dx;
      },
    };
  },
};

const maxPoolGrad: GradientRule = rule(MaxPoolGrad, ['input', 'output'], (u, kept, attrs) => {
  const [x, y] = [saved(kept, 0), saved(kept, 1)];
  return {
    dy: () => atGreatest(u, x, y, infoOf(x, attrs)),
    // Which entry is the greatest does not change nearby.
    input: () => zerosLike(x),
    output: () => zerosLike(y),
  };
});

/** The number of entries in each window, [1, H', W', 1], without padding. */
const counts = (info: Info): Tensor => {
  const seen = (out: number, stride: number, before: number, size: number, extent: number): number =>
    Math.min(out * stride - before + size, extent) - Math.max(out * stride - before, 0);
  const rows = Array.from({ length: info.outHeight }, (_, p) =>
    seen(p, info.strideHeight, info.padInfo.top, info.filterHeight, info.inHeight),
  );
  const columns = Array.from({ length: info.outWidth }, (_, q) =>
    seen(q, info.strideWidth, info.padInfo.left, info.filterWidth, info.inWidth),
  );
  return tensor(Float32Array.from(rows.flatMap((r) => columns.map((c) => r * c))), [
    1,
    info.outHeight,
    info.outWidth,
    1,
  ]);
};

/**
 * Repeats each entry of y over its whole window, for windows side by side: [N, H', W', C] to [N,
 * H'·h, W'·w, C].
 */
const enlarged = (y: Tensor, { filterHeight: h, filterWidth: w, outHeight, outWidth }: Info): Tensor => {
  const [n = 0, , , c = 0] = y.shape;
  const wide = tile(reshape(y, [n * outHeight * outWidth, 1, c]), [1, w, 1]);
  const high = tile(reshape(wide, [n * outHeight, 1, outWidth * w * c]), [1, h, 1]);
  return reshape(high, [n, outHeight * h, outWidth * w, c]);
};

const sideBySide = (info: Info): boolean =>
  info.strideHeight === info.filterHeight &&
  info.strideWidth === info.filterWidth &&
  info.padInfo.top + info.padInfo.bottom + info.padInfo.left + info.padInfo.right === 0;

/**
 * Each window passes its cotangent, divided by its count, to all of its entries. (This does not use
 * the kernel `AvgPoolGrad`: in tfjs's cpu backend it divides by the size of the window even where
 * the window reaches into padding.)
 */
const avgPool: GradientRule = rule(AvgPool, ['x'], (dy, kept, attrs) => ({
  x: () => {
    const x = saved(kept, 0);
    const info = infoOf(x, attrs);
    const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, inChannels } = info;
    if (sideBySide(info)) {
      const full = enlarged(div(dy, filterHeight * filterWidth), info);
      return pad(full, [
        [0, 0],
        [0, inHeight - outHeight * filterHeight],
        [0, inWidth - outWidth * filterWidth],
        [0, 0],
      ]);
    }
    return depthwiseInputGradient(
      div(dy, counts(info)),
      ones([filterHeight, filterWidth, inChannels, 1]),
      x.shape,
      {
        strides: [info.strideHeight, info.strideWidth],
        pad: sidesOf(info.padInfo),
      },
    );
  },
}));

export const pooling: readonly GradientRule[] = [maxPool, maxPoolGrad, avgPool];
