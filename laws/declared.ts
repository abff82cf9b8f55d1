/**
 * Law 15 for the declarations of layers: that they act on each number alone, and design operators
 * for parameters and input.
 */
import {
  add,
  concat,
  matMul,
  mul,
  ones,
  onesLike,
  squaredDifference,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { Key, scope, type Solver, toHost, toNumber, Tree } from '../src';
import { innerProduct, linearise, sameShape } from '../src/internal';
import { length, plus, values } from './compare';
import { built, layerLaw, type LayerCase, type LayerSample, randomLike } from './layer';
import { all, atMost, type Law, type Verdict } from './law';

/**
 * Law 15: a layer that says it is elementwise has a diagonal Jacobian, J·v = v ⊙ J·1. If it has a
 * minimiser, no other point has a smaller ½(h(u) − a)² + c/2·(u − b)², for c in [0.1, 10].
 * Tolerances: float32 rounding.
 *
 * @param c the layer
 *
 * @example
 * const flat = { name: 'tanh', make: () => tanh(3) };
 * check(elementwiseAsDeclared(flat), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const elementwiseAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'elementwise, if it says so', (s) => {
    const { layer, parameters, input } = built(c, s);
    if (layer.elementwise === undefined) return true;
    const key = Key.fold(Key.key(s.seed), 9);
    const [v, b, other] = [0, 1, 2].map((i) => Key.uniform(Key.fold(key, i), input.shape, -2, 2));
    if (v === undefined || b === undefined || other === undefined) return 'three random tensors';
    const linear = linearise((at: Tensor) => layer.forward(parameters, at), input);
    const [direct, product] = [linear.jvp(v), mul(v, linear.jvp(onesLike(input)))].map(toHost);
    linear.release();
    if (direct === undefined || product === undefined) return 'two products';
    const diagonal = atMost(
      'the distance of J·v from v ⊙ J·1 (declared elementwise: leave that out, if numbers depend on each other)',
      length(plus(direct, product, -1)),
      1e-5 * (length(product) + 1),
    );
    const { minimiser } = layer.elementwise;
    if (minimiser === undefined) return diagonal;
    const weight = 0.1 * 100 ** ((s.seed % 101) / 100);
    const found = minimiser(input, b, weight);
    const phi = (u: Tensor): number =>
      scope(() =>
        toNumber(
          sum(
            add(
              mul(squaredDifference(layer.forward(parameters, u), input), 0.5),
              mul(squaredDifference(u, b), weight / 2),
            ),
          ),
        ),
      );
    const least = phi(found);
    const points = [b, input, other, add(found, mul(v, 0.1)), mul(found, 0.9), mul(found, 1.1)];
    return all(
      diagonal,
      ...points.map((u) =>
        atMost('φ at the minimiser, less φ elsewhere,', least - phi(u), 1e-5 * (1 + least)),
      ),
    );
  });

/**
 * What a design may offer for speed agrees with A: products with an operator, what is packed
 * in two parts, and the tensor of which A consists. Solvers take these in
 * place of A.
 */
const isOptionalOf = <P extends Tree.Tree>(
  design: Solver.Design<P>,
  v: P,
  held: Tensor,
  seed: number,
  near: (what: string, x: Tree.Tree, y: Tree.Tree) => Verdict,
): readonly Verdict[] => {
  const { columns, inputs, operator, rows, units } = design;
  const random = (id: number, shape: readonly number[]): Tensor =>
    Key.uniform(Key.fold(Key.key(seed), id), shape, -2, 2);
  const [a, packed] = [design.matrix(), design.pack(v)];
  const [w, e] = [random(14, [2, columns]), random(15, [2, rows])];
  const by = random(11, [3, units]);
  const ifThere = (what: string, x: Tree.Tree | undefined, y: Tree.Tree): Verdict =>
    x === undefined ? true : near(`the distance of ${what}`, x, y);
  const parts = design.parts?.split(v);
  const other = inputs === undefined ? undefined : mul(inputs.x, -2);
  const elsewhere = other === undefined ? undefined : design.at?.(other);
  const dual = design.dualGramOfInputs?.();
  return [
    ifThere(
      'the two parts of v',
      parts === undefined ? undefined : concat([parts.most, parts.last], 1),
      packed,
    ),
    ifThere('these parts, joined,', parts === undefined ? undefined : design.parts?.join(parts), v),
    ifThere('combinations of h', operator?.mix(by, held), matMul(by, design.toUnits(held))),
    ifThere('A·w by the operator', operator?.apply(w), matMul(w, a, false, true)),
    ifThere('Aᵀ·e by the operator', operator?.adjoint(e), matMul(e, a)),
    ifThere('its inputs from A', inputs?.ones === 1 ? concat([inputs.x, ones([rows, 1])], 1) : inputs?.x, a),
    ifThere(
      'A·v at other inputs',
      elsewhere?.apply(v),
      matMul(packed, elsewhere?.matrix() ?? a, false, true),
    ),
    ifThere(
      'those inputs from A there',
      elsewhere === undefined || other === undefined ? undefined : elsewhere.matrix(),
      other === undefined || inputs?.ones !== 1 ? (other ?? a) : concat([other, ones([rows, 1])], 1),
    ),
    ifThere('xxᵀ + 1 from AAᵀ', dual === undefined ? undefined : add(dual, 1), matMul(a, a, false, true)),
  ];
};

/**
 * A design is what the layer does: A·v = f(p + v) − f(p); ⟨A·v, h⟩ = ⟨v, Aᵀ·h⟩; A, AᵀA by each way
 * and by its blocks, and AAᵀ are one matrix; and what is packed is unpacked. Tolerances: float32
 * rounding of sums of a few dozen products.
 */
const isDesignOf = <P extends Tree.Tree>(
  design: Solver.Design<P>,
  v: P,
  change: (v: P) => Tensor,
  seed: number,
): Verdict => {
  const moved = change(v);
  const h = Key.uniform(Key.fold(Key.key(seed), 10), moved.shape, -2, 2);
  const held = design.outputs(h);
  const image = design.apply(v);
  const [left, right] = [innerProduct(image, held), innerProduct<Tree.Tree>(v, design.adjoint(held))];
  const a = design.matrix();
  const { rows, columns, units, blocks } = design;
  const near = (what: string, x: Tree.Tree, y: Tree.Tree) =>
    atMost(what, length(plus(values(x), values(y), -1)), 1e-4 * (1 + length(values(y))));
  const gram = matMul(transpose(a), a);
  /** Zero but in the blocks on the diagonal. */
  const diagonal = ({ size, form }: Solver.Blocks): Tensor => {
    const own = toHost(form());
    return tensor(
      Float32Array.from({ length: columns ** 2 }, (_, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        const block = Math.floor(row / size);
        return Math.floor(column / size) === block
          ? (own[(block * size + (row % size)) * size + (column % size)] ?? Number.NaN)
          : 0;
      }),
      [columns, columns],
    );
  };
  return all(
    sameShape(a.shape, [rows, columns])
      ? true
      : `A is [${a.shape.join(', ')}], declared [${rows}, ${columns}]`,
    sameShape(design.pack(v).shape, [units, columns])
      ? true
      : `V is packed as [${design.pack(v).shape.join(', ')}], not [${units}, ${columns}]`,
    near('the distance of A·v from f(p + v) − f(p)', image, design.outputs(moved)),
    atMost('⟨A·v, h⟩ − ⟨v, Aᵀ·h⟩', Math.abs(left - right), 1e-4 * (1 + Math.abs(left))),
    near(
      'the distance of A·v from the product with the matrix',
      design.toUnits(image),
      matMul(design.pack(v), a, false, true),
    ),
    near('the distance of v from what was packed', Tree.inOrderOf(v, design.unpack(design.pack(v))), v),
    near('the distance of h from what was put in rows', design.fromUnits(design.toUnits(held)), held),
    near('the distance of AAᵀ from the product', design.dualGram(), matMul(a, transpose(a))),
    ...design.grams.map(({ name, form }) =>
      near(`the distance of AᵀA by ${name} from the product`, form(), gram),
    ),
    blocks === undefined
      ? true
      : near('the distance of the blocks of AᵀA from the product', diagonal(blocks), gram),
    ...isOptionalOf(design, v, held, seed, near),
  );
};

/**
 * Law 15: the design matrix A that a layer declares is that of its parameters:
 * A·v = f(p + v) − f(p), Aᵀ is its adjoint, all ways to form AᵀA agree, what the design offers for
 * speed agrees with A, and whatever is packed is unpacked. Tolerances: float32 rounding of sums of a
 * few dozen products.
 *
 * @param c the layer
 *
 * @example check(designAsDeclared(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const designAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'affine in its parameters with that design, if it has one', (s) => {
    const { layer, parameters, input } = built(c, s);
    const design = layer.design?.(input);
    if (design === undefined) return true;
    const still = layer.forward(parameters, input);
    const change = (v: Tree.Tree): Tensor =>
      sub(layer.forward(Tree.zip((p: Tensor, d: Tensor) => add(p, d))(parameters, v), input), still);
    return isDesignOf(design, randomLike(parameters, s.seed), change, s.seed);
  });

/**
 * Law 15: the design matrix that a layer declares for its input is that of its input, as
 * `designAsDeclared` says.
 *
 * @param c the layer
 *
 * @example check(inputDesignAsDeclared(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const inputDesignAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'affine in its input with that design, if it has one', (s) => {
    const { layer, parameters, input } = built(c, s);
    const design = layer.inputDesign?.(parameters, s.batch);
    if (design === undefined) return true;
    const v = Key.uniform(Key.fold(Key.key(s.seed), 9), input.shape, -2, 2);
    const still = layer.forward(parameters, input);
    return isDesignOf(design, v, (d) => sub(layer.forward(parameters, add(input, d)), still), s.seed);
  });

/**
 * Lists the laws of what a layer declares: that it is elementwise, a design, an input design. It
 * throws as the function that makes the layer does.
 *
 * @param c the layer
 *
 * @example declaredLaws(mine).length // 2
 */
export const declaredLaws = (c: LayerCase): readonly Law<LayerSample>[] => {
  const layer = c.make();
  return [
    ...(layer.elementwise === undefined ? [] : [elementwiseAsDeclared(c)]),
    ...(layer.design === undefined ? [] : [designAsDeclared(c)]),
    ...(layer.inputDesign === undefined ? [] : [inputDesignAsDeclared(c)]),
  ];
};
