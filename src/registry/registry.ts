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

/** Tables by kinds, each entry once. */
export interface Registry {
  readonly layers: readonly LayerEntry[];
  readonly methods: readonly MethodEntry[];
  readonly optimizers: readonly OptimizerEntry[];
  readonly datasets: readonly DatasetEntry[];
}

/** The layers of the library. */
export const layers: readonly LayerEntry[] = [
  ...denseLayers,
  ...imageLayers,
  ...sequenceLayers,
  ...branchingLayers,
];

/** What needs no files: all but datasets. */
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

/** A list of layers, of which each may hold lists of layers. */
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

/** Decodes the configuration of a method of the registry, by its `type`. */
export const methodCodec = (registry: Registry): Codec<TypedConfig> =>
  tagged(
    'type',
    byName(registry.methods, ({ codec }) => codec),
  );

/** Decodes the configuration of an optimizer of the registry, by its `type`. */
export const optimizerCodec = (registry: Registry): Codec<TypedConfig> =>
  tagged(
    'type',
    byName(registry.optimizers, ({ codec }) => codec),
  );

const counted = { train: wholeFrom(1), test: wholeFrom(1) };
const used = { target: oneOf('class', 'input'), note: text, heldOut: wholeFrom(1) };

/** What `data` says: the name of a dataset, the keys of all datasets, and those of its own. */
export const dataCodec = (registry: Registry): Codec<DataConfig> =>
  tagged(
    'name',
    byName(registry.datasets, ({ name, fields }) =>
      extended('data', { name: t.literal(name) }, counted, fields, used),
    ),
    'data',
  );

/** The entry of a name; a `Fault` `options` where there is none. */
export const entryOf = <E extends { readonly name: string }>(
  path: string,
  entries: readonly E[],
  name: string,
): E =>
  entries.find((entry) => entry.name === name) ??
  fail('options', path, `one of ${entries.map((entry) => entry.name).join(', ')}`, `"${name}"`);

/** One layer behind examples of a shape; a `Fault` `options` where it does not fit. */
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

/** The network on examples of a shape; a `Fault` `options` names the layer that does not fit. */
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

/** The method that a decoded configuration names. A `Fault` `options` for a name that the registry lacks. */
export const buildMethod = (registry: Registry, config: TypedConfig): Method =>
  entryOf('schedule.type', registry.methods, config.type).build(config);

/** The optimizer that a decoded configuration names. A `Fault` `options` for a name that the registry lacks. */
export const buildOptimizer = (registry: Registry, config: TypedConfig): Optimizer =>
  entryOf('optimizer.type', registry.optimizers, config.type).build(config);
