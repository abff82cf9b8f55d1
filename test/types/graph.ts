/** Graphs: the types of their parameters and outputs, and wirings that the compiler refuses. Checked by the compiler alone. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import {
  add,
  bias,
  bind,
  concat,
  graph,
  gru,
  linear,
  type LinearParameters,
  linearTransposed,
  meet,
  multiply,
  output,
  type ParametersOf,
  projection,
  type RecurrentParameters,
  relu,
  share,
  tie,
} from '../../src';
import { type Equal, type Holds } from './equal';

export const net = pipe(
  graph([784]),
  bind('a', linear(784, 64), 'input'),
  bind('h', relu(64), 'a'),
  bind('b', linear(64, 64), 'h'),
  meet('s', add([64]), 'h', 'b'),
  meet('m', multiply([64]), 's', 'b'),
  meet('c', concat([64], [64]), 's', 'm'),
  bind('out', linear(128, 10), 'c'),
  output('out'),
);
type P = ParametersOf<typeof net>;
export type Check1 = Holds<Equal<P['a'], LinearParameters>>;
export type Check2 = Holds<Equal<keyof P, 'a' | 'h' | 'b' | 'out'>>;
export type Check3 = Holds<Equal<(typeof net)['input'], readonly [784]>>;
export type Check4 = Holds<Equal<(typeof net)['output'], readonly [10]>>;

export const each = projection([28, 16], 64);
export type Check5 = Holds<Equal<ParametersOf<typeof each>, Tensor>>;
export type Check6 = Holds<Equal<(typeof each)['output'], readonly [28, 64]>>;

// @ts-expect-error there is no wire 'inptu'
export const noWire = () => pipe(graph([6]), bind('a', linear(6, 5), 'inptu'));
// @ts-expect-error [7] is wanted, but the wire carries [6]
export const otherShape = () => pipe(graph([6]), bind('a', linear(7, 5), 'input'));
const begun = pipe(graph([6]), bind('a', linear(6, 5), 'input'));
// @ts-expect-error the sum wants [6] twice
export const otherSum = () => pipe(begun, meet('s', add([6]), 'a', 'input'));
// @ts-expect-error there is a wire 'a' already
export const twice = () => pipe(graph([6]), bind('a', relu(6), 'input'), bind('a', relu(6), 'a'));
// @ts-expect-error there is no wire 'b'
export const noOutput = () => pipe(graph([6]), bind('a', relu(6), 'input'), output('b'));

export const sharing = pipe(
  graph([6]),
  bind('a', linear(6, 6), 'input'),
  bind('h', relu(6), 'a'),
  share('b', 'a', 'h'),
  share('c', 'b', 'b'),
  tie('d', linearTransposed(6, 6), 'a', 'c'),
  bind('out', bias([6]), 'd'),
  output('out'),
);
export type Check7 = Holds<Equal<keyof ParametersOf<typeof sharing>, 'a' | 'h' | 'out'>>;
export type Check8 = Holds<Equal<(typeof sharing)['output'], readonly [6]>>;

export const unrolled = gru([28, 27], 16);
export type Check9 = Holds<Equal<ParametersOf<typeof unrolled>, RecurrentParameters>>;
export type Check10 = Holds<Equal<(typeof unrolled)['input'], readonly [28, 27]>>;
export type Check11 = Holds<Equal<(typeof unrolled)['output'], readonly [16]>>;

// @ts-expect-error no layer was bound at 'x' so far
export const noLayer = () => pipe(begun, share('b', 'x', 'a'));
// @ts-expect-error the wire 'a' carries [5], and the layer at 'a' takes [6]
export const otherInput = () => pipe(begun, share('b', 'a', 'a'));
// @ts-expect-error there is no wire 'z' so far
export const shareNoWire = () => pipe(begun, share('b', 'a', 'z'));
// @ts-expect-error there is a wire 'a' already
export const shareTwice = () => pipe(begun, share('a', 'a', 'input'));
// @ts-expect-error the name of a join is no layer
export const shareJoin = () => pipe(begun, meet('s', add([5]), 'a', 'a'), share('b', 's', 'input'));
export const otherParameters = () =>
  pipe(
    graph([1, 6]),
    bind('row', gru([1, 6], 3), 'input'),
    bind('a', linear(3, 5), 'row'),
    // @ts-expect-error a recurrent cell takes parameters of another type than the layer at 'a'
    tie('b', gru([1, 6], 3), 'a', 'input'),
  );
// @ts-expect-error [7] is wanted here, but the wire 'a' carries [5]
export const tiedShape = () => pipe(begun, tie('b', linearTransposed(7, 6), 'a', 'a'));
