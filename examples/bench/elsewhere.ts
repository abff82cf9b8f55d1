/** The backprop step of the large multilayer perceptron by other libraries in JavaScript, and by other numbers of threads. */
import * as E from 'fp-ts/Either';
import { type ProxpropError } from '../../src';
import { childSteps, jaxJs, stockTfjs } from './children';
import { median, paired } from './measure';
import { MLP_SIZES } from './networks';
import { ms, times } from './tables';

const BATCH = 500;

export interface Elsewhere {
  readonly rows: readonly (readonly string[])[];
  readonly figures: {
    readonly [name: string]: { readonly milliseconds: number; readonly toTwoThreads: number };
  };
}

/**
 * The other libraries, and other numbers of threads, each in its own process: in turn, so that those that are
 * compared meet the same machine.
 */
export const elsewhere = async (turns: number): Promise<E.Either<ProxpropError, Elsewhere>> => {
  const [one, two, jax, tfjs]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let turn = 0; turn < turns; turn++) {
    const single = await childSteps('steps', 1, 3);
    if (E.isLeft(single)) return single;
    const double = await childSteps('steps', 2, 3);
    if (E.isLeft(double)) return double;
    const other = await jaxJs(BATCH, 2, ...MLP_SIZES);
    if (E.isLeft(other)) return other;
    one.push(single.right.milliseconds);
    two.push(double.right.milliseconds);
    jax.push(other.right.milliseconds);
    if (turn > 0) continue;
    // Stock tfjs takes half a minute for all of the batch: its time grows along a line with the batch.
    const few = await stockTfjs(20, 2, ...MLP_SIZES);
    if (E.isLeft(few)) return few;
    const more = await stockTfjs(60, 2, ...MLP_SIZES);
    if (E.isLeft(more)) return more;
    const slope = (more.right.milliseconds - few.right.milliseconds) / 40;
    tfjs.push(more.right.milliseconds + slope * (BATCH - 60));
  }
  const named = [
    ['this, 2 threads', 'twoThreads', two],
    ['this, 1 thread', 'oneThread', one],
    ['jax-js 0.1 on WebAssembly, jit', 'jaxJs', jax],
    ['tfjs 4.22 on WebAssembly as it comes, from batches of 20 and 60', 'stockTfjs', tfjs],
  ] as const;
  return E.right({
    rows: named.map(([name, , found]) => [name, ms(median(found)), times(paired(found, two))]),
    figures: Object.fromEntries(
      named.map(([, key, found]) => [key, { milliseconds: median(found), toTwoThreads: paired(found, two) }]),
    ),
  });
};
