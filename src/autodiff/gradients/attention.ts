/** The gradients of the kernel of attention, and of its pull-back. */
import { add, matMul, mul, type NamedAttrMap, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { type AttendAttributes, attendedGradient, attentionWeights, ofHeads, perHead } from '../../ops';
import { flagAttr, numberAttr, rule, saved, type GradientRule } from './rule';

const optionsOf = (attrs: NamedAttrMap): AttendAttributes => ({
  heads: numberAttr(attrs['heads'], 1),
  causal: flagAttr(attrs['causal']),
});

/** PᵀZ of P [·, T, T] and Z [·, T, w]. */
const transposedTimes = (p: Tensor, z: Tensor): Tensor => matMul(p, z, true, false);
/** A·Bᵀ [·, T, T] of A and B [·, T, w]. */
const outer = (a: Tensor, b: Tensor): Tensor => matMul(a, b, false, true);
const rowSums = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b), -1, true);

/**
 * The gradients of φ = ⟨c, Jᵀ·dY⟩ = ⟨dY, J·c⟩, where c = (cQ, cK, cV) are the cotangents of dQ, dK and dV. With s = 1/√w,
 * P = softmax(s·Q·Kᵀ), and ⟨·,·⟩ for sums over a row:
 *
 *     J·c = Ṗ·V + P·cV,   Ṡ = s·(cQ·Kᵀ + Q·cKᵀ),   r = ⟨P, Ṡ⟩,   Ṗ = P∘(Ṡ − r)
 *     G = dY·Vᵀ,   g = ⟨P, G⟩,   A = (Ṡ − r)∘(G − g) + dY·cVᵀ
 *     ∂φ/∂Ṡ = P∘(G − g),   ∂φ/∂S = P∘(A − ⟨P, A⟩)
 *     ∂φ/∂Q = s·(∂φ/∂S·K + ∂φ/∂Ṡ·cK),   ∂φ/∂K = s·(∂φ/∂Sᵀ·Q + ∂φ/∂Ṡᵀ·cQ),   ∂φ/∂V = Ṗᵀ·dY
 */
const ofPullback = (
  c: readonly Tensor[],
  kept: readonly Tensor[],
  { heads, causal }: AttendAttributes,
): Record<string, () => Tensor> => {
  const of = (tensors: readonly Tensor[], i: number): Tensor => perHead(saved(tensors, i), heads);
  const [q, k, v, dy] = [of(kept, 0), of(kept, 1), of(kept, 2), of(kept, 3)];
  const [cq, ck, cv] = [of(c, 0), of(c, 1), of(c, 2)];
  const s = 1 / Math.sqrt(q.shape[2] ?? 1);
  const p = attentionWeights(q, k, causal);
  const along = mul(add(outer(cq, k), outer(q, ck)), s);
  const centred = sub(along, rowSums(p, along));
  const moved = mul(p, centred);
  const together = (x: Tensor): Tensor => ofHeads(x, heads);
  /** Not needed for dY alone, which is all that a Jacobian-vector product asks for. */
  const byScores = (): readonly [Tensor, Tensor] => {
    const g = outer(dy, v);
    const level = sub(g, rowSums(p, g));
    const a = add(mul(centred, level), outer(dy, cv));
    return [mul(p, sub(a, rowSums(p, a))), mul(p, level)];
  };
  return {
    query: () => {
      const [ofS, ofAlong] = byScores();
      return together(mul(add(matMul(ofS, k), matMul(ofAlong, ck)), s));
    },
    key: () => {
      const [ofS, ofAlong] = byScores();
      return together(mul(add(transposedTimes(ofS, q), transposedTimes(ofAlong, cq)), s));
    },
    value: () => together(transposedTimes(moved, dy)),
    dy: () => together(add(matMul(moved, v), matMul(p, cv))),
  };
};

export const attention: readonly GradientRule[] = [
  rule('Attend', ['query', 'key', 'value'], (dy, kept, attrs) => {
    const [query, key, value] = [saved(kept, 0), saved(kept, 1), saved(kept, 2)];
    // One kernel gives all three.
    const found = attendedGradient({ query, key, value, dy }, optionsOf(attrs));
    return { query: () => saved(found, 0), key: () => saved(found, 1), value: () => saved(found, 2) };
  }),
  {
    kernelName: 'AttendGradient',
    inputsToSave: ['query', 'key', 'value', 'dy'],
    gradFunc: (cotangents, kept, attrs) =>
      ofPullback(Array.isArray(cotangents) ? cotangents : [cotangents], kept, optionsOf(attrs)),
  },
];
