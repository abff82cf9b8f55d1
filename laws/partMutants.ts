/** Packings and losses of named parts that are wrong. */
import { concat, slice, type Tensor } from '@tensorflow/tfjs-core';
import { type Features, features, onOutputs, type Shapes } from '../src';
import { type LossMaker, type Packer } from './parts';

const changed = (of: Features<Shapes>, parts: Partial<Features<Shapes>>): Features<Shapes> => ({
  ...of,
  ...parts,
});

const turned = (x: Tensor, by: number): Tensor => {
  const [n = 0, size = 0] = x.shape;
  return concat([slice(x, [0, by], [n, size - by]), slice(x, [0, 0], [n, by])], 1);
};

/**
 * A mutant for law 42: it takes parts one feature late.
 *
 * @example const law = partsInPlace(PartMutants.latePacking); // rejects it
 */
export const latePacking: Packer = (shapes) => {
  const right = features<Shapes>(shapes);
  const late = (batch: Tensor): Tensor => turned(batch, 1);
  return changed(right, {
    unpack: (batch) => right.unpack(late(batch)),
    take: (name, batch) => right.take(name, late(batch)),
  });
};

/**
 * A mutant for law 42: it packs and unpacks parts from the last to the first.
 *
 * @example const law = partsInPlace(PartMutants.reversedPacking); // rejects it
 */
export const reversedPacking: Packer = (shapes) =>
  features<Shapes>(Object.fromEntries(Object.entries(shapes).reverse()));

/**
 * A mutant for law 43: it adds losses without their weights.
 *
 * @example const law = lossOnOutputs(PartMutants.unweighted); // rejects it
 */
export const unweighted: LossMaker = (outputs, losses) => onOutputs(outputs, losses);

/**
 * A mutant for law 43: each of its losses sees the features one behind its output.
 *
 * @example const law = lossOnOutputs(PartMutants.onOtherOutputs); // rejects it
 */
export const onOtherOutputs: LossMaker = (outputs, losses, weights) => {
  const right = onOutputs(outputs, losses, weights);
  return { ...right, value: (output, target) => right.value(turned(output, 1), target) };
};

/**
 * A mutant for law 43: its sum says that it is a square, whatever its weights.
 *
 * @example const law = lossOnOutputs(PartMutants.squareOfAny); // rejects it
 */
export const squareOfAny: LossMaker = (outputs, losses, weights) => ({
  ...onOutputs(outputs, losses, weights),
  quadraticWeight: (count) => 1 / count,
});
