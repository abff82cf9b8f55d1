/** The file format of golden cases, decoded, and turned into a network of this library. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  attempt,
  avgPool2d,
  chainOfLayers,
  conv2d,
  type AnyChain,
  error,
  type Example,
  fail,
  flatten,
  identity,
  linear,
  type Loss,
  maxPool2d,
  type ProxpropError,
  relu,
  Report,
  type Shape,
  sigmoid,
  sizeOf,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  type Tree,
} from '../../src';

const TensorFile = t.readonly(t.type({ shape: t.readonlyArray(t.Int), data: t.readonlyArray(t.number) }));
export type TensorFile = t.TypeOf<typeof TensorFile>;

const LayerFile = t.intersection([
  t.type({ type: t.string }),
  t.partial({
    weights: TensorFile,
    bias: TensorFile,
    filter: TensorFile,
    stride: t.Int,
    padding: t.keyof({ same: null, valid: null }),
    size: t.Int,
  }),
]);

/** What is expected of one layer with parameters; `filter` belongs to convolutions. */
const Entry = t.intersection([
  t.type({ layer: t.Int, bias: TensorFile }),
  t.partial({ weights: TensorFile, filter: TensorFile }),
]);
export type Entry = t.TypeOf<typeof Entry>;

const Proximal = t.intersection([
  t.type({ tau: t.number, solver: t.keyof({ exact: null, cg: null }), direction: t.readonlyArray(Entry) }),
  t.partial({ iterations: t.Int }),
]);
export type Proximal = t.TypeOf<typeof Proximal>;

export const GoldenFile = t.type({
  name: t.string,
  loss: t.keyof({ softmaxCrossEntropy: null, squaredError: null }),
  input: TensorFile,
  target: t.union([t.readonlyArray(t.Int), TensorFile]),
  layers: t.readonlyArray(LayerFile),
  expected: t.type({
    output: TensorFile,
    loss: t.number,
    gradient: t.readonlyArray(Entry),
    proximal: t.readonlyArray(Proximal),
  }),
});
export type GoldenFile = t.TypeOf<typeof GoldenFile>;

/** The first thing that does not fit, with its path inside the file. */
export const decodeGolden = (path: string, content: unknown): E.Either<ProxpropError, GoldenFile> => {
  const decoded = GoldenFile.decode(content);
  if (E.isRight(decoded)) return decoded;
  const fault = Report.firstFault(decoded.left);
  return E.left(error('data', `${path}: ${fault.path}`, fault.expected, fault.found));
};

/** A tensor of the file; its numbers must be as many as its shape says. */
export const toTensor = (path: string, { shape, data }: TensorFile): Tensor =>
  data.length === sizeOf(shape)
    ? tensor([...data], [...shape], 'float32')
    : fail('data', path, `${sizeOf(shape)} numbers for the shape [${shape.join(', ')}]`, `${data.length}`);

/** Files store weights [in, out], the library [out, in]. */
const toLayout = (path: string, weights: TensorFile): Tensor => transpose(toTensor(path, weights));

const simple: { readonly [type: string]: ((input: Shape) => AnyLayer) | undefined } = {
  relu,
  tanh,
  sigmoid,
  identity,
  flatten,
};

interface Built {
  readonly layer: AnyLayer;
  readonly parameters: Tree.Tree;
}

/** The sizes of images, for the layers that want them. */
const imageShape = (path: string, input: Shape): readonly [number, number, number] => {
  const [height = 0, width = 0, channels = 0] = input;
  return input.length === 3
    ? [height, width, channels]
    : fail('data', path, 'images [height, width, channels]', `[${input.join(', ')}]`);
};

const buildConvolution = (path: string, file: GoldenFile['layers'][number], input: Shape): Built => {
  const { filter, bias, stride, padding } = file;
  if (filter === undefined || bias === undefined || stride === undefined || padding === undefined)
    return fail('data', path, 'filter, bias, stride and padding of a convolution', 'one of them is missing');
  const [height = 0, width = 0, , filters = 0] = filter.shape;
  return {
    layer: conv2d(imageShape(path, input), filters, [height, width], { stride, padding }),
    parameters: { filter: toTensor(`${path}.filter`, filter), bias: toTensor(`${path}.bias`, bias) },
  };
};

const buildPool = (
  path: string,
  file: GoldenFile['layers'][number],
  input: Shape,
  make: typeof maxPool2d,
): Built => {
  const { size = fail('data', `${path}.size`, 'the size of the window', 'nothing') } = file;
  return { layer: make(imageShape(path, input), size), parameters: {} };
};

const buildLayer = (path: string, file: GoldenFile['layers'][number], input: Shape): Built => {
  if (file.type === 'linear') {
    const { weights, bias } = file;
    if (weights === undefined || bias === undefined)
      return fail('data', path, 'weights and bias of a linear layer', 'one of them is missing');
    const [fanIn = 0, fanOut = 0] = weights.shape;
    return {
      layer: linear(fanIn, fanOut),
      parameters: { weights: toLayout(`${path}.weights`, weights), bias: toTensor(`${path}.bias`, bias) },
    };
  }
  if (file.type === 'conv2d') return buildConvolution(path, file, input);
  if (file.type === 'maxPool2d') return buildPool(path, file, input, maxPool2d);
  if (file.type === 'avgPool2d') return buildPool(path, file, input, avgPool2d);
  const make =
    simple[file.type] ??
    fail(
      'data',
      `${path}.type`,
      `one of linear, conv2d, maxPool2d, avgPool2d, ${Object.keys(simple).join(', ')}`,
      `"${file.type}"`,
    );
  return { layer: make(input), parameters: {} };
};

export interface Golden {
  readonly net: AnyChain;
  readonly parameters: readonly Tree.Tree[];
  readonly example: Example;
  readonly loss: Loss;
}

/** The network, parameters and batch of a case; tensors are the caller's. */
export const buildGolden = (path: string, file: GoldenFile): E.Either<ProxpropError, Golden> =>
  attempt(() => {
    const layers: AnyLayer[] = [];
    const parameters: Tree.Tree[] = [];
    let shape: Shape = file.input.shape.slice(1);
    file.layers.forEach((l, i) => {
      const built = buildLayer(`${path}: layers.${i}`, l, shape);
      layers.push(built.layer);
      parameters.push(built.parameters);
      shape = built.layer.output;
    });
    return {
      net: chainOfLayers(layers),
      parameters,
      example: {
        input: toTensor(`${path}: input`, file.input),
        target:
          'data' in file.target
            ? toTensor(`${path}: target`, file.target)
            : tensor([...file.target], [file.target.length], 'int32'),
      },
      loss: file.loss === 'squaredError' ? squaredError : softmaxCrossEntropy,
    };
  });

/** The expected tensors of one layer, in the library's layout. */
export const expectedParameters = (path: string, { weights, filter, bias }: Entry): Tree.Tree => {
  if (filter !== undefined)
    return { filter: toTensor(`${path}.filter`, filter), bias: toTensor(`${path}.bias`, bias) };
  if (weights === undefined) return fail('data', `${path}.weights`, 'a tensor', 'nothing');
  return { weights: toLayout(`${path}.weights`, weights), bias: toTensor(`${path}.bias`, bias) };
};
