import { type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { combinedOf, type Design, innerOf, plusOuter, throughOf } from '../solver';

/**
 * Makes a design for parameters of another layout: `to` converts them to the layout of the design,
 * `from` converts back.
 */
export const relaid = <P extends Tree.Tree, Q extends Tree.Tree>(
  design: Design<Q>,
  to: (parameters: P) => Q,
  from: (parameters: Q) => P,
): Design<P> => {
  const { at, ...own } = design;
  return {
    ...own,
    apply: (v) => design.apply(to(v)),
    adjoint: (h) => from(design.adjoint(h)),
    pack: (v) => design.pack(to(v)),
    through: (h, t) => from(throughOf(design, h, t)),
    combine: (by, v) => combinedOf(design, by, to(v)),
    inner: (v, w) => innerOf(design, to(v), w),
    plusOuter: (v, c, d) => from(plusOuter(design, to(v), c, d)),
    unpack: (m) => from(design.unpack(m)),
    ...(at === undefined ? {} : { at: (x: Tensor) => relaid(at(x), to, from) }),
  };
};
