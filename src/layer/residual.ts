import { fail, type Fits, sameShape, showShape, type ShowShape } from '../core';
import { type ShapeMismatch } from './chain';
import { add } from './joins';
import { type AnyLayer, type Layer, type ParametersOf } from './layer';
import { input, met, netOf, wired } from './net';
import { inTraining } from './dropout';

/** Says whether a layer declares that it is affine in its parameters. */
export const saysAffine = (l: AnyLayer): boolean => l.affine === true || l.design !== undefined;

/**
 * A layer whose output has the shape of its input, or the type whose message the compiler shows.
 */
export type Endomorphic<L extends AnyLayer> =
  Fits<L['output'], L['input']> extends true
    ? unknown
    : ShapeMismatch<`a residual layer gives the shape that it takes, but this one takes ${ShowShape<L['input']>} and gives ${ShowShape<L['output']>}`>;

const residualOf = (inner: AnyLayer): AnyLayer => {
  if (!sameShape(inner.input, inner.output))
    fail(
      'shape',
      `residual (${inner.name})`,
      `the output ${showShape(inner.input)}, as the input`,
      `the output ${showShape(inner.output)}`,
    );
  const { name, input: shape, training } = inner;
  const body = wired(input, 0, inner, []);
  return netOf({
    name: `residual(${name})`,
    input: shape,
    output: shape,
    nodes: met(body, add(shape), [0, body.output]).nodes,
    init: (key) => inner.init(key),
    affine: saysAffine(inner),
    ...(training === undefined ? {} : { training: (key) => residualOf(inTraining(inner, key)) }),
  });
};

/**
 * A residual block (He et al. 2016): `y = x + f(x)`, with the parameters of f.
 *
 * @param inner f, a layer whose output has the shape of its input. Another one is a compile error
 *   that says so; at run time it throws a `Fault` (`shape`)
 *
 * @example residual(chain(linear(64, 64), tanh(64), linear(64, 64)))
 */
export const residual = <const L extends AnyLayer>(
  inner: L & Endomorphic<L>,
): Layer<ParametersOf<L>, L['input'], L['output']> =>
  // Parameters and shapes are those of `inner`, whose type the function above does not know.
  residualOf(inner) as Layer<ParametersOf<L>, L['input'], L['output']>;
