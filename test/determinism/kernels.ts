/** Every kernel of ours, and those of tfjs that run on several threads, each on sizes that it shares among them. */
import {
  add,
  avgPool,
  cast,
  div,
  elu,
  exp,
  floor,
  type Rank,
  leakyRelu,
  matMul,
  maxPool,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  tanh,
  tile,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import {
  attend,
  conv2d,
  exact,
  Formula,
  Key,
  layerNorm,
  linear,
  orThrow,
  softmaxCrossEntropy,
  type Sliding,
  Solver,
  Tree,
  valueAndGradient,
} from '../../src';
import {
  biasedProduct,
  convolve,
  convolveBiased,
  convolveDepthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  filterGradient,
  inputGradient,
  normalisedGroups,
  withGain,
} from '../../src/internal';

const random = (seed: number, shape: readonly number[]): Tensor => Key.uniform(Key.key(seed), shape, -1, 1);
const images = (seed: number, [n, h, w, c]: readonly [number, number, number, number]): Tensor<Rank.R4> =>
  reshape(random(seed, [n, h, w, c]), [n, h, w, c]);

const one: Sliding = { strides: [1, 1], pad: 'same' };
const two: Sliding = { strides: [2, 2], pad: 'same' };

/** A filter gradient of `count` images. */
const filterOf =
  (count: number, side: number, k: number, c: number, u: number, sliding = one) =>
  (): Tensor =>
    filterGradient(
      images(1, [count, side, side, c]),
      images(2, [count, Math.ceil(side / sliding.strides[0]), Math.ceil(side / sliding.strides[1]), u]),
      [k, k, c, u],
      sliding,
    );

const gram = (n: number, k: number): Tensor => {
  const x = random(7, [n, k]);
  return matMul(x, x, false, true);
};

/** XᵀX of a few columns. */
const gramOfColumns = (rows: number, n: number): Tensor => {
  const x = random(7, [rows, n]);
  return matMul(x, x, true, false);
};

/** The results of each, from the same inputs every time. */
export const kernels: { readonly [name: string]: () => readonly Tensor[] | Tensor } = {
  'filter gradient, many slots': filterOf(37, 16, 3, 3, 16),
  'filter gradient, stride 2': filterOf(33, 17, 5, 4, 10, two),
  'filter gradient, few slots, in pieces': filterOf(9, 6, 3, 96, 130),
  'filter gradient, one image': filterOf(1, 40, 5, 16, 7),
  convolution: () => convolve(images(1, [33, 16, 16, 3]), images(2, [5, 5, 3, 9]), one),
  'convolution with a bias': () =>
    convolveBiased(images(1, [33, 16, 16, 3]), images(2, [3, 3, 3, 16]), random(3, [16]), two),
  'input gradient': () =>
    inputGradient(images(1, [33, 16, 16, 9]), images(2, [3, 3, 5, 9]), [33, 16, 16, 5], one),
  'input gradient, stride 2': () =>
    inputGradient(images(1, [33, 8, 8, 9]), images(2, [3, 3, 5, 9]), [33, 16, 16, 5], two),
  depthwise: () => convolveDepthwise(images(1, [17, 16, 16, 6]), images(2, [3, 3, 6, 2]), one),
  'depthwise, input gradient': () =>
    depthwiseInputGradient(images(1, [17, 16, 16, 12]), images(2, [3, 3, 6, 2]), [17, 16, 16, 6], one),
  'depthwise, filter gradient': () =>
    depthwiseFilterGradient(images(1, [17, 16, 16, 6]), images(2, [17, 16, 16, 12]), [3, 3, 6, 2], one),
  product: () => [
    matMul(random(1, [701, 330]), random(2, [330, 260])),
    biasedProduct(random(1, [701, 330]), random(2, [260, 330]), random(3, [260])),
  ],
  'product, transposed': () => matMul(random(1, [330, 301]), random(2, [260, 330]), true, true),
  'product of batches': () => matMul(random(1, [9, 50, 70]), random(2, [9, 70, 90])),
  'a matrix with itself': () => [gram(301, 650), gram(1300, 20), gramOfColumns(1500, 70)],
  inverse: () => Solver.invertShifted(gram(131, 200), 0.5).inverse,
  'conjugate gradients': () =>
    Solver.dualConjugateGradients(gram(90, 200), 0.3, random(2, [415, 90]), 4).value,
  'ridge systems with sums in float64': () =>
    [1, 40].flatMap((units) => {
      const h = random(2, [units, 1501]);
      const design = linear(70, units).design?.(random(1, [1501, 70]));
      return design === undefined
        ? []
        : Tree.leaves(Solver.solveRidge(design, h, 0.3, exact({ route: 'primal' })).value);
    }),
  'ridge systems in float32': () =>
    (['primal', 'dual'] as const).flatMap((route) => {
      const h = random(2, [415, 330]);
      const design = linear(260, 415).design?.(Key.uniform(Key.key(1), [330, 260], 0, 1));
      return design === undefined
        ? []
        : Tree.leaves(Solver.solveRidge(design, h, 10, exact({ route })).value);
    }),
  'an exact solve of filters': () =>
    (['valid', 'same'] as const).flatMap((padding) => {
      const layer = conv2d([13, 12, 7], 9, 3, { padding });
      const x = images(1, [40, 13, 12, 7]);
      const h = random(2, layer.forward(layer.init(Key.key(1)), x).shape);
      const design = layer.design?.(x);
      return design === undefined ? [] : Tree.leaves(Solver.solveRidge(design, h, 0.3, exact()).value);
    }),
  'normalised groups': () => {
    const x = images(1, [33, 40, 3, 7]);
    const along = images(2, [33, 40, 3, 7]);
    const how = { places: 40, groups: 3, width: 7, epsilon: 1e-5 };
    return orThrow(valueAndGradient((t: Tensor) => sum(mul(normalisedGroups(t, how), along)))(x)).gradient;
  },
  attention: () => {
    const of130 = (seed: number): Tensor => random(seed, [17, 130, 12]);
    const [a, b, c, dy] = [of130(1), of130(2), of130(3), of130(4)];
    const join = attend(130, 12, { heads: 3, causal: true });
    const loss = (xs: { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor }): Tensor =>
      sum(mul(join.forward([xs.a, xs.b, xs.c]), dy));
    return [join.forward([a, b, c]), ...Object.values(orThrow(valueAndGradient(loss)({ a, b, c })).gradient)];
  },
  'class losses': () => {
    const classes = cast(floor(mul(Key.uniform(Key.key(2), [4001], 0, 1), 37)), 'int32');
    const each = (z: Tensor): Tensor => softmaxCrossEntropy.each(z, classes);
    const z = random(1, [4001, 37]);
    return [each(z), orThrow(valueAndGradient((t: Tensor) => sum(each(t)))(z)).gradient];
  },
  'gains and biases': () => {
    const [x, h] = [random(1, [4001, 6]), random(2, [4001, 6])];
    const design = layerNorm(6).design?.(x);
    return design === undefined ? [] : Tree.leaves(Solver.solveRidge(design, h, 0.3, exact()).value);
  },
  'gains and biases, with their gradient': () => {
    const [x, gain, bias] = [random(1, [4001, 38]), random(2, [38]), random(3, [38])];
    const loss = (p: { readonly x: Tensor; readonly gain: Tensor; readonly bias: Tensor }): Tensor =>
      sum(mul(withGain(p.x, p.gain, p.bias), x));
    const { gradient } = orThrow(valueAndGradient(loss)({ x, gain, bias }));
    return [withGain(x, gain, bias), ...Object.values(gradient)];
  },
  formula: () =>
    Formula.evaluate(
      [Formula.div(Formula.mul(Formula.input(0), Formula.input(1)), Formula.sqrt(Formula.input(2)))],
      [random(1, [70_001]), random(2, [70_001]), random(3, [70_001])],
    ),
  'sum over rows': () => sum(random(1, [3001, 40]), 0),
  'sum over columns': () => sum(random(1, [3001, 40]), 1),
  'sum of all': () => [sum(random(1, [130_003])), mean(random(1, [130_003]))],
  'repeated along axes': () => {
    const [x, y] = [random(1, [90, 40, 7, 5]), random(2, [90, 1, 7, 1])];
    return [...[add, sub, mul, div].map((op): Tensor => op(x, y)), tile(random(3, [80, 1, 13]), [1, 60, 2])];
  },
  slices: () => slice(random(1, [90, 40, 50]), [5, 3, 7], [80, 30, 41]),
  transposes: () => transpose(random(1, [701, 333])),
  'max pooling and its gradient': () => {
    const x = images(1, [33, 16, 16, 7]);
    const weights = images(2, [33, 8, 8, 7]);
    const found = valueAndGradient((t: Tensor<Rank.R4>) => sum(mul(maxPool(t, 3, 2, 'same'), weights)))(x);
    return orThrow(found).gradient;
  },
  'average pooling': () => avgPool(images(1, [33, 16, 16, 7]), 3, 2, 'same'),
  'elementwise kernels of tfjs': () => {
    const [x, y] = [random(1, [70_001]), random(2, [70_001])];
    return [add, sub, mul, div].map((op): Tensor => op(x, y));
  },
  'activations of tfjs': () => {
    const x = random(1, [701, 101]);
    return [relu, sigmoid, tanh, exp, elu, leakyRelu, softmax].map((op): Tensor => op(x));
  },
};

/** A sum of what each thread happened to take: its result depends on who was held up. */
export const byMember = (): Tensor => {
  const blocks = random(1, [64, 1000]);
  const taken = Array.from({ length: 64 }, () => (Math.random() < 0.5 ? 0 : 1));
  const sumOf = (member: number): Tensor =>
    taken.reduce<Tensor>(
      (total, by, i) => (by === member ? add(total, sum(slice(blocks, [i, 0], [1, 1000]))) : total),
      sum(slice(blocks, [0, 0], [1, 0])),
    );
  return add(sumOf(0), sumOf(1));
};
