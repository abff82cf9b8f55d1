/** A dense layer without bias on the last axis: every place of a sequence by the same matrix. */
import { matMul, reshape, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape, fail, type Shape, sizeOf } from '../core';
import { type Design } from '../solver';
import { type Initialiser, uniformFanIn } from './initialiser';
import { type Layer, layer } from './layer';
import { matrixDesign } from './linear';

type FrontOf<S extends Shape> = S extends readonly [...infer F extends Shape, number] ? F : readonly number[];

/** The shape of the outputs of a projection. */
export type Projected<S extends Shape, O extends number> = readonly [...FrontOf<S>, O];

/**
 * `y = x·Wᵀ` at every place, from [..., D] to [..., O]; the one parameter is W [O, D].
 *
 * @example projection([28, 16], 64) // Layer<Tensor, [28, 16], [28, 64]>
 */
export const projection = <const S extends Shape, const O extends number>(
  shape: S,
  outputs: O,
  initialiser: Initialiser = uniformFanIn,
): Layer<Tensor, S, Projected<S, O>> => {
  checkShape('projection', [...shape, outputs]);
  const fanIn = shape.at(-1) ?? fail('shape', 'projection', 'at least one axis', 'a scalar');
  const front = shape.slice(0, -1);
  const places = sizeOf(front);
  const rowsOf = (x: Tensor, width: number): Tensor => reshape(x, [x.shape[0] * places, width]);
  return layer<Tensor, S, Projected<S, O>>({
    name: 'projection',
    input: shape,
    // The compiler's sizes and these are the same numbers; the type tests hold that.
    output: [...front, outputs] as unknown as Projected<S, O>,
    init: (key) => initialiser.weights(key, [outputs, fanIn], { fanIn, fanOut: outputs }),
    forward: (weights, x) =>
      reshape(matMul(rowsOf(x, fanIn), weights, false, true), [x.shape[0], ...front, outputs]),
    design: (x): Design<Tensor> => ({
      ...matrixDesign(rowsOf(x, fanIn), outputs),
      outputs: (y) => transpose(rowsOf(y, outputs)),
    }),
  });
};
