/** `repeat`: n times, of a step or of a layer. */
import { type AnyLayer, type Copies, copiesOf, type Endomorphic } from './layer';
import { repeat as repeatStep, type Step } from './step';

/** A step, `times` times, one after the other. */
export function repeat(times: number, step: Step): Step;
/**
 * A chain of n copies of a layer that gives the shape that it takes, each with parameters of its own.
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
