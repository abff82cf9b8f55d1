/**
 * Minimises φ(u) = ½(h(u) − a)² + c/2·(u − b)² for an elementwise function h. Every number is a
 * problem of its own, and all are solved at once.
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
import { norm, scope } from '../core';
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

/** The lowest values of φ so far, and their places. */
interface Lowest {
  readonly best: Tensor;
  readonly lowest: Tensor;
}

/** The lowest values, the iterate, and the bracket around it. */
interface Valley extends Lowest {
  readonly u: Tensor;
  readonly low: Tensor;
  readonly high: Tensor;
}

/**
 * Runs one turn of a loop. It keeps the outcome, and `start`, which the caller owns, and frees
 * everything else. Otherwise the turns would hold about a thousand tensors of the size of the
 * problem.
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
/** Iterations if nothing is read: enough for bisection alone to reach the precision of float32. */
const FIXED = 24;
/** The target for ‖φ'‖ relative to its start: the limit of float32. */
const ENOUGH = 1e-6;
/**
 * If two values of φ differ by less than this share, float32 cannot tell them apart. Then the later
 * iterate, with the smaller slope, is chosen.
 */
const SAME = 1e-6;

/**
 * Minimises φ from a start. A minimiser lies within R = |h(b) − a|/√c of b: beyond that, the second
 * term alone exceeds φ(b). A grid over that bracket, together with the start, finds the lowest
 * valley that it samples; if h is not monotone, it may miss a lower one. Newton's iteration then
 * converges in that valley while the bracket shrinks. A step that leaves the bracket, or from a
 * point where φ is not convex, is replaced by bisection. For any h, the final φ exceeds neither φ
 * at the start nor φ(b). Without `mayRead` it takes a fixed number of turns.
 */
export const minimiseEach = (
  h: (u: Tensor) => Tensor,
  a: Tensor,
  b: Tensor,
  c: number,
  start: Tensor,
  mayRead: boolean,
): ScalarSolution =>
  scope(() => {
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
    const before = mayRead ? norm(first) : size(first);
    /** ‖φ'‖/before; 0 where it began at 0. */
    const relative = (slope: Tensor): Measured => {
      if (typeof before === 'number') return before === 0 ? 0 : norm(slope) / before;
      // `where` discards 0 / 0.
      return where(greater(before, 0), div(size(slope), before), 0);
    };
    for (let iterations = 0; ; iterations++) {
      const last = iterations === (mayRead ? MOST : FIXED);
      const next = following(start, at, (now): Valley | ScalarSolution => {
        const { u } = now;
        const jet = jetOf(h, u);
        const slope = slopeOf(u, jet);
        const residual = mayRead || last ? relative(slope) : Infinity;
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
