/** The layer of the reader's own: a forward function in JavaScript. To be called in a worker only: it runs what it is given. */
import * as E from 'fp-ts/Either';
import {
  type AnyLayer,
  type Batch,
  error,
  fail,
  type Key,
  layer,
  type ProxpropError,
  type Shape,
  type Tree,
} from '../../../src';
import * as ops from './ops';

interface OwnParts {
  readonly name?: unknown;
  readonly affine?: unknown;
  readonly init: (key: Key.Key) => Tree.Tree;
  readonly forward: (parameters: Tree.Tree, x: Batch) => Batch;
}

// Boundary with the reader's JavaScript: what its functions give is looked at by the library, each time.
const isParts = (u: unknown): u is OwnParts =>
  typeof u === 'object' &&
  u !== null &&
  typeof Reflect.get(u, 'init') === 'function' &&
  typeof Reflect.get(u, 'forward') === 'function';

/** For each number n of features, the layer [n] → [n] that a text describes. */
export type OwnLayer = (n: number) => AnyLayer;

const made = (code: string, n: number): unknown => {
  const names = Object.keys(ops);
  // What the reader writes is what the reader runs, in a worker that can be ended.
  // oxlint-disable-next-line typescript/no-implied-eval
  const evaluate = new Function(...names, 'n', `'use strict'; return (${code}\n);`) as (
    ...args: readonly unknown[]
  ) => unknown;
  return evaluate(...Object.values(ops), n);
};

/**
 * The layer of a text: an expression of `{ name, init(key), forward(parameters, x) }`, in which n is the number of features.
 * Left: `layer`, where the text is no such expression.
 */
export const ownLayer = (code: string): E.Either<ProxpropError, OwnLayer> => {
  const at = (n: number): AnyLayer => {
    let parts: unknown;
    try {
      parts = made(code, n);
    } catch (thrown) {
      return fail(
        'layer',
        'your layer',
        'JavaScript of a layer',
        thrown instanceof Error ? thrown.message : String(thrown),
      );
    }
    if (!isParts(parts))
      return fail(
        'layer',
        'your layer',
        '({ name, init: (key) => …, forward: (parameters, x) => … })',
        typeof parts,
      );
    const { name, affine, init, forward } = parts;
    return layer<Tree.Tree, Shape, Shape>({
      name: typeof name === 'string' ? name : 'own',
      input: [n],
      output: [n],
      init,
      forward,
      ...(affine === true ? { affine } : {}),
    });
  };
  try {
    at(4);
    return E.right(at);
  } catch (thrown) {
    return E.left(
      thrown instanceof Error && 'error' in thrown
        ? (thrown.error as ProxpropError)
        : error('layer', 'your layer', 'a layer', String(thrown)),
    );
  }
};
