/**
 * Minimisers of φ(u) = ½(h(u) − a)² + c/2·(u − b)² for a function h of each number alone: every number is a problem of
 * its own, and all are solved at once.
 */
import {
  add,
  div,
  greater,
  lessEqual,
  logicalAnd,
  mul,
  ones,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { norm, readsStall, scope } from '../core';
import { type Measured } from '../solver';

/** h and its first two derivatives, each as a tensor of u's shape. */
interface Jet {
  readonly value: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

const jetOf = (h: (u: Tensor) => Tensor, u: Tensor): Jet => {
  // The Jacobian is diagonal: the gradient of a sum holds its entries.
  const first = (at: Tensor): Tensor => gradientOf((v: Tensor) => sum(h(v)), at).gradient;
  return { value: h(u), first: first(u), second: gradientOf((v: Tensor) => sum(first(v)), u).gradient };
};

interface ScalarSolution {
  readonly value: Tensor;
  readonly iterations: number;
  /** ‖φ'‖ at the end over ‖φ'‖ at the start; see `SolveReport`. */
  readonly residual: Measured;
}

/** The lowest values of φ so far, and where they are. */
interface Lowest {
  readonly best: Tensor;
  readonly lowest: Tensor;
}

/** The same with the iterate, and the bracket around it. */
interface Valley extends Lowest {
  readonly u: Tensor;
  readonly low: Tensor;
  readonly high: Tensor;
}

/**
 * A turn of a loop: its outcome stays, and of what it began with only `start`, which is the caller's. Otherwise the turns
 * would hold some thousand tensors of the size of the problem.
 */
const following = <B extends Lowest, A extends object>(
  start: Tensor,
  before: B,
  turn: (before: B) => A,
): A => {
  const after = scope(() => turn(before));
  const outcome: readonly unknown[] = Object.values(after);
  const kept = new Set([start, ...outcome]);
  for (const tensor of new Set<Tensor>(Object.values(before))) if (!kept.has(tensor)) tensor.dispose();
  return after;
};

/** Points of the grid that finds the valley. */
const GRID = 17;
const MOST = 40;
/** Where nothing is read, all of them are taken: by bisection alone, as many as a float32 has digits. */
const FIXED = 24;
/** In ‖φ'‖ relative to the start: what float32 allows. */
const ENOUGH = 1e-6;
/** Two values of φ that differ by less are the same to float32: then the later iterate, of the smaller slope, is taken. */
const SAME = 1e-6;

/**
 * From a start. A minimiser lies within R = |h(b) − a|/√c of b, for farther off the second term alone exceeds φ(b). A grid
 * over that bracket, and the start, give the valley, the lowest that they see: of an h that is not monotone it may miss a
 * lower one. Newton's iteration ends in it, with the bracket shrinking around it: a step that leaves the bracket, or where
 * φ is not convex, is replaced by bisection. φ at the end is not above φ at the start nor at b, whatever h is.
 */
export const minimiseEach = (
  h: (u: Tensor) => Tensor,
  a: Tensor,
  b: Tensor,
  c: number,
  start: Tensor,
): ScalarSolution =>
  scope(() => {
    const reads = !readsStall();
    const phi = (value: Tensor, u: Tensor): Tensor =>
      add(mul(square(sub(value, a)), 0.5), mul(square(sub(u, b)), c / 2));
    const radius = div(sqrt(square(sub(h(b), a))), Math.sqrt(c));
    const spacing = mul(radius, 2 / (GRID - 1));
    const better = (u: Tensor, f: Tensor, { best, lowest }: Lowest): Lowest => {
      const less = lessEqual(f, lowest);
      return { best: where(less, u, best), lowest: where(less, f, lowest) };
    };
    let seen: Lowest = { best: start, lowest: phi(h(start), start) };
    for (let i = 0; i < GRID; i++)
      seen = following(start, seen, (now): Lowest => {
        const u = add(b, mul(radius, (2 * i) / (GRID - 1) - 1));
        return better(u, phi(h(u), u), now);
      });
    const { best, lowest } = seen;
    let at: Valley = { best, lowest, u: best, low: sub(best, spacing), high: add(best, spacing) };
    const slopeOf = (u: Tensor, { value, first }: Jet): Tensor =>
      add(mul(sub(value, a), first), mul(sub(u, b), c));
    const size = (x: Tensor): Tensor => sqrt(sum(square(x)));
    const first = slopeOf(start, jetOf(h, start));
    const before = reads ? norm(first) : size(first);
    /** ‖φ'‖/before; 0 where it began at 0. */
    const relative = (slope: Tensor): Measured => {
      if (typeof before === 'number') return before === 0 ? 0 : norm(slope) / before;
      // Of 0 / 0 nothing is taken.
      return where(greater(before, 0), div(size(slope), before), 0);
    };
    for (let iterations = 0; ; iterations++) {
      const last = iterations === (reads ? MOST : FIXED);
      const next = following(start, at, (now): Valley | ScalarSolution => {
        const { u } = now;
        const jet = jetOf(h, u);
        const slope = slopeOf(u, jet);
        const residual = reads || last ? relative(slope) : Infinity;
        const f = phi(jet.value, u);
        if (last || (typeof residual === 'number' && residual <= ENOUGH)) {
          const chosen = lessEqual(f, add(mul(now.lowest, 1 + SAME), 1e-30));
          return { value: where(chosen, u, now.best), iterations, residual };
        }
        const right = greater(slope, 0);
        const [low, high] = [where(right, now.low, u), where(right, u, now.high)];
        const curvature = add(add(square(jet.first), mul(sub(jet.value, a), jet.second)), c);
        const convex = greater(curvature, 0);
        const newton = sub(u, div(slope, where(convex, curvature, ones(curvature.shape))));
        // A number that has converged is an end of its bracket, and stays there while others move.
        const inside = logicalAnd(convex, logicalAnd(lessEqual(low, newton), lessEqual(newton, high)));
        const moved = where(inside, newton, mul(add(low, high), 0.5));
        return { ...better(u, f, now), low, high, u: moved };
      });
      if ('iterations' in next) return next;
      at = next;
    }
  });
