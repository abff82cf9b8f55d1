/** Implicit steps on what a join reads that moves with each of its inputs by another multiple. */
import { mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import { beforeAll, expect, it } from 'vitest';
import {
  advance,
  andThen,
  bind,
  energyOf,
  exact,
  explicit,
  forwardState,
  graph,
  groupParameters,
  implicit,
  type Interpreter,
  join,
  Key,
  linear,
  meet,
  output,
  scope,
  squaredError,
  toHost,
  x,
} from '../../src';
import { relativeDistance } from '../../laws';
import { started } from '../support';

beforeAll(() => started('wasm'));

const difference = join({
  name: 'difference',
  inputs: [[4], [4]],
  output: [4],
  forward: ([p, q]) => sub<Tensor>(p, mul(q, 2)),
  slope: (slot) => (slot === 0 ? 1 : -2),
});

const net = pipe(
  graph([5]),
  bind('p', linear(5, 4), 'input'),
  bind('q', linear(5, 4), 'input'),
  meet('difference', difference, 'p', 'q'),
  bind('out', linear(4, 3), 'difference'),
  output('out'),
);

it.each([1, 2])('x[%i] moves by both interpreters as its own slope says', (number) => {
  const energy = energyOf(net, squaredError, { coupling: () => 3 });
  expect([0, 1].map((place) => energy.links[2]?.slope(place))).toEqual([1, -2]);
  scope(() => {
    const [input, target] = [Key.normal(Key.key(1), [6, 5]), Key.normal(Key.key(2), [6, 3])];
    const start = forwardState(energy, groupParameters(energy, net.init(Key.key(3))), input);
    // At the forward point the join's own variable is moved first: then its inputs have somewhere to go.
    const step = andThen(explicit(x(3), 1), implicit(x(number), 0.5, exact()));
    const movedBy = (interpreter: Interpreter): Float64Array => {
      const { decrement } = advance(energy, step, start, target, interpreter).state.activations[number] ?? {};
      return decrement === undefined ? expect.fail('a step') : toHost(decrement);
    };
    // Both in float32, 6e-8 of sums of a few terms; a slope of the other input gives a step of another size.
    expect(relativeDistance(movedBy('fast'), movedBy('plain'))).toBeLessThan(1e-5);
  });
});
