/** What the types of layers and chains promise, and what they must refuse. Checked by the compiler alone. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import {
  type Batch,
  chain,
  flatten,
  followedBy,
  identity,
  Key,
  linear,
  type LinearParameters,
  relu,
  tanh,
  Tree,
} from '../../src';
import { type Equal, type Holds } from './equal';

// Shapes and parameters of a chain.
const net = chain(linear(784, 256), relu(256), linear(256, 10));
export type Check1 = Holds<Equal<typeof net.input, readonly [784]>>;
export type Check2 = Holds<Equal<typeof net.output, readonly [10]>>;
const parameters = net.init(Key.key(1));
export type Check3 = Holds<Equal<(typeof parameters)[0], LinearParameters>>;
export type Check4 = Holds<Equal<(typeof parameters)['length'], 3>>;

// Nested chains are flat: the category is associative and unital in its types.
const left = chain(chain(linear(4, 3), tanh(3)), linear(3, 2));
const right = chain(linear(4, 3), chain(tanh(3), linear(3, 2)));
export type Check5 = Holds<Equal<typeof left.layers, typeof right.layers>>;
const unital = chain(chain(), linear(4, 3), chain());
export type Check6 = Holds<Equal<(typeof unital.layers)['length'], 1>>;

// Pipeable composition infers shapes from left to right.
const piped = pipe(linear(784, 256), followedBy(relu), followedBy(linear(256, 10)));
export type Check7 = Holds<Equal<typeof piped.output, readonly [10]>>;

// Volumes are literals where the compiler can count them.
const flat = flatten([28, 28]);
export type Check8 = Holds<Equal<typeof flat.output, readonly [784]>>;
const images = chain(flatten([28, 28]), linear(784, 10));
export type Check9 = Holds<Equal<typeof images.input, readonly [28, 28]>>;

// Shapes known only at run time pass, and are checked there.
declare const width: number;
const loose = chain(linear(width, 16), identity(16), linear(16, width));
export type Check10 = Holds<Equal<typeof loose.output, readonly [number]>>;

// @ts-expect-error a layer that does not take the output of the one before
chain(linear(784, 256), relu(128));
// @ts-expect-error the same at the end of a chain
chain(linear(784, 256), relu(256), linear(128, 10));
// @ts-expect-error ranks differ
chain(flatten([28, 28]), tanh([28, 28]));
// @ts-expect-error the same between chains
chain(net, linear(11, 2));
// @ts-expect-error and in a pipe
pipe(linear(784, 256), followedBy(linear(128, 10)));

declare const x: Batch<readonly [784]>;
declare const y: Batch<readonly [10]>;
declare const plain: Tensor;
const out: Batch<readonly [10]> = net.forward(parameters, x);
net.forward(parameters, plain);
// @ts-expect-error a batch of another shape
net.forward(parameters, y);
// @ts-expect-error parameters of another chain
net.forward(chain(linear(4, 2)).init(Key.key(1)), x);
// @ts-expect-error a result of another shape
const wrong: Batch<readonly [11]> = net.forward(parameters, x);
// @ts-expect-error parameters are read-only
parameters[0].weights = plain;
// @ts-expect-error trees of different types do not zip
Tree.zip((a) => a)({ w: plain }, { v: plain });
const mapped: LinearParameters = Tree.map((leaf) => leaf)(parameters[0]);

export { flat, images, left, loose, mapped, out, piped, right, unital, wrong };
