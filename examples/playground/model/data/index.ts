/** The examples of a state. */
import { type ExampleArrays, type Key } from '../../../../src';
import { type DataState, type LossName } from '../state';
import { circles } from './circles';
import { curve } from './curve';
import { digits } from './digits';
import { dataKinds, type DataKindName } from './kinds';
import { moons } from './moons';
import { spiral } from './spiral';
import { xor } from './xor';

/** Inputs, one row an example, and a class or a number for each. */
export interface Drawn {
  readonly inputs: Float32Array;
  readonly targets: Int32Array | Float32Array;
}

export const generators: {
  readonly [kind in DataKindName]: (key: Key.Key, count: number, noise: number) => Drawn;
} = { spiral, moons, circles, xor, curve, digits };

/** One row for each class: 1 at the class, 0 elsewhere. */
export const oneHot = (classes: Int32Array | Float32Array, count: number): Float32Array => {
  const rows = new Float32Array(classes.length * count);
  classes.forEach((c, i) => {
    rows[i * count + c] = 1;
  });
  return rows;
};

/** Examples of a data set under a key. The squared error takes classes as rows of 0 and 1. */
export const examplesOf = (
  { kind, noise }: DataState,
  loss: LossName,
  key: Key.Key,
  count: number,
): ExampleArrays => {
  const { features, outputs, classifies } = dataKinds[kind];
  const { inputs, targets } = generators[kind](key, count, noise);
  const shape = [features];
  return classifies && loss !== 'squaredError'
    ? { shape, inputs, targets, count }
    : {
        ...{ shape, inputs, count, targetShape: [outputs] },
        targets: classifies ? oneHot(targets, outputs) : targets,
      };
};
