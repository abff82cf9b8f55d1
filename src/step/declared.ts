/** What layers declare, tried out: a layer that is falsely called affine would get implicit steps that are not those of its energy. */
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

/** What a link misses of what it declares, and what it may: scalars. */
interface Trial {
  readonly link: Link;
  readonly expected: string;
  readonly miss: Tensor;
  readonly allowed: Tensor;
}

/** float32 sums of products, of terms that may be a thousand times what is left of them. */
const TOLERANCE = 1e-3;

/**
 * Random parameters of the size of 1, or of the largest parameter where that is larger: beside parameters of a training that diverges a
 * step of 1 would be lost in the rounding of what they cancel to. The same for a link each time.
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

/** f(θ + v) − f(θ) beside f(θ) − f(θ − v), and beside A·v. */
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
    expected: 'outputs that move with the parameters by the design that the layer gives',
    miss: norm(sub(design.apply(v), design.outputs(moved))),
  };
  return [affine, designed];
};

/**
 * Try out, on a few examples, what the layers of a network declare: that they are affine in their parameters, and their designs. Each is
 * moved along a random vector, and its forward function is looked at. A `Fault` `layer` names the link, and says by how much it
 * misses; float32 rounding is allowed for, a thousandth of what moved. Outputs that are not finite say nothing.
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
        `others, by ${miss.toPrecision(2)} of at most ${allowed.toPrecision(2)} that rounding explains`,
      );
  });
};
