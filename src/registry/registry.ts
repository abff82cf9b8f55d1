/** All that configurations may name, and codecs and builders of it. */
import { fail, type Shape } from '../core';
import { type AnyChain, chainOfLayers, type AnyLayer } from '../layer';
import { type Loss, softmaxCrossEntropy, squaredError } from '../loss';
import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';
import { type Codec, extended, lazy, listOf, oneOf, tagged, text, wholeFrom } from './codec';
import * as t from 'io-ts';
import {
  type DataConfig,
  type DatasetEntry,
  type LayerConfig,
  type LayerEntry,
  type MethodEntry,
  type OptimizerEntry,
  type TypedConfig,
} from './entry';
import { branchingLayers } from './branchingLayers';
import { denseLayers } from './denseLayers';
import { imageLayers } from './imageLayers';
import { methods } from './methods';
import { optimizers } from './optimizers';
import { sequenceLayers } from './sequenceLayers';

/** All that configurations may name: the layers, methods, optimizers and datasets, each once. */
export interface Registry {
  /** The layers. */
  readonly layers: readonly LayerEntry[];
  /** The methods. */
  readonly methods: readonly MethodEntry[];
  /** The optimizers. */
  readonly optimizers: readonly OptimizerEntry[];
  /** The datasets. */
  readonly datasets: readonly DatasetEntry[];
}

/** The layers of the library. */
export const layers: readonly LayerEntry[] = [
  ...denseLayers,
  ...imageLayers,
  ...sequenceLayers,
  ...branchingLayers,
];

/** The registry of the library without datasets: nothing in it needs files. */
export const withoutData: Registry = { layers, methods, optimizers, datasets: [] };

/** The losses that configurations name. */
export const losses = { softmaxCrossEntropy, squaredError } as const satisfies {
  readonly [name: string]: Loss;
};
/** A name of a loss in configurations. */
export type LossName = keyof typeof losses;

/** Codecs by the names of entries. */
const byName = <E extends { readonly name: string }, A>(
  entries: readonly E[],
  codec: (entry: E) => Codec<A>,
): { readonly [name: string]: Codec<A> } =>
  Object.fromEntries(entries.map((entry) => [entry.name, codec(entry)]));

/**
 * Makes the codec of the `network` of a configuration: a list of layers, of which each may hold
 * lists of layers.
 *
 * @param registry the layers that it may name
 *
 * @example networkCodec(withoutData).decode([{ layer: 'linear', units: 10 }])
 */
export const networkCodec = (registry: Registry): Codec<readonly LayerConfig[]> => {
  const one: Codec<LayerConfig> = lazy('a record with layer', () =>
    tagged(
      'layer',
      byName(registry.layers, (entry) => entry.codec(network)),
    ),
  );
  const network = listOf(one);
  return network;
};

/**
 * Makes the codec of the `schedule` of a configuration: a method, by its `type`.
 *
 * @param registry the methods that it may name
 *
 * @example methodCodec(withoutData).decode({ type: 'backprop' })
 */
export const methodCodec = (registry: Registry): Codec<TypedConfig> =>
  tagged(
    'type',
    byName(registry.methods, ({ codec }) => codec),
  );

/**
 * Makes the codec of the `optimizer` of a configuration, by its `type`.
 *
 * @param registry the optimizers that it may name
 *
 * @example optimizerCodec(withoutData).decode({ type: 'sgd', rate: 0.1 })
 */
export const optimizerCodec = (registry: Registry): Codec<TypedConfig> =>
  tagged(
    'type',
    byName(registry.optimizers, ({ codec }) => codec),
  );

const counted = { train: wholeFrom(1), test: wholeFrom(1) };
const used = { target: oneOf('class', 'input'), note: text, heldOut: wholeFrom(1) };

/**
 * Makes the codec of the `data` of a configuration: the name of a dataset, the keys of all
 * datasets, and those of its own.
 *
 * @param registry the datasets that it may name
 *
 * @example dataCodec(builtIn).decode({ name: 'spirals', train: 300 })
 */
export const dataCodec = (registry: Registry): Codec<DataConfig> =>
  tagged(
    'name',
    byName(registry.datasets, ({ name, fields }) =>
      extended('data', { name: t.literal(name) }, counted, fields, used),
    ),
    'data',
  );

/**
 * Finds the entry of a name.
 *
 * @param path the place that an error names
 * @param entries the entries to look among
 * @param name the name
 * @throws a `Fault` (`options`) that lists the names, if there is none
 *
 * @example entryOf('network.0', layers, 'linear').name // 'linear'
 */
export const entryOf = <E extends { readonly name: string }>(
  path: string,
  entries: readonly E[],
  name: string,
): E =>
  entries.find((entry) => entry.name === name) ??
  fail('options', path, `one of ${entries.map((entry) => entry.name).join(', ')}`, `"${name}"`);

/**
 * Builds a layer from its configuration, for inputs of a shape.
 *
 * @param registry the layers that it may name
 * @param path the place that an error names
 * @param config the configuration, decoded
 * @param input the shape of one example
 * @throws a `Fault` (`options`) for a name that the registry lacks, a configuration that the layer
 *   refuses, or inputs of another kind; and as the layer itself does
 *
 * @example buildLayer(withoutData, 'network.0', { layer: 'linear', units: 3 }, [4]).output // [3]
 */
export const buildLayer = (registry: Registry, path: string, config: LayerConfig, input: Shape): AnyLayer =>
  entryOf(`${path}.layer`, registry.layers, config.layer).build(config, {
    path,
    input,
    nested: (key, list, own = input) => {
      const built = buildNetwork(registry, `${path}.${key}`, list, own);
      const [first] = built.layers;
      // One layer stands for itself, also as the owner of its parameters.
      return built.layers.length === 1 && first !== undefined ? first : built;
    },
  });

/**
 * Builds a network from its configuration, for examples of a shape.
 *
 * @param registry the layers that it may name
 * @param path the place that an error names
 * @param configs the layers, decoded
 * @param input the shape of one example
 * @throws a `Fault` as `buildLayer` does, which names the layer by its index
 *
 * @example buildNetwork(withoutData, 'network', [{ layer: 'linear', units: 3 }], [4]).output // [3]
 */
export const buildNetwork = (
  registry: Registry,
  path: string,
  configs: readonly LayerConfig[],
  input: Shape,
): AnyChain => {
  const built: AnyLayer[] = [];
  configs.forEach((config, i) => {
    built.push(buildLayer(registry, `${path}.${i}`, config, built.at(-1)?.output ?? input));
  });
  return chainOfLayers(built);
};

/**
 * Builds the method that a configuration names.
 *
 * @param registry the methods that it may name
 * @param config the configuration, decoded
 * @throws a `Fault` (`options`) for a name that the registry lacks
 *
 * @example buildMethod(withoutData, { type: 'backprop' }).name // 'backprop'
 */
export const buildMethod = (registry: Registry, config: TypedConfig): Method =>
  entryOf('schedule.type', registry.methods, config.type).build(config);

/**
 * Builds the optimizer that a configuration names.
 *
 * @param registry the optimizers that it may name
 * @param config the configuration, decoded
 * @throws a `Fault` (`options`) for a name that the registry lacks
 *
 * @example buildOptimizer(withoutData, { type: 'sgd', rate: 0.1 }).name // 'sgd'
 */
export const buildOptimizer = (registry: Registry, config: TypedConfig): Optimizer =>
  entryOf('optimizer.type', registry.optimizers, config.type).build(config);
