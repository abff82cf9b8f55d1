/** Graphs: the types of their parameters and outputs, and wirings that the compiler refuses. Checked by the compiler alone. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import {
  add,
  type Batch,
  bias,
  bind,
  chain,
  concat,
  conv2d,
  embedding,
  features,
  flatten,
  graph,
  gru,
  linear,
  type LinearParameters,
  linearTransposed,
  meet,
  multiply,
  onOutputs,
  output,
  outputs,
  type ParametersOf,
  projection,
  type RecurrentParameters,
  relu,
  share,
  softmaxCrossEntropy,
  squaredError,
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

// Several inputs and outputs.
const image: readonly [28, 28, 1] = [28, 28, 1];
const inputs = features({ image, age: [1], words: [16] });
export type Check12 = Holds<Equal<(typeof inputs)['shape'], readonly [801]>>;
export type Check13 = Holds<
  Equal<
    (typeof inputs)['shapes'],
    { readonly image: readonly [28, 28, 1]; readonly age: readonly [1]; readonly words: readonly [16] }
  >
>;
/** Sizes that the compiler cannot count, or does not know, are numbers. */
export const large = features({ a: [64, 64, 3], b: [1] });
export type Check14 = Holds<Equal<(typeof large)['shape'], readonly [number]>>;
declare const size: number;
export const unknown = features({ a: [size], b: [1] });
export type Check15 = Holds<Equal<(typeof unknown)['shape'], readonly [number]>>;
export const scalars = features({ a: [], b: [] });
export type Check16 = Holds<Equal<(typeof scalars)['shape'], readonly [2]>>;

const joined = pipe(
  graph(inputs),
  bind('seen', chain(conv2d(image, 4, 5), flatten([24, 24, 4]), linear(2304, 32), relu(32)), 'image'),
  bind('read', chain(embedding(16, 100, 4), flatten([16, 4])), 'words'),
  meet('all', concat([32], [1], [64]), 'seen', 'age', 'read'),
  bind('class', linear(97, 10), 'all'),
  bind('value', linear(97, 3), 'all'),
);
export const several = pipe(joined, outputs('class', 'value'));
export type Check17 = Holds<Equal<(typeof several)['input'], readonly [801]>>;
export type Check18 = Holds<Equal<(typeof several)['output'], readonly [13]>>;
export type Check19 = Holds<Equal<keyof ParametersOf<typeof several>, 'seen' | 'read' | 'class' | 'value'>>;
export type Check20 = Holds<
  Equal<
    (typeof several)['outputs']['shapes'],
    { readonly class: readonly [10]; readonly value: readonly [3] }
  >
>;
/** The names alone will do. */
export const plain = pipe(
  graph({ image: [784], age: [1] }),
  meet('both', concat([784], [1]), 'image', 'age'),
  bind('out', linear(785, 2), 'both'),
  output('out'),
);
export type Check21 = Holds<Equal<(typeof plain)['input'], readonly [785]>>;

declare const images: Batch<readonly [28, 28, 1]>;
declare const ages: Batch<readonly [1]>;
declare const words: Batch<readonly [16]>;
export const batch = (): Batch<readonly [801]> => inputs.pack({ image: images, age: ages, words });
export const apart = (y: Batch<readonly [13]>): Batch<readonly [3]> => several.outputs.unpack(y).value;
// @ts-expect-error no part 'words'
export const missing = () => inputs.pack({ image: images, age: ages });
// @ts-expect-error there is no part 'size'
export const more = () => inputs.pack({ image: images, age: ages, words, size: ages });
// @ts-expect-error [1] is no image
export const otherPart = () => inputs.pack({ image: ages, age: ages, words });
// @ts-expect-error an output [12] is not [13]
export const otherBatch = (y: Batch<readonly [12]>) => several.outputs.unpack(y);
// @ts-expect-error there is no part 'clas'
export const noPart = (y: Batch<readonly [13]>) => several.outputs.take('clas', y);

// @ts-expect-error there is no wire 'input': the inputs have names
export const noInput = () => pipe(graph({ a: [6] }), bind('h', relu(6), 'input'));
// @ts-expect-error there is no wire 'c' so far
export const noNamed = () => pipe(graph({ a: [6], b: [5] }), bind('h', relu(6), 'c'));
// @ts-expect-error [6] is wanted here, but the wire 'b' carries [5]
export const otherNamed = () => pipe(graph({ a: [6], b: [5] }), bind('h', relu(6), 'b'));
// @ts-expect-error there is a wire 'a' already
export const namedTwice = () => pipe(graph({ a: [6], b: [5] }), bind('a', relu(6), 'a'));
// @ts-expect-error there is no wire 'values'
export const noOutputs = () => pipe(joined, outputs('class', 'values'));
// @ts-expect-error the output 'class' is named twice
export const outputTwice = () => pipe(joined, outputs('class', 'class'));
// @ts-expect-error at least one
export const none = () => pipe(joined, outputs());
// @ts-expect-error the network takes [801]
export const fed = (x: Batch<readonly [800]>) => several.forward(several.init({ hi: 0, lo: 0 }), x);

export const both = onOutputs(
  several.outputs,
  { class: softmaxCrossEntropy, value: squaredError },
  { value: 0.1 },
);
export type Check22 = Holds<
  Equal<(typeof both)['targets']['shapes'], { readonly class: readonly []; readonly value: readonly [3] }>
>;
export const one = onOutputs(several.outputs, { class: softmaxCrossEntropy });
export type Check23 = Holds<Equal<(typeof one)['targets']['shapes'], { readonly class: readonly [] }>>;
// @ts-expect-error there is no output 'clas'
export const noOutputOf = () => onOutputs(several.outputs, { clas: softmaxCrossEntropy });
// @ts-expect-error beside one that there is neither
export const oneTooMany = () => onOutputs(several.outputs, { class: softmaxCrossEntropy, c: squaredError });
// @ts-expect-error a weight of an output without a loss
export const noLoss = () => onOutputs(several.outputs, { class: softmaxCrossEntropy }, { value: 2 });
