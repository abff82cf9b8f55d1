/** Where wires meet: functions of several inputs, without parameters. */
import { add as addTensors, concat as concatTensors, mul, type Tensor } from '@tensorflow/tfjs-core';
import { rematerialised } from '../autodiff';
import { checkBatch, checkShape, explaining, fail, sameShape, type Shape, showShape, whole } from '../core';
import { attended, attendedAtOnce, attendsAtOnce } from '../ops';
import { type Plus } from './arithmetic';
import { type AnyJoin, type Join } from './layer';

/** A list of n shapes. */
export type Repeated<S extends Shape, N extends number, T extends readonly Shape[] = []> = number extends N
  ? readonly S[]
  : T['length'] extends N
    ? T
    : Repeated<S, N, readonly [...T, S]>;

/**
 * Makes a join, a function of several inputs without parameters, from its parts. Use it where wires
 * of a `graph` meet and no join of the library fits.
 *
 * @param parts its `name`, the shapes of its `inputs` and its `output` without the batch axis, and
 *   `forward`. If the output moves with an input by a constant times the input, say so with `slope`
 * @throws a `Fault` (`shape`) for an invalid shape. Each call checks the shapes of inputs and
 *   output, and throws a `Fault` that names the join if one differs or `forward` throws
 *
 * @example
 * const gate = join({
 *   name: 'gate', inputs: [[64], [64]], output: [64],
 *   forward: ([x, g]) => mul(x, sigmoid(g)),
 * });
 */
export const join = <const Is extends readonly Shape[], const O extends Shape>(parts: {
  readonly name: string;
  readonly inputs: Is;
  readonly output: O;
  readonly forward: (xs: { readonly [K in keyof Is]: Tensor }) => Tensor;
  readonly slope?: (slot: number) => number | undefined;
  readonly arranges?: boolean;
}): Join<Is, O> => {
  const { name, forward, slope, arranges } = parts;
  const inputs = parts.inputs.map((shape, i) => checkShape(`${name}.inputs.${i}`, shape));
  const output = checkShape(`${name}.output`, parts.output);
  return {
    name,
    inputs: parts.inputs,
    output,
    forward: (xs) => {
      const given: readonly Tensor[] = xs;
      if (given.length !== inputs.length) fail('shape', name, `${inputs.length} inputs`, `${given.length}`);
      inputs.forEach((shape, i) => {
        const x = given[i];
        if (x !== undefined) checkBatch(`${name}.inputs.${i}`, shape, x);
      });
      const y = explaining(`${name}.forward`, () => forward(xs));
      return checkBatch<O>(`${name}.output`, output, y);
    },
    ...(slope === undefined ? {} : { slope }),
    ...(arranges === undefined ? {} : { arranges }),
  };
};

/** Their sum; of one input a copy. */
const addOf = (shape: Shape, n: number): AnyJoin =>
  join({
    name: 'add',
    inputs: Array.from({ length: whole('add.inputs', n, 1) }, () => shape),
    output: shape,
    forward: ([first, ...others]) =>
      others.length === 0 && first !== undefined
        ? first.clone()
        : others.reduce((a, b) => addTensors(a, b), first ?? fail('shape', 'add', 'an input', 'none')),
    slope: () => 1,
  });

/**
 * `y = x_1 + … + x_n`: the sum of n inputs of one shape.
 *
 * @param shape the shape of each input, and of the output
 * @param n how many inputs. Default 2
 * @throws a `Fault`: `options` if `n` is not a whole number of at least 1, `shape` for an invalid
 *   shape
 *
 * @example meet('s', add([64]), 'h', 'b')
 */
export const add = <const S extends Shape, const N extends number = 2>(
  shape: S,
  n?: N,
): Join<Repeated<S, N>, S> =>
  // The compiler counts the same list; the type tests hold that.
  addOf(shape, n ?? 2) as unknown as Join<Repeated<S, N>, S>;

/**
 * `y = x_1 ⊙ x_2`, number by number: a gate.
 *
 * @param shape the shape of both inputs, and of the output. An invalid one throws a `Fault`
 *   (`shape`)
 *
 * @example meet('gated', multiply([64]), 'gate', 'value')
 */
export const multiply = <const S extends Shape>(shape: S): Join<readonly [S, S], S> =>
  join({
    name: 'multiply',
    inputs: [shape, shape],
    output: shape,
    forward: ([a, b]) => mul(a, b),
  });

