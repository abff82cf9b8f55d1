/** Layers side by side on one input, their outputs summed or joined. */
import { fail, type Fits, Key, sameShape, type Shape, showShape, type ShowShape, type Tree } from '../core';
import { type Plus } from './arithmetic';
import { type ParametersOfAll, type ShapeMismatch } from './chain';
import { inTraining } from './dropout';
import { add, concat } from './joins';
import { type AnyLayer, type Layer } from './layer';
import { input, met, netOf, type Wiring, wired } from './net';
import { saysAffine } from './residual';

/** The way in which outputs become one: their sum, or their concatenation along the last axis. */
export type Combination = 'sum' | 'concat';

type Head<Ls extends readonly AnyLayer[]> = Ls extends readonly [infer A extends AnyLayer, ...unknown[]]
  ? A
  : AnyLayer;

type Last<S extends Shape> = S extends readonly [...unknown[], infer N extends number] ? N : number;
type Front<S extends Shape> = S extends readonly [...infer F extends Shape, number] ? F : readonly number[];

type SumOfLast<Ls extends readonly AnyLayer[]> = Ls extends readonly [
  infer A extends AnyLayer,
  ...infer Rest extends readonly AnyLayer[],
]
  ? Rest extends readonly []
    ? Last<A['output']>
    : Plus<Last<A['output']>, SumOfLast<Rest>>
  : number;

/** The shape of the joined outputs. */
export type Joined<J extends Combination, Ls extends readonly AnyLayer[]> = J extends 'sum'
  ? Head<Ls>['output']
  : readonly [...Front<Head<Ls>['output']>, SumOfLast<Ls>];

/** Each layer as it is, or a `ShapeMismatch` in place of one that does not go with the first. */
export type Matching<J extends Combination, Ls extends readonly AnyLayer[]> = {
  readonly [I in keyof Ls]: Fits<Ls[I]['input'], Head<Ls>['input']> extends true
    ? J extends 'sum'
      ? Fits<Ls[I]['output'], Head<Ls>['output']> extends true
        ? Ls[I]
        : ShapeMismatch<`outputs that are summed have one shape, but this one is ${ShowShape<Ls[I]['output']>} and the first ${ShowShape<Head<Ls>['output']>}`>
      : Fits<Front<Ls[I]['output']>, Front<Head<Ls>['output']>> extends true
        ? Ls[I]
        : ShapeMismatch<`outputs that are joined differ in their last axis alone, but this one is ${ShowShape<Ls[I]['output']>} and the first ${ShowShape<Head<Ls>['output']>}`>
    : ShapeMismatch<`layers side by side take one input, but this one takes ${ShowShape<Ls[I]['input']>} and the first ${ShowShape<Head<Ls>['input']>}`>;
};

const check = (combination: Combination, layers: readonly AnyLayer[], first: AnyLayer): void => {
  layers.forEach((l, i) => {
    const path = `parallel.${i} (${l.name})`;
    if (!sameShape(l.input, first.input))
      fail('shape', path, `the input ${showShape(first.input)} of the first layer`, showShape(l.input));
    const [own, other] =
      combination === 'sum' ? [l.output, first.output] : [l.output.slice(0, -1), first.output.slice(0, -1)];
    if (!sameShape(own, other) || (combination === 'concat' && l.output.length === 0))
      fail(
        'shape',
        path,
        combination === 'sum'
          ? `the output ${showShape(first.output)} of the first layer`
          : `an output like ${showShape(first.output)} in all axes but the last`,
        showShape(l.output),
      );
  });
};

const parallelOf = (combination: Combination, layers: readonly AnyLayer[]): AnyLayer => {
  const first = layers[0] ?? fail('options', 'parallel', 'at least one layer', 'none');
  check(combination, layers, first);
  const branches = layers.reduce<Wiring & { readonly outputs: readonly number[] }>(
    (all, l, i) => {
      const { nodes, output } = wired(all, 0, l, [i]);
      return { nodes, output, outputs: [...all.outputs, output] };
    },
    { ...input, outputs: [] },
  );
  const shapes = layers.map((l) => l.output);
  const meeting = combination === 'sum' ? add(first.output, shapes.length) : concat(...shapes);
  return netOf({
    name: `${combination}(${layers.map((l) => l.name).join(', ')})`,
    input: first.input,
    output: meeting.output,
    nodes: met(branches, meeting, branches.outputs).nodes,
    affine: layers.every(saysAffine),
    init: (key): Tree.Tree => layers.map((l, i) => l.init(Key.fold(key, i))),
    ...(layers.some((l) => l.training !== undefined)
      ? {
          training: (key) =>
            parallelOf(
              combination,
              layers.map((l, i) => inTraining(l, Key.fold(key, i))),
            ),
        }
      : {}),
  });
};

/**
 * Puts layers side by side on one input, and combines their outputs:
 *
 *     'sum'     y = f(x) + g(x) + …
 *     'concat'  y = (f(x), g(x), …) along the last axis
 *
 * The parameters are the tuple of those of the layers.
 *
 * @param join `sum` or `concat`
 * @param layers f, g, …
 * @throws a `Fault`: `shape` if shapes do not fit together, which is a compile error where the
 *   compiler knows them; `options` if there is no layer
 *
 * @example parallel('concat', conv2d([8, 8, 4], 6, 1), conv2d([8, 8, 4], 2, 3, { padding: 'same' })) // to [8, 8, 8]
 */
export const parallel = <const J extends Combination, const Ls extends readonly AnyLayer[]>(
  join: J,
  ...layers: Ls & Matching<J, Ls>
): Layer<ParametersOfAll<Ls> & Tree.Tree, Head<Ls>['input'], Joined<J, Ls>> =>
  // Parameters and shapes are computed above from the same list; the type tests hold that they agree.
  parallelOf(join, layers) as Layer<ParametersOfAll<Ls> & Tree.Tree, Head<Ls>['input'], Joined<J, Ls>>;
