/**
 * Every layer of the library, small enough that a hundred cases of every law take seconds: the
 * cases that the registry holds.
 */
import { batchNorm, chain, dropout, flatten, Key, linear, orThrow, tanh } from '../src';
import { inTraining } from '../src/internal';
import {
  buildLayer,
  decodeAt,
  type LayerEntry,
  networkCodec,
  type Registry,
  withoutData,
} from '../src/registry';
import { type LayerCase } from './layer';

/**
 * Makes the cases of a registered layer, as the laws judge them.
 *
 * @param entry the layer, as the registry holds it
 * @param registry the layers that lists inside of it may name. Default: all of the library
 *
 * @example withoutData.layers.slice(0, 1).flatMap((entry) => casesOfLayer(entry)).length > 0 // true
 */
export const casesOfLayer = (
  { name: layer, cases }: LayerEntry,
  registry: Registry = withoutData,
): readonly LayerCase[] => {
  const codec = networkCodec(registry);
  return cases.map(({ name = layer, input, config = {}, ...told }) => ({
    name,
    make: () => {
      const [decoded = { layer }] = orThrow(decodeAt(name, codec, [{ layer, ...config }]));
      return buildLayer(registry, name, decoded, input);
    },
    ...told,
  }));
};

/**
 * The layers of the library as the laws judge them, small: a row for each, and rows for training
 * where it differs.
 */
export const layerCases: readonly LayerCase[] = [
  ...withoutData.layers.flatMap((entry) => casesOfLayer(entry)),
  { name: 'batchNorm, in training', make: () => inTraining(batchNorm([3, 4]), Key.key(0)) },
  // Which values are dropped depends on the place in the batch.
  {
    name: 'dropout, in training',
    make: () => inTraining(dropout(4, 0.5), Key.key(3)),
    batchEquivariant: false,
  },
  { name: 'chain', make: () => chain(flatten([2, 2]), linear(4, 2), tanh(2), linear(2, 2)) },
];
