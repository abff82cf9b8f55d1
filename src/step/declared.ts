/**
 * Tests what layers declare. If a layer wrongly declares itself affine, its implicit steps would
 * not be those of its energy.
 */
import { abs, add, max, maximum, mul, norm, scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, fail, Key, scope, Tree } from '../core';
import {
  type Energy,
  forwardState,
  groupParameters,
  inputsOf,
  type Link,
  parametersOf,
  placeOfLink,
  type State,
  valueOf,
} from '../energy';
import { readScalars } from '../solver';

/** How far a link is from its declaration, and how far it may be: scalars. */
interface Trial {
  readonly link: Link;
  readonly expected: string;
  readonly miss: Tensor;
  readonly allowed: Tensor;
}

/** The tolerance of float32 sums of products, whose terms may be a thousand times their sum. */
const TOLERANCE = 1e-3;

/**
 * Random parameters as large as the largest parameter, and at least 1. In a training that diverges,
 * a step of 1 would vanish in the rounding of large parameters. Each link gets the same numbers
 * every time.
 */
const probe = (tree: Tree.Tree, link: number): Tree.Tree => {
  let leaf = 0;
  const size = Tree.leaves(tree).reduce(
    (most: Tensor, found) => (found.size === 0 ? most : maximum(most, max(abs(found)))),
    scalar(1),
  );
  return Tree.map(({ shape }) =>
    mul(Key.uniform(Key.fold(Key.fold(Key.key(0), link), leaf++), shape, -1, 1), size),
  )(tree);
};

/** Compares f(θ + v) − f(θ) with f(θ) − f(θ − v), and with A·v. */
const trialsOf = (state: State, link: Link): readonly Trial[] => {
  const inputs = inputsOf(state, link);
  const parameters = valueOf(parametersOf(state, link));
  const v = probe(parameters, link.number);
  const at = (by: number): Tensor =>
    link.forward(Tree.zip((p: Tensor, d: Tensor) => add(p, mul(d, by)))(parameters, v), inputs);
  const [before, still, after] = [at(-1), at(0), at(1)];
  const moved = sub(after, still);
  const allowed = mul(add(norm(moved), mul(norm(still), TOLERANCE)), TOLERANCE);
  const affine: Trial = {
    link,
    expected: 'outputs affine in the parameters, as the layer declares',
    miss: norm(sub(moved, sub(still, before))),
    allowed: add(allowed, mul(norm(still), TOLERANCE / 100)),
  };
  if (link.design === undefined) return [affine];
  const design = link.design(inputs);
  const designed: Trial = {
    ...affine,
    expected: 'outputs that follow the design of the layer',
    miss: norm(sub(design.apply(v), design.outputs(moved))),
  };
  return [affine, designed];
};

/**
 * Tests, on a few examples, what the layers of a network declare: that they are affine in their
 * parameters, and their designs. It moves each along a random vector and evaluates its forward
 * function. Throws a `Fault` with tag `layer` that names the link and its deviation, if that
 * exceeds float32 rounding (a thousandth of the change). Outputs that are not finite decide
 * nothing.
 */
export const checkDeclared = async (energy: Energy, parameters: Tree.Tree, input: Tensor): Promise<void> => {
  const trials = scope(() => {
    const state = forwardState(energy, groupParameters(energy, parameters), input);
    return energy.links
      .filter(({ affine, fixed, owner }) => affine && !fixed && owner > 0)
      .flatMap((link) => trialsOf(state, link));
  });
  const scalars = trials.flatMap(({ miss, allowed }) => [miss, allowed]);
  const numbers = await readScalars(scalars)().finally(() => {
    dispose(scalars);
  });
  trials.forEach(({ link, expected }, i) => {
    const [miss = 0, allowed = 0] = numbers.slice(2 * i);
    if (miss > allowed && Number.isFinite(miss))
      fail(
        'layer',
        placeOfLink(link.number, link.name),
        expected,
        `outputs that differ by ${miss.toPrecision(2)}, where rounding explains at most ${allowed.toPrecision(2)}`,
      );
  });
};
