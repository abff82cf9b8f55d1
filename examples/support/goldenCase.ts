/** The file format of golden cases, decoded, and turned into a network of this library. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  attempt,
  avgPool2d,
  bind,
  chainOfLayers,
  conv2d,
  error,
  type Example,
  fail,
  flatten,
  graph,
  type Graph,
  type GraphParameters,
  identity,
  type Layer,
  linear,
  type Loss,
  maxPool2d,
  output,
  type ProxpropError,
  relu,
  Report,
  residual,
  selfAttention,
  type Shape,
  share,
  sigmoid,
  sizeOf,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  Tree as Trees,
  type Tree,
  type Wires,
} from '../../src';

const TensorFile = t.readonly(t.type({ shape: t.readonlyArray(t.Int), data: t.readonlyArray(t.number) }));
export type TensorFile = t.TypeOf<typeof TensorFile>;

/** One matrix of an attention layer. */
const MatrixFile = t.type({ weights: TensorFile });

const PlainLayer = t.intersection([
  t.type({ type: t.string }),
  t.partial({
    weights: TensorFile,
    bias: TensorFile,
    filter: TensorFile,
    stride: t.Int,
    padding: t.keyof({ same: null, valid: null }),
    size: t.Int,
    heads: t.Int,
    causal: t.boolean,
    query: MatrixFile,
    key: MatrixFile,
    value: MatrixFile,
    output: MatrixFile,
    of: t.Int,
  }),
]);

/** A layer, and inside of a residual block others. */
type LayerFile = t.TypeOf<typeof PlainLayer> & { readonly layers?: readonly LayerFile[] };
const LayerFile: t.Type<LayerFile, unknown> = t.recursion('layer', (self) =>
  t.intersection([PlainLayer, t.partial({ layers: t.readonlyArray(self) })]),
);

