/** The file format of golden cases, decoded, and turned into a network of this library. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { tensor, type Tensor, transpose } from '@tensorflow/tfjs-core';
import {
  type AnyChain,
  attempt,
  error,
  type Example,
  fail,
  type Layer,
  type Loss,
  orThrow,
  type ProxpropError,
  Report,
  type Shape,
  softmaxCrossEntropy,
  squaredError,
  Tree as Trees,
  type Tree,
} from '../../src';
import { sizeOf } from '../../src/internal';
import { builtIn, buildNetwork, decodeAt, type LayerConfig, networkCodec } from '../../src/experiment';

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
const toTensor = (path: string, { shape, data }: TensorFile): Tensor =>
  data.length === sizeOf(shape)
    ? tensor([...data], [...shape], 'float32')
    : fail('data', path, `${sizeOf(shape)} numbers for the shape [${shape.join(', ')}]`, `${data.length}`);

/** Files store weights [in, out], the library [out, in]. */
const toLayout = (path: string, weights: TensorFile): Tensor => transpose(toTensor(path, weights));

/** A layer of the file as a configuration describes it: its weights say how large it is. */
const configOf = (path: string, file: LayerFile): LayerConfig => {
  const { type: layer, weights, filter, stride, padding, size, heads, causal } = file;
  const need = <A>(key: string, value: A | undefined): A =>
    value ?? fail('data', `${path}.${key}`, `the ${key} of a layer ${layer}`, 'nothing');
  switch (layer) {
    case 'linear':
      return { layer, units: need('weights', weights?.shape[1]) };
    case 'conv2d': {
      const [height, width, , filters] = need('filter', filter).shape;
      return {
        ...{ layer, filters, size: [height, width] },
        ...{ stride: need('stride', stride), padding: need('padding', padding) },
      };
    }
    case 'maxPool2d':
    case 'avgPool2d':
      return { layer, size: need('size', size) };
    case 'selfAttention':
      return {
        layer,
        ...(heads === undefined ? {} : { heads }),
        ...(causal === undefined ? {} : { causal }),
      };
    case 'residual':
      return { layer, layers: configsOf(path, file.layers ?? []) };
    default:
      return { layer };
  }
};

const configsOf = (path: string, files: readonly LayerFile[]): readonly LayerConfig[] =>
  files.map((file, i) => configOf(`${path}.layers.${i}`, file));

/** The parameters of a layer, in the library's layout. */
const parametersOf = (path: string, file: LayerFile): Tree.Tree => {
  const { type, weights, filter, bias } = file;
  const need = <A>(key: string, value: A | undefined): A =>
    value ?? fail('data', `${path}.${key}`, `the ${key} of a layer ${type}`, 'nothing');
  const matrix = (name: 'query' | 'key' | 'value' | 'output'): Tensor =>
    toLayout(`${path}.${name}`, need(name, file[name]).weights);
  switch (type) {
    case 'linear':
      return {
        weights: toLayout(`${path}.weights`, need('weights', weights)),
        bias: toTensor(`${path}.bias`, need('bias', bias)),
      };
    case 'conv2d':
      return {
        filter: toTensor(`${path}.filter`, need('filter', filter)),
        bias: toTensor(`${path}.bias`, need('bias', bias)),
      };
    case 'selfAttention':
      return {
        ...{ query: matrix('query'), key: matrix('key') },
        ...{ value: matrix('value'), output: matrix('output') },
      };
    case 'residual': {
      const inner = (file.layers ?? []).map((one, i) => parametersOf(`${path}.layers.${i}`, one));
      const [only] = inner;
      // One layer stands for itself.
      return inner.length === 1 && only !== undefined ? only : inner;
    }
    default:
      return {};
  }
};

/** The name of the wire that is the output of a layer. */
const wireOf = (i: number): string => (i < 0 ? 'input' : `layer${i}`);

/** Wires of layers one behind the other, some of which take the parameters of an earlier one. */
const wiresOf = (path: string, files: readonly LayerFile[]) =>
  files.map((file, i) => {
    const [name, from, at] = [wireOf(i), wireOf(i - 1), `${path}.layers.${i}`];
    return file.type === 'shared'
      ? { name, from, share: wireOf(file.of ?? fail('data', `${at}.of`, 'an earlier layer', 'nothing')) }
      : { name, from, layers: [configOf(at, file)] };
  });

/** The network of the layers: a chain, or a graph where some share their parameters. */
const networkOf = (path: string, files: readonly LayerFile[], input: Shape): Golden['network'] => {
  const own = files.map((file, i) => parametersOf(`${path}.layers.${i}`, file));
  const codec = networkCodec(builtIn);
  const built = (configs: readonly unknown[]): AnyChain =>
    buildNetwork(builtIn, path, orThrow(decodeAt(path, codec, configs)), input);
  if (!files.some(({ type }) => type === 'shared'))
    return { net: built(configsOf(path, files)), parameters: own };
  const wired = built([{ layer: 'graph', wires: wiresOf(path, files), output: wireOf(files.length - 1) }]);
  const parameters = Object.fromEntries(
    files.flatMap(({ type }, i) => (type === 'shared' ? [] : [[wireOf(i), own[i] ?? {}]])),
  );
  return { net: wired.layers[0] ?? wired, parameters };
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
    return {
      network: networkOf(path, file.layers, input),
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
export const pathOfEntry = (parameters: Tree.Tree, { layer, inner = [] }: Entry): string => {
  const isTuple = Trees.isTuple(parameters);
  const own = isTuple ? parameters[layer] : undefined;
  // The only layer of a block stands for itself.
  const within = own !== undefined && !Trees.isTuple(own) && inner[0] === 0 ? inner.slice(1) : inner;
  return [isTuple ? layer : wireOf(layer), ...within].join('.');
};
