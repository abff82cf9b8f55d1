/** `repeat`: n times, of a step or of a layer. */
import { type AnyLayer, type Copies, copiesOf, type Endomorphic } from './layer';
import { repeat as repeatStep, type Step } from './step';

/**
 * Repeats a step: it runs `times` times, one after the other. Repeats a layer: see below.
 *
 * @param times how often
 * @param step the step
 */
export function repeat(times: number, step: Step): Step;
/**
 * Makes a chain of n copies of a layer, each with its own parameters.
 *
 * @param n how many copies
 * @param layer a layer whose output has the shape of its input; another one is a compile error
 * @throws a `Fault`: `options` if `n` is not a whole number of at least 1, `shape` if the shapes of
 *   `layer` differ at run time
 *
 * @example repeat(3, residual(linear(64, 64)))
 */
export function repeat<const N extends number, const L extends AnyLayer>(
  n: N,
  layer: L & Endomorphic<L>,
): Copies<L, N>;
export function repeat(n: number, thing: Step | AnyLayer): Step | AnyLayer {
  return 'tag' in thing ? repeatStep(n, thing) : copiesOf(n, thing);
}