type LastOf<S extends Shape> = S extends readonly [...unknown[], infer N extends number] ? N : number;
type FrontOf<S extends Shape> = S extends readonly [...infer F extends Shape, number] ? F : readonly number[];

type SumOfLast<Is extends readonly Shape[]> = Is extends readonly [
  infer A extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Rest extends readonly []
    ? LastOf<A>
    : Plus<LastOf<A>, SumOfLast<Rest>>
  : number;

/** The shape of inputs one behind the other along the last axis. */
export type Concatenated<Is extends readonly Shape[]> = Is extends readonly [
  infer A extends Shape,
  ...unknown[],
]
  ? readonly [...FrontOf<A>, SumOfLast<Is>]
  : Shape;

/**
 * Puts inputs one behind the other along their last axis:
 *
 *     [N, ...S, a], [N, ...S, b], … → [N, ...S, a + b + …]
 *
 * @param inputs the shape of each input, without the batch axis
 * @throws a `Fault`: `shape` if the shapes differ in an axis before the last, `options` for no
 *   input
 *
 * @example meet('both', concat([8, 8, 6], [8, 8, 2]), 'a', 'b') // [8, 8, 8]
 */
export const concat = <const Is extends readonly Shape[]>(...inputs: Is): Join<Is, Concatenated<Is>> => {
  const first = inputs[0] ?? fail('options', 'concat', 'at least one input', 'none');
  inputs.forEach((shape, i) => {
    if (shape.length === 0 || !sameShape(shape.slice(0, -1), first.slice(0, -1)))
      fail(
        'shape',
        `concat.inputs.${i}`,
        `a shape like ${showShape(first)} in all axes but the last`,
        showShape(shape),
      );
  });
  const last = inputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0);
  return join({
    name: 'concat',
    inputs,
    // The compiler's sum and this one are the same number; the type tests hold that.
    output: [...first.slice(0, -1), last] as unknown as Concatenated<Is>,
    forward: (xs: readonly Tensor[]) => {
      const [only] = xs;
      return xs.length === 1 && only !== undefined ? only.clone() : concatTensors([...xs], -1);
    },
    slope: () => 1,
  });
};

/** Options of `attend`: heads, and whether a token sees later ones. */
export interface AttendOptions {
  /** The heads; each attends with D/heads features of its own. Default 1. */
  readonly heads?: number;
  /** Whether a token sees only itself and those before it. Default false. */
  readonly causal?: boolean;
}

/** A `Fault` `options` unless so many heads share the features evenly. */
export const checkHeads = (path: string, heads: number, dimension: number): void => {
  if (!Number.isSafeInteger(heads) || heads < 1 || dimension % heads !== 0)
    fail('options', `${path}.heads`, `a divisor of the dimension ${dimension}`, `${heads}`);
};

/**
 * Scaled dot-product attention (Vaswani et al. 2017) of queries Q, keys K and values V, each
 * [T, D]:
 *
 *     y = concat_h( softmax(Q_h·K_hᵀ / √(D/heads))·V_h ),   Q_h the h-th part of the features
 *
 * @param length T, the tokens of a sequence
 * @param dimension D, the features of a token
 * @param options `heads`, default 1; `causal`, whether a token sees only itself and those before
 *   it, default false
 * @throws a `Fault`: `shape` if T or D is not a whole number of at least 1, `options` if `heads`
 *   does not divide D
 *
 * @example meet('seen', attend(28, 16, { heads: 2, causal: true }), 'query', 'key', 'value')
 */
export const attend = <const T extends number, const D extends number>(
  length: T,
  dimension: D,
  { heads = 1, causal = false }: AttendOptions = {},
): Join<readonly [readonly [T, D], readonly [T, D], readonly [T, D]], readonly [T, D]> => {
  checkShape('attend', [length, dimension]);
  checkHeads('attend', heads, dimension);
  const shape: readonly [T, D] = [length, dimension];
  const options = { heads, causal };
  // Scores and weights of all pairs of places take more memory than all else, and little time.
  const bySteps = rematerialised((query: Tensor, key: Tensor, value: Tensor) =>
    attended(query, key, value, options),
  );
  return join({
    name: 'attend',
    inputs: [shape, shape, shape],
    output: shape,
    forward: ([query, key, value]) =>
      attendsAtOnce(query, key, value)
        ? attendedAtOnce(query, key, value, options)
        : bySteps(query, key, value),
  });
};
