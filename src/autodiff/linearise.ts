/**
 * The linearisation of a function at a point: J·v and Jᵀ·u, any number of times, from one
 * evaluation each way.
 */
import {
  add,
  concat,
  mul,
  ones,
  reshape,
  slice,
  sum,
  type Tensor,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { fail, scope, sizeOf, Tree } from '../core';
import { record, type Recording } from './tape';

/**
 * A function at one point: its value, and products with its Jacobian J, without evaluating the
 * function again.
 */
export interface Linearisation<P extends Tree.Tree> {
  /** The value of the function at the point. */
  readonly value: Tensor;
  /** J·v for a tangent with the type and shapes of the point; it has the shape of the value. */
  readonly jvp: (v: P) => Tensor;
  /** Jᵀ·u for a cotangent with the shape of the value; it has the type and shapes of the point. */
  readonly vjp: (u: Tensor) => P;
  /** Frees everything that the linearisation keeps, except the value, which stays yours. */
  readonly release: () => void;
}

/** All tensors of a tree in one row [1, n], in the order of `leaves`; n = 0 is not allowed. */
export const packRow = (tree: Tree.Tree): Tensor => {
  const rows = Tree.leaves(tree).map((leaf) => reshape(leaf, [1, leaf.size]));
  return rows.length === 1 ? (rows[0] ?? fail('shape', 'packRow', 'a tensor', 'none')) : concat(rows, 1);
};

/** The inverse of `packRow`. */
export const unpackRow = <P extends Tree.Tree>(like: P, row: Tensor): P => {
  let from = 0;
  return Tree.map((leaf) => {
    const part = reshape(slice(row, [0, from], [1, sizeOf(leaf.shape)]), leaf.shape);
    from += leaf.size;
    return part;
  })(like);
};

const sameShapeOrFail = (path: string, expected: Tensor, found: Tensor): void => {
  if (expected.shape.join() !== found.shape.join())
    fail('shape', path, `a tensor [${expected.shape.join(', ')}]`, `a tensor [${found.shape.join(', ')}]`);
};

/**
 * Linearises `f` at `p`. Jᵀu is linear in u, so its own pull-back is J: recorded once, it gives J·v
 * for any v.
 */
export const linearise = <P extends Tree.Tree>(f: (p: P) => Tensor, p: P): Linearisation<P> => {
  const xs = Tree.leaves(p);
  const forward = record(() => f(p));
  const { value } = forward;
  const u = zeros(value.shape);
  // Recorded when first asked for: a user of Jᵀ alone does not pay for J.
  let transposed: Recording | undefined;
  const transpose = (): Recording =>
    (transposed ??= record(() => {
      const gradients = record(() => f(p)).pullback(u, xs);
      return packRow(xs.map((x, i) => gradients[i] ?? zerosLike(x)));
    }));
  return {
    value,
    jvp: (v) => {
      const tangent = Tree.zip((a, b, path) => {
        sameShapeOrFail(path === '' ? 'tangent' : `tangent.${path}`, a, b);
        return b;
      })(p, v);
      return scope(() => transpose().pullback(packRow(tangent), [u])[0] ?? zerosLike(value));
    },
    vjp: (cotangent) => {
      sameShapeOrFail('cotangent', value, cotangent);
      return scope(() => {
        const gradients = forward.pullback(cotangent, xs);
        return Tree.fromLeaves(
          p,
          xs.map((x, i) => gradients[i] ?? zerosLike(x)),
        );
      });
    },
    release: () => {
      forward.release();
      transposed?.release();
      u.dispose();
    },
  };
};

/** ∇f of a scalar function of a tree, with its value. This internal form throws a `Fault`. */
export const gradientOf = <P extends Tree.Tree>(
  f: (p: P) => Tensor,
  p: P,
): { readonly value: Tensor; readonly gradient: P } => {
  const recording = record(() => f(p));
  try {
    const { value } = recording;
    if (value.size !== 1)
      fail('gradient', 'valueAndGradient', 'a scalar function', `a value [${value.shape.join(', ')}]`);
    const xs = Tree.leaves(p);
    return scope(() => {
      const gradients = recording.pullback(ones(value.shape), xs);
      return {
        value,
        gradient: Tree.fromLeaves(
          p,
          xs.map((x, i) => gradients[i] ?? zerosLike(x)),
        ),
      };
    });
  } finally {
    recording.release();
  }
};

/**
 * The inner product ⟨a, b⟩ = Σ a·b over all numbers of two trees of one type, as a scalar tensor,
 * which you dispose of. It is differentiable.
 *
 * @example dot(parameters, parameters) // ‖θ‖²
 */
export const dot = <P extends Tree.Tree>(a: P, b: P): Tensor =>
  Tree.leaves(Tree.zip((x, y) => sum(mul(x, y)))(a, b)).reduce((total, part) => add(total, part));
