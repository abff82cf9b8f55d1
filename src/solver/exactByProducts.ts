/**
 * Exact ridge solves without a read: for backends where reading stalls. The small system is inverted by products, the
 * inverse applied, and the solution refined a fixed number of times; nothing is done on the host, nothing depends on a
 * number that would have to be read first.
 *
 * Accuracy, in float32: on the golden cases, with condition numbers up to some 1e4, relative residuals of at most 3e-6 and directions
 * within 8e-5 of float64. The refinement takes out what the inverse leaves, up to 1e-7·κ of the solution, as long as that is
 * well below one: from κ = 1e6 on it gains little, and the residual says so. What the Gram matrix itself loses, about
 * 6e-8·κ/√n of the solution in its worst directions, n being the order of the system, stays. Where float32 is not
 * enough, `precision: 'float64'` solves on the host, and reads.
 */
import {
  add,
  div,
  equal,
  matMul,
  mul,
  onesLike,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { scope, type Tree } from '../core';
import { chooseGram } from './cost';
import { inverseByProducts } from './inverseByProducts';
import { DEFAULT_TOLERANCE, type Design, type Solver } from './operator';
import { judged, type Solution } from './solveReport';
import { sampled } from './sample';

type Exact = Extract<Solver, { kind: 'exact' }>;

/** The first takes out what the inverse leaves; the second what is left of that for condition numbers above 1e5. */
const REFINEMENTS = 2;

const size = (x: Tensor): Tensor => sqrt(sum(square(x)));

/** a / b, and a itself where b is 0. */
const relative = (a: Tensor, b: Tensor): Tensor => {
  const none = equal(b, 0);
  return where(none, a, div(a, where(none, onesLike(b), b)));
};

/** V = (AᵀA + βI)⁻¹·Aᵀ·H as in `solveExact`. A singular system is no failure here, but a residual near one. */
export const solveByProducts = <P extends Tree.Tree>(
  design: Design<P>,
  h: Tensor,
  beta: number,
  solver: Exact,
  route: 'primal' | 'dual',
): Solution<P> => {
  const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
  const k = way?.form() ?? design.dualGram();
  const b = route === 'dual' ? design.toUnits(h) : design.pack(design.adjoint(h));
  const { value, residual } = scope(() => {
    const defect = (of: Tensor, s: Tensor): Tensor => sub(of, add(matMul(s, k), mul(s, beta)));
    const { inverse } = inverseByProducts(k, beta);
    let s = matMul(b, inverse);
    for (let i = 0; i < REFINEMENTS; i++) s = add(s, matMul(defect(b, s), inverse));
    const [some = b, solved = s] = sampled(b, s);
    return { value: s, residual: relative(size(defect(some, solved)), size(some)) };
  });
  return {
    value: route === 'dual' ? design.adjoint(design.fromUnits(value)) : design.unpack(value),
    report: {
      route,
      ...(way === undefined ? {} : { gram: way.name }),
      precision: 'float32',
      iterations: REFINEMENTS,
      ...judged(residual, solver.tolerance ?? DEFAULT_TOLERANCE),
    },
  };
};
