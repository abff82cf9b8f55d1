/** Law 15 of what layers may declare about their input: that they act on each number alone, and a design operator for it. */
import {
  add,
  matMul,
  mul,
  onesLike,
  squaredDifference,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { Key, linearise, scope, toHost, toNumber } from '../src';
import { length, plus } from './compare';
import { built, layerLaw, type LayerCase, type LayerSample } from './layer';
import { all, atMost, type Law } from './law';

/**
 * A layer that says that it is elementwise has a diagonal Jacobian: J·v = v ⊙ J·1. And its minimiser, where it has one, is
 * not above any of a few other points in ½(h(u) − a)² + c/2·(u − b)², for c in [0.1, 10]. Tolerances: float32 rounding.
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
 * A design for the input is what the layer does: A·v = f(x + v) − f(x); ⟨A·v, h⟩ = ⟨v, Aᵀ·h⟩; and A, AᵀA, AAᵀ are one matrix.
 * Tolerances: float32 rounding of sums of a few dozen products.
 */
export const inputDesignAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'affine in its input with that design, if it has one', (s) => {
    const { layer, parameters, input } = built(c, s);
    const design = layer.inputDesign?.(parameters, s.batch);
    if (design === undefined) return true;
    const key = Key.fold(Key.key(s.seed), 9);
    const v = Key.uniform(Key.fold(key, 0), input.shape, -2, 2);
    const output = layer.forward(parameters, input);
    const h = Key.uniform(Key.fold(key, 1), output.shape, -2, 2);
    const image = toHost(design.apply(v));
    const change = plus(toHost(layer.forward(parameters, add(input, v))), toHost(output), -1);
    const held = design.outputs(h);
    const [left, right] = [sum(mul(design.apply(v), held)), sum(mul(v, design.adjoint(held)))].map(toNumber);
    const a = design.matrix();
    const close = (what: string, x: Tensor, y: Tensor) =>
      atMost(what, length(plus(toHost(x), toHost(y), -1)), 1e-4 * (1 + length(toHost(y))));
    const byMatrix = design.fromUnits(matMul(design.pack(v), a, false, true));
    return all(
      atMost(
        'the distance of A·v from f(x + v) − f(x)',
        length(plus(image, change, -1)),
        1e-4 * (1 + length(change)),
      ),
      atMost(
        '⟨A·v, h⟩ − ⟨v, Aᵀ·h⟩',
        Math.abs((left ?? 0) - (right ?? Number.NaN)),
        1e-4 * (1 + Math.abs(left ?? 0)),
      ),
      close('the distance of A·v from the product with the matrix', design.apply(v), byMatrix),
      close('the distance of AAᵀ from the product', design.dualGram(), matMul(a, transpose(a))),
      ...design.grams.map(({ name, form }) =>
        close(`the distance of AᵀA by ${name} from the product`, form(), matMul(transpose(a), a)),
      ),
    );
  });

/** Those that say something of a layer. */
export const declaredLaws = (c: LayerCase): readonly Law<LayerSample>[] => {
  const layer = c.make();
  return [
    ...(layer.elementwise === undefined ? [] : [elementwiseAsDeclared(c)]),
    ...(layer.inputDesign === undefined ? [] : [inputDesignAsDeclared(c)]),
  ];
};
