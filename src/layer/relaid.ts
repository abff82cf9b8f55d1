import { type Tree } from '../core';
import { combinedOf, type Design } from '../solver';

/** A design for parameters of another layout: `to` takes them to that of the design, `from` back. */
export const relaid = <P extends Tree.Tree, Q extends Tree.Tree>(
  design: Design<Q>,
  to: (parameters: P) => Q,
  from: (parameters: Q) => P,
): Design<P> => ({
  ...design,
  apply: (v) => design.apply(to(v)),
  adjoint: (h) => from(design.adjoint(h)),
  pack: (v) => design.pack(to(v)),
  combine: (by, v) => combinedOf(design, by, to(v)),
  unpack: (m) => from(design.unpack(m)),
});