/** What is expected of one linear map; `filter` belongs to convolutions, `inner` says where it is inside of its layer. */
const Entry = t.intersection([
  t.type({ layer: t.Int }),
  t.partial({
    inner: t.readonlyArray(t.union([t.Int, t.string])),
    weights: TensorFile,
    filter: TensorFile,
    bias: TensorFile,
  }),
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

const buildConvolution = (path: string, file: LayerFile, input: Shape): Built => {
  const { filter, bias, stride, padding } = file;
  if (filter === undefined || bias === undefined || stride === undefined || padding === undefined)
    return fail('data', path, 'filter, bias, stride and padding of a convolution', 'one of them is missing');
  const [height = 0, width = 0, , filters = 0] = filter.shape;
  return {
    layer: conv2d(imageShape(path, input), filters, [height, width], { stride, padding }),
    parameters: { filter: toTensor(`${path}.filter`, filter), bias: toTensor(`${path}.bias`, bias) },
  };
};

const buildPool = (path: string, file: LayerFile, input: Shape, make: typeof maxPool2d): Built => {
  const { size = fail('data', `${path}.size`, 'the size of the window', 'nothing') } = file;
  return { layer: make(imageShape(path, input), size), parameters: {} };
};

const buildResidual = (path: string, file: LayerFile, input: Shape): Built => {
  const { layers, parameters } = buildAll(path, file.layers ?? [], input);
  return { layer: residual(chainOfLayers(layers)), parameters };
};

const buildAttention = (path: string, file: LayerFile, [length = 0, width = 0]: Shape): Built => {
  const { heads = 1, causal = false } = file;
  const matrix = (name: 'query' | 'key' | 'value' | 'output'): Tensor =>
    toLayout(
      `${path}.${name}`,
      file[name]?.weights ?? fail('data', `${path}.${name}`, 'the weights of a matrix', 'nothing'),
    );
  return {
    layer: selfAttention(length, width, { heads, causal }),
    parameters: {
      query: matrix('query'),
      key: matrix('key'),
      value: matrix('value'),
      output: matrix('output'),
    },
  };
};

const buildLinear = (path: string, { weights, bias }: LayerFile): Built => {
  if (weights === undefined || bias === undefined)
    return fail('data', path, 'weights and bias of a linear layer', 'one of them is missing');
  const [fanIn = 0, fanOut = 0] = weights.shape;
  return {
    layer: linear(fanIn, fanOut),
    parameters: { weights: toLayout(`${path}.weights`, weights), bias: toTensor(`${path}.bias`, bias) },
  };
};

const withParameters: {
  readonly [type: string]: ((path: string, file: LayerFile, input: Shape) => Built) | undefined;
} = {
  linear: buildLinear,
  conv2d: buildConvolution,
  maxPool2d: (path, file, input) => buildPool(path, file, input, maxPool2d),
  avgPool2d: (path, file, input) => buildPool(path, file, input, avgPool2d),
  residual: buildResidual,
  selfAttention: buildAttention,
};

const buildLayer = (path: string, file: LayerFile, input: Shape): Built => {
  const build = withParameters[file.type];
  if (build !== undefined) return build(path, file, input);
  const make =
    simple[file.type] ??
    fail(
      'data',
      `${path}.type`,
      `one of ${[...Object.keys(withParameters), ...Object.keys(simple)].join(', ')}`,
      `"${file.type}"`,
    );
  return { layer: make(input), parameters: {} };
};

/** Layers one after another. */
function buildAll(
  path: string,
  files: readonly LayerFile[],
  input: Shape,
): { readonly layers: readonly AnyLayer[]; readonly parameters: readonly Tree.Tree[] } {
  const built: Built[] = [];
  for (const [i, file] of files.entries())
    built.push(buildLayer(`${path}.layers.${i}`, file, built.at(-1)?.layer.output ?? input));
  return { layers: built.map(({ layer }) => layer), parameters: built.map(({ parameters }) => parameters) };
}

/** The name of the wire that is the output of a layer. */
const wireOf = (i: number): string => (i < 0 ? 'input' : `layer${i}`);

/** Layers one after another, some of which take the parameters of an earlier one. */
const buildShared = (path: string, files: readonly LayerFile[], input: Shape): Golden['network'] => {
  let wires: Graph<Wires, GraphParameters> = graph(input);
  const parameters: Record<string, Tree.Tree> = {};
  let shape = input;
  for (const [i, file] of files.entries()) {
    const [name, from] = [wireOf(i), wireOf(i - 1)];
    if (file.type === 'shared') {
      const of = file.of ?? fail('data', `${path}.layers.${i}.of`, 'an earlier layer', 'nothing');
      wires = share(name, wireOf(of), from)(wires);
      continue;
    }
    const built = buildLayer(`${path}.layers.${i}`, file, shape);
    wires = bind(name, built.layer, from)(wires);
    parameters[name] = built.parameters;
    shape = built.layer.output;
  }
  return { net: output(wireOf(files.length - 1))(wires), parameters };
};

export interface Golden {
  readonly network: { readonly net: Layer<Tree.Tree, Shape, Shape>; readonly parameters: Tree.Tree };
  readonly example: Example;
  readonly loss: Loss;
}

/** The network, parameters and batch of a case; tensors are the caller's. */
export const buildGolden = (path: string, file: GoldenFile): E.Either<ProxpropError, Golden> =>
  attempt(() => {
    const input = file.input.shape.slice(1);
    const sharing = file.layers.some(({ type }) => type === 'shared');
    const chained = (): Golden['network'] => {
      const { layers, parameters } = buildAll(path, file.layers, input);
      return { net: chainOfLayers(layers), parameters };
    };
    return {
      network: sharing ? buildShared(path, file.layers, input) : chained(),
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

/** The expected tensors of one linear map, in the library's layout. */
export const expectedParameters = (path: string, { weights, filter, bias }: Entry): Tree.Tree => {
  const own = bias === undefined ? {} : { bias: toTensor(`${path}.bias`, bias) };
  if (filter !== undefined) return { filter: toTensor(`${path}.filter`, filter), ...own };
  if (weights === undefined) return fail('data', `${path}.weights`, 'a tensor', 'nothing');
  return { weights: toLayout(`${path}.weights`, weights), ...own };
};

/** Where the linear map of an entry is in the parameters: the beginning of the paths of its tensors. */
export const pathOfEntry = (parameters: Tree.Tree, { layer, inner = [] }: Entry): string =>
  [Trees.isTuple(parameters) ? layer : wireOf(layer), ...inner].join('.');
