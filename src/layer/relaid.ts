import { type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { type Design, type SplitColumns } from '../solver';

/**
 * Makes a design for parameters of another layout: `to` converts them to the layout of the design,
 * `from` converts back.
 */
export const relaid = <P extends Tree.Tree, Q extends Tree.Tree>(
  design: Design<Q>,
  to: (parameters: P) => Q,
  from: (parameters: Q) => P,
): Design<P> => {
  const { at, parts, ...own } = design;
  return {
    ...own,
    apply: (v) => design.apply(to(v)),
    adjoint: (h) => from(design.adjoint(h)),
    pack: (v) => design.pack(to(v)),
    unpack: (m) => from(design.unpack(m)),
    ...(parts === undefined
      ? {}
      : { parts: { split: (v: P) => parts.split(to(v)), join: (of: SplitColumns) => from(parts.join(of)) } }),
    ...(at === undefined ? {} : { at: (x: Tensor) => relaid(at(x), to, from) }),
  };
};
