/**
 * The entries of layers, methods, optimizers and datasets: a name, the codec of the configuration,
 * the builder, and the cases by which the laws judge it. Configurations, error messages, `proxprop
 * info` and the laws read these entries and nothing else.
 */
import * as t from 'io-ts';
import type * as TE from 'fp-ts/TaskEither';
import { type Shape, type ProxpropError } from '../core';
import { type AnyLayer } from '../layer';
import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { type Dataset, type Source } from '../data';
import { type Closed, closed, type Codec, type Fields, mapped, record } from './codec';
import { decoded } from './decoded';

/** A layer as a configuration describes it: plain data. */
export interface LayerConfig {
  /** The name of the layer. */
  readonly layer: string;
  readonly [key: string]: unknown;
}

/** A method, or an optimizer, as a configuration describes it. */
export interface TypedConfig {
  /** The name of the method or optimizer. */
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The place where a layer is built. */
export interface LayerPlace {
  /** Of its configuration, for messages. */
  readonly path: string;
  /** The shape of one example of its input. */
  readonly input: Shape;
  /**
   * Builds a list of layers as one layer: `key` is the place of the list inside of this
   * configuration, and `input` by default that of this layer.
   */
  readonly nested: (key: string, layers: readonly LayerConfig[], input?: Shape) => AnyLayer;
}

/** A layer under law: a configuration, small enough that hundreds of cases take seconds. */
export interface LayerSample {
  /** Default: the name of the layer. */
  readonly name?: string;
  /** The shape of one example. */
  readonly input: Shape;
  /** The keys beside `layer`. Default: none. */
  readonly config?: { readonly [key: string]: unknown };
  /** Whether each example of a batch is treated alone, in the same way. Default true. */
  readonly batchEquivariant?: boolean;
  /** Whether derivatives do not exist where inputs are 0 or equal. Default false. */
  readonly kinks?: boolean;
  /** For layers that take tokens 0 … n − 1: n. */
  readonly tokens?: number;
}

/**
 * A layer as configurations name it: its codec, how it is built, and the cases that the laws judge.
 */
export interface LayerEntry {
  readonly kind: 'layer';
  /** The name in configurations. */
  readonly name: string;
  /** Of its configuration; `nested` is that of a list of layers, for layers made of layers. */
  readonly codec: (nested: Codec<readonly LayerConfig[]>) => Codec<LayerConfig>;
  /** Builds the layer. It throws a `Fault` if the configuration does not fit the input. */
  readonly build: (config: LayerConfig, place: LayerPlace) => AnyLayer;
  /** The configurations that the laws judge. */
  readonly cases: readonly LayerSample[];
}

/** Required and optional keys of a configuration. */
export interface Keys<R extends Fields, O extends Fields> {
  /** Keys that must be there, each with its codec. */
  readonly required: R;
  /** Keys that may be missing, each with its codec. */
  readonly optional: O;
}

/** A case of a method for the laws: its configuration for couplings ρ (or 1/τ) and τ_θ. */
export interface MethodSample {
  /** Default: the name of the method. */
  readonly name?: string;
  /** Its configuration, at a coupling and a τ_θ. */
  readonly config: (coupling: number, tauTheta: number) => { readonly [key: string]: unknown };
  /**
   * Whether its steps minimise the energy at these couplings: laws 19 to 21 judge them. Default
   * false.
   */
  readonly minimises?: boolean;
}

/**
 * A method as configurations name it: its codec, how it is built, and the cases that the laws
 * judge.
 */
export interface MethodEntry {
  readonly kind: 'method';
  /** The name in configurations. */
  readonly name: string;
  /** Decodes the configuration of the method. */
  readonly codec: Codec<TypedConfig>;
  /** The method of a decoded configuration. */
  readonly build: (config: TypedConfig) => Method;
  /** The configurations that the laws judge. */
  readonly cases: readonly MethodSample[];
}

/** A published update for one number, in float64: its own small state, t from 1. */
export type OptimizerReference = () => (direction: number, parameter: number, t: number) => number;

/** The numbers of a tensor on the host, and where it stands. */
export interface HostTensor {
  /** The path of the tensor in its tree. */
  readonly path: string;
  /** The shape of the tensor. */
  readonly shape: Shape;
  /** The numbers, row-major. */
  readonly numbers: Float64Array;
}

/** A published update of trees, in float64: the updates of all tensors at update t, from 1. */
export type OptimizerTreeReference = () => (
  directions: readonly HostTensor[],
  parameters: readonly HostTensor[],
  t: number,
) => readonly Float64Array[];

/**
 * A case of an optimizer for the laws: its configuration, and the published formula that it has to
 * follow, of one number or of trees.
 */
export interface OptimizerSample {
  /** What tells it from other cases of the optimizer. Default: nothing. */
  readonly name?: string;
  /** The keys beside `type`. */
  readonly config: { readonly [key: string]: unknown };
  /** For an optimizer of each number alone. */
  readonly reference?: OptimizerReference;
  /** For an optimizer that looks at more than one number at a time. */
  readonly treeReference?: OptimizerTreeReference;
}

/**
 * An optimizer as configurations name it: its codec, how it is built, and the cases that the laws
 * judge.
 */
export interface OptimizerEntry {
  readonly kind: 'optimizer';
  /** The name in configurations. */
  readonly name: string;
  /** Decodes the configuration of the optimizer. */
  readonly codec: Codec<TypedConfig>;
  /** The optimizer of a decoded configuration. */
  readonly build: (config: TypedConfig) => Optimizer;
  /** The configurations that the laws judge. */
  readonly cases: readonly OptimizerSample[];
}

/** A dataset as a configuration describes it. */
export interface DataConfig {
  /** The name of the dataset. */
  readonly name: string;
  /** How many of the first examples. Default: all. */
  readonly train?: number;
  /** How many of the first test examples. Default: all. */
  readonly test?: number;
  /** What the network predicts: the class, or the input itself. Default `class`. */
  readonly target?: 'class' | 'input';
  /** A sentence about the data, for the report. */
  readonly note?: string;
  /**
   * How many training examples are held out, drawn by a key of their own: nobody trains on them,
   * and they replace the test examples. Default: none.
   */
  readonly heldOut?: number;
  readonly [key: string]: unknown;
}

/** A dataset as configurations name it: its keys, its source, its shape, and how it is read. */
export interface DatasetEntry {
  readonly kind: 'dataset';
  /** The name in configurations. */
  readonly name: string;
  /** Keys of its own, all optional, beside those of every dataset. */
  readonly fields: Fields;
  /** The source of its files. It is absent if there are no files, or if you bring them. */
  readonly source?: Source;
  /** Whether it reads files at all. Default true. */
  readonly files: boolean;
  /** The shape of one example, if it is known before anything is read. */
  readonly shape?: (config: DataConfig) => Shape;
  /** Reads the dataset. It fails with `file` or `data`. */
  readonly read: (folder: string, config: DataConfig) => TE.TaskEither<ProxpropError, Dataset>;
}

/** An entry of a registry: a layer, a method, an optimizer or a dataset, under its name. */
export type Entry = LayerEntry | MethodEntry | OptimizerEntry | DatasetEntry;

/**
 * Registers a layer for configurations, `proxprop info` and the laws. An export of a module that a
 * configuration names joins the registry.
 *
 * Its `build` throws a `Fault` (`options`) for a configuration that the keys refuse.
 *
 * @param parts its `name`; `keys`, the codecs of its configuration, given that of a list of layers;
 *   `build`, which makes the layer; `cases`, small configurations that the laws judge
 *
 * @example
 * export const scaled = defineLayer({
 *   name: 'scaled',
 *   keys: () => ({ required: { by: positive }, optional: {} }),
 *   build: ({ by }, { input }) => elementwise('scaled', (x) => mul(x, by))(input),
 *   cases: [{ input: [3], config: { by: 2 } }],
 * }); // { "layer": "scaled", "by": 2 }
 */
export const defineLayer = <R extends Fields, O extends Fields>(parts: {
  readonly name: string;
  readonly about?: string;
  readonly keys: (nested: Codec<readonly LayerConfig[]>) => Keys<R, O>;
  readonly build: (config: Closed<R, O>, place: LayerPlace) => AnyLayer;
  readonly cases: readonly LayerSample[];
}): LayerEntry => {
  const { name, about = `a layer ${name}`, keys, build, cases } = parts;
  const layer = t.literal(name);
  return {
    kind: 'layer',
    name,
    codec: (nested) => {
      const { required, optional } = keys(nested);
      // The literal again, for the compiler.
      return mapped(record(about, { layer, ...required }, optional), (own) => ({ ...own, layer: name }));
    },
    build: ({ layer: _, ...own }, place) => {
      // Whatever lists of layers it holds were decoded with the configuration.
      const { required, optional } = keys(anyLayers);
      return build(decoded(place.path, closed(about, required, optional), own), place);
    },
    cases,
  };
};

/** A list of layers of which nothing but that is known. */
const anyLayers: Codec<readonly LayerConfig[]> = new t.Type<readonly LayerConfig[], unknown>(
  'a list of layers',
  (u): u is readonly LayerConfig[] => Array.isArray(u),
  (u, context) => (Array.isArray(u) ? t.success<readonly LayerConfig[]>(u) : t.failure(u, context)),
  (layers) => layers,
);

interface TypedParts<R extends Fields, O extends Fields, A, C> {
  readonly name: string;
  readonly about?: string;
  readonly keys: Keys<R, O>;
  readonly build: (config: Closed<R, O>) => A;
  readonly cases: readonly C[];
}

const typed = <R extends Fields, O extends Fields, A, C>({
  name,
  about = name,
  keys: { required, optional },
  build,
  cases,
}: TypedParts<R, O, A, C>) => {
  const type = t.literal(name);
  const inner = closed(about, required, optional);
  return {
    name,
    codec: mapped(record(about, { type, ...required }, optional), (own) => ({ ...own, type: name })),
    build: ({ type: _, ...own }: TypedConfig): A => build(decoded(name, inner, own)),
    cases,
  };
};

/**
 * Registers a method for configurations, `proxprop info` and the laws: a schedule on an energy, by
 * a configuration `{ "type": name, … }`.
 *
 * @param parts its `name`; `keys`, the codecs of its configuration; `build`, which makes the
 *   method; `cases`, the configuration at a coupling and a τ_θ
 *
 * @example
 * export const half = defineMethod({
 *   name: 'half',
 *   keys: { required: {}, optional: { tau: positive } },
 *   build: ({ tau = 1 }) => backprop({ tau: tau / 2 }),
 *   cases: [{ config: (coupling) => ({ tau: 1 / coupling }) }],
 * });
 */
export const defineMethod = <R extends Fields, O extends Fields>(
  parts: TypedParts<R, O, Method, MethodSample>,
): MethodEntry => ({ kind: 'method', ...typed(parts) });

/**
 * Registers an optimizer for configurations, `proxprop info` and the laws, by a configuration
 * `{ "type": name, … }`.
 *
 * @param parts its `name`; `keys`, the codecs of its configuration; `build`, which makes the
 *   optimizer; `cases`, each optionally with the published formula that it has to follow
 *   (`reference`)
 *
 * @example
 * export const halved = defineOptimizer({
 *   name: 'halved',
 *   keys: { required: { rate: positive }, optional: {} },
 *   build: ({ rate }) => sgd(rate / 2),
 *   cases: [{ config: { rate: 0.2 }, reference: () => (d) => 0.1 * d }],
 * });
 */
export const defineOptimizer = <R extends Fields, O extends Fields>(
  parts: TypedParts<R, O, Optimizer, OptimizerSample>,
): OptimizerEntry => ({ kind: 'optimizer', ...typed(parts) });

/**
 * Registers a dataset for configurations.
 *
 * @param parts its `name`; `read`, a task from the folder of the data and the configuration's
 *   `data`; optionally the `fields` of its own in that, its `shape`, its `source`, and whether it
 *   needs `files`, default true
 *
 * @example
 * const points = { shape: [1], classes: 2, train: split, test: split };
 * export const ones = defineDataset({
 *   name: 'ones',
 *   files: false,
 *   read: () => TE.right({ name: 'ones', origin: 'computed', ...points }),
 * });
 */
export const defineDataset = (
  parts: Omit<DatasetEntry, 'kind' | 'fields' | 'files'> & Partial<Pick<DatasetEntry, 'fields' | 'files'>>,
): DatasetEntry => ({ fields: {}, files: true, ...parts, kind: 'dataset' });
