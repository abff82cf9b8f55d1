/** Graphs: the types of their parameters and outputs, and wirings that the compiler refuses. Checked by the compiler alone. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import {
  add,
  bind,
  concat,
  graph,
  linear,
  type LinearParameters,
  meet,
  multiply,
  output,
  type ParametersOf,
  projection,
  relu,
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
