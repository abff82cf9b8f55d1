/** The file format of golden cases, decoded, and turned into a network of this library. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  attempt,
  chainOfLayers,
  type AnyChain,
  error,
  type Example,
  fail,
  flatten,
  identity,
  linear,
  type Loss,
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
  t.partial({ weights: TensorFile, bias: TensorFile }),
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
  const make =
    simple[file.type] ??
    fail('data', `${path}.type`, `one of linear, ${Object.keys(simple).join(', ')}`, `"${file.type}"`);
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
export const expectedParameters = (path: string, entry: Entry): { weights: Tensor; bias: Tensor } => {
  const { weights } = entry;
  if (weights === undefined) return fail('data', `${path}.weights`, 'a tensor', 'nothing');
  return { weights: toLayout(`${path}.weights`, weights), bias: toTensor(`${path}.bias`, entry.bias) };
};
