/**
 * Scopes say who frees a tensor. When a scope ends, it frees every tensor that was made inside it,
 * except the tensors of its result. These belong to the scope around it, or, outside of any scope,
 * to the caller, who frees them with `dispose`. No function of this library frees a tensor that it
 * was given.
 */
import { engine, memory, type TensorContainer } from '@tensorflow/tfjs-core';
import { fail, Fault } from './error';
import { checkStarted } from './started';
import { leaves, type Tree } from './tree';

/**
 * Runs `f` and frees all tensors that it made and did not return.
 *
 * Tensors in the result stay: in nested arrays and records, also inside of an `Either` or `Option`,
 * but not behind functions. They belong to the scope around, or to you if there is none.
 *
 * @param f a synchronous function. An asynchronous one throws a `Fault` (`memory`): its tensors
 *   would be freed too early
 *
 * @example const y = scope(() => add(mul(a, b), c)); // the product is freed, the sum is the caller's
 */
export const scope = <A>(f: () => A): A => {
  engine().startScope();
  let result: A | undefined;
  try {
    result = f();
    if (result instanceof Promise) {
      // How it ends is nobody's business any more, but must not end the process.
      result.catch(() => undefined);
      fail('memory', 'scope', 'a synchronous function', 'a promise, whose tensors would be freed too early');
    }
    return result;
  } catch (thrown) {
    // Whatever tfjs says of it.
    if (!(thrown instanceof Fault)) checkStarted();
    throw thrown;
  } finally {
    // Boundary with tfjs: it walks any nested value, but its type names only containers of tensors.
    engine().endScope(result as TensorContainer);
  }
};

/**
 * Frees the tensors of trees that you own, such as parameters. It passes over a tensor that is
 * freed already.
 *
 * @param trees parameters, gradients, or any tree of tensors. Anything else throws a `Fault`
 *   (`shape`)
 *
 * @example dispose(net.init(key))
 */
export const dispose = (...trees: readonly Tree[]): void => {
  for (const tree of trees) for (const leaf of leaves(tree)) leaf.dispose();
};

/**
 * Counts the tensors that are alive in the process. Compare two counts to show that nothing leaks.
 *
 * @example liveTensors() - liveTensors() // 0
 */
export const liveTensors = (): number => memory().numTensors;
