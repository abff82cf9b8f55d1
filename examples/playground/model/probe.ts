/** Where a network is looked at: a grid over the plane, points on a line, or a few digits. */
import { argMax, cast, clipByValue, max, softmax, stack, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type Layer, scope, type Shape, type Tree } from '../../../src';
import { dataKinds } from './data/kinds';
import { type Experiment } from './experiment';

/** Points of the grid along each side, and of the line. */
export const GRID = 44;
export const LINE = 97;
/** The plane that is shown reaches from −EXTENT to EXTENT. */
export const EXTENT = 1.25;
export const SHOWN_DIGITS = 60;

const along = (i: number, count: number): number => -EXTENT + (2 * EXTENT * i) / (count - 1);

/** The inputs that are looked at, row by row: the grid from the top left. */
export const probesOf = ({
  state,
  test,
}: Experiment): { readonly inputs: Float32Array; readonly count: number } => {
  const { features } = dataKinds[state.data.kind];
  if (features === 1)
    return { inputs: Float32Array.from({ length: LINE }, (_, i) => along(i, LINE)), count: LINE };
  if (features === 2) {
    const inputs = new Float32Array(2 * GRID * GRID);
    for (let i = 0; i < GRID * GRID; i++)
      inputs.set([along(i % GRID, GRID), -along(Math.floor(i / GRID), GRID)], 2 * i);
    return { inputs, count: GRID * GRID };
  }
  const count = Math.min(SHOWN_DIGITS, test.count);
  return { inputs: Float32Array.from(test.inputs.subarray(0, features * count)), count };
};

/** The numbers that a picture is made of: for classes the probability of each; of digits the class and its probability. */
const seenOf = ({ state }: Experiment, outputs: Tensor): Tensor => {
  const { classifies, features } = dataKinds[state.data.kind];
  if (!classifies) return outputs;
  const chances = state.loss === 'squaredError' ? clipByValue(outputs, 0, 1) : softmax(outputs, -1);
  return features === 2 ? chances : stack([cast(argMax(chances, -1), 'float32'), max(chances, -1)], 1);
};

/** What a network says of the probes. */
export const looked = (
  experiment: Experiment,
  net: Layer<Tree.Tree, Shape, Shape>,
  parameters: Tree.Tree,
): Float32Array => {
  const { inputs, count } = probesOf(experiment);
  const { features } = dataKinds[experiment.state.data.kind];
  return scope(() =>
    Float32Array.from(
      seenOf(experiment, net.forward(parameters, tensor(inputs, [count, features]))).dataSync(),
    ),
  );
};
