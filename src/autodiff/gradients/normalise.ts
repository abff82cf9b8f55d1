/** The gradients of the kernel that normalises groups, and of its pull-back. */
import {
  add,
  mean,
  mul,
  type NamedAttrMap,
  neg,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { asGroups, type NormaliseAttributes, normalisedGradient, normalisedGroups } from '../../ops';
import { numberAttr, rule, type GradientRule, saved } from './rule';

/**
 * The gradient of φ = ⟨c, J(x)·dy⟩ by x. With r = 1/√(σ² + ε), x̂ = (x − μ)·r, means M over a
 * group, c̃ and d̃ centred, p = M(c̃·x̂) and q = M(d̃·x̂):
 *
 *     φ = n·r·(M(c̃·d̃) − p·q),   ∂r/∂x = −r²·x̂/n,   ∂p/∂x = r·(c̃ − p·x̂)/n
 *     ∂φ/∂x = −r²·((M(c̃·d̃) − 3·p·q)·x̂ + q·c̃ + p·d̃)
 */
const byInput = (x: Tensor, dy: Tensor, c: Tensor, how: NormaliseAttributes): Tensor => {
  const m = (t: Tensor): Tensor => mean(t, [1, 3], true);
  const centred = (t: Tensor): Tensor => sub(t, m(t));
  const [xs, cs, ds] = [centred(asGroups(x, how)), centred(asGroups(c, how)), centred(asGroups(dy, how))];
  const normal = asGroups(normalisedGroups(x, how), how);
  const r = rsqrt(add(m(square(xs)), how.epsilon));
  const [p, q] = [m(mul(cs, normal)), m(mul(ds, normal))];
  const along = sub(m(mul(cs, ds)), mul(mul(p, q), 3));
  const found = neg(mul(square(r), add(mul(along, normal), add(mul(q, cs), mul(p, ds)))));
  return reshape(found, x.shape);
};

const attributesOf = (attrs: NamedAttrMap): NormaliseAttributes => ({
  places: numberAttr(attrs['places'], 1),
  groups: numberAttr(attrs['groups'], 1),
  width: numberAttr(attrs['width'], 1),
  epsilon: numberAttr(attrs['epsilon'], 0),
});

export const normalisation: readonly GradientRule[] = [
  rule('Normalise', ['x'], (dy, kept, attrs) => ({
    x: () => normalisedGradient(saved(kept, 0), dy, attributesOf(attrs)),
  })),
  rule('NormaliseGradient', ['x', 'dy'], (cotangent, kept, attrs) => {
    const [x, dy] = [saved(kept, 0), saved(kept, 1)];
    const how = attributesOf(attrs);
    return {
      x: () => byInput(x, dy, cotangent, how),
      dy: () => normalisedGradient(x, cotangent, how),
    };
  }),
];
