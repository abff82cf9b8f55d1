/** L-BFGS: quasi-Newton directions from the last few steps (Liu and Nocedal 1989). */
import {
  add,
  cast,
  div,
  greater,
  mul,
  notEqual,
  scalar,
  sqrt,
  sub,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { atLeast, fail, scope, Tree, whole } from '../core';
import { type LearningRate } from './learningRate';
import { chain, named, type Optimizer, single, type Slot } from './optimizer';
import { type Selection } from './selection';
import { scale, weightDecay } from './transforms';

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  /** m, the pairs that are remembered. Default 10. */
  readonly memory?: number;
  /** c: pairs whose cosine ⟨s, y⟩/(‖s‖·‖y‖) is not above it are left out. Default 1e-4. */
  readonly curvature?: number;
}

/** ⟨a, b⟩ over all tensors, a scalar. */
const inner = (a: Tree.Tree, b: Tree.Tree): Tensor => {
  const others = Tree.leaves(b);
  return Tree.leaves(a).reduce<Tensor>(
    (total, leaf, i) => add(total, sum(mul(leaf, others[i] ?? missing()))),
    scalar(0),
  );
};

/** Of lists that are as long as each other, or as the memory, one. */
const at = <A>(list: readonly A[], i: number): A => list[i] ?? missing();

const missing = (): never => fail('shape', 'lbfgs', 'trees of one type', 'different ones');

/** a + c·b. */
const plus = <P extends Tree.Tree>(a: P, c: Tensor, b: P): P =>
  Tree.zip((x: Tensor, y: Tensor) => add(x, mul(c, y)))(a, b);

const less = <P extends Tree.Tree>(a: P, b: P): P => Tree.zip((x: Tensor, y: Tensor) => sub(x, y))(a, b);

const times = <P extends Tree.Tree>(a: P, c: Tensor): P => Tree.map((x: Tensor) => mul(x, c))(a);

/** a where a scalar is 1, b where it is 0: of finite numbers to the bit. */
const chosen = <P extends Tree.Tree>(one: Tensor, a: P, b: P): P =>
  Tree.zip((x: Tensor, y: Tensor) => add(mul(x, one), mul(y, sub(1, one))))(a, b);

/** 1/x, and 0 for 0. */
const inverse = (x: Tensor): Tensor => where(notEqual(x, 0), div(scalar(1), x), mul(x, 0));

interface Pair<P> {
  readonly s: P;
  readonly y: P;
}

/**
 * Computes H·d by the two loops, for pairs from the oldest on. If no pair has curvature, the result
 * is d·min(1, 1/‖d‖).
 */
const twoLoops = <P extends Tree.Tree>(d: P, pairs: readonly Pair<P>[]): P => {
  const inverses = pairs.map(({ s, y }) => inverse(inner(s, y)));
  const newest = pairs.at(-1);
  let q = d;
  const alphas: Tensor[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y } = at(pairs, i);
    const alpha = mul(at(inverses, i), inner(s, q));
    alphas[i] = alpha;
    q = plus(q, mul(alpha, -1), y);
  }
  const length = sqrt(inner(d, d));
  const short = where(greater(length, 1), div(scalar(1), length), scalar(1));
  const gamma =
    newest === undefined
      ? short
      : where(
          greater(inner(newest.s, newest.y), 0),
          mul(inner(newest.s, newest.y), inverse(inner(newest.y, newest.y))),
          short,
        );
  return pairs.reduce(
    (r, { s, y }, i) => {
      const beta = mul(at(inverses, i), inner(y, r));
      return plus(r, sub(at(alphas, i), beta), s);
    },
    times(q, gamma),
  );
};

/**
 * The transform of `lbfgs` before its learning rate: `u = H·d`, H the approximation of the inverse
 * Hessian from the last m updates. Each update costs about 3m inner products and 2m sums over the
 * parameters.
 *
 * Making the state fails with a `Fault` (`options`) if m is not a whole number of at least 1, or c
 * is negative or not finite.
 *
 * @param options m (`memory`), default 10; c (`curvature`), default 1e-4
 *
 * @example chain(scaleByLbfgs({ memory: 5 }), scale(0.5))
 */
export const scaleByLbfgs = ({ memory = 10, curvature = 1e-4 }: LbfgsOptions = {}): Optimizer =>
  single({
    name: 'lbfgs',
    init: (parameters) => {
      whole('lbfgs memory', memory, 1);
      atLeast('lbfgs curvature', curvature, 0);
      const zero = () => Tree.map((leaf) => zerosLike(leaf))(parameters);
      // s of the oldest pair to the newest, y likewise, then θ and d of the update before.
      return { step: 0, moments: Array.from({ length: 2 * memory + 2 }, zero) };
    },
    update: <P extends Tree.Tree>(direction: P, { step, moments }: Slot<P>, parameters: P) => {
      const [before, last] = [at(moments, 2 * memory), at(moments, 2 * memory + 1)];
      const known: readonly Pair<P>[] = Array.from({ length: memory }, (_, i) => ({
        s: at(moments, i),
        y: at(moments, memory + i),
      }));
      const pairs =
        step === 0
          ? known
          : scope((): readonly Pair<P>[] => {
              const fresh: Pair<P> = { s: less<P>(parameters, before), y: less<P>(direction, last) };
              const [ss, yy] = [inner(fresh.s, fresh.s), inner(fresh.y, fresh.y)];
              const least = mul(mul(sqrt(ss), sqrt(yy)), curvature);
              const curved = cast(greater(inner(fresh.s, fresh.y), least), 'float32');
              return known.map((old, i) => {
                const next = known[i + 1] ?? fresh;
                return { s: chosen<P>(curved, next.s, old.s), y: chosen<P>(curved, next.y, old.y) };
              });
            });
      return {
        direction: twoLoops(direction, pairs),
        slot: {
          step: step + 1,
          moments: [...pairs.map(({ s }) => s), ...pairs.map(({ y }) => y), parameters, direction],
        },
      };
    },
  });

/**
 * L-BFGS (Liu and Nocedal 1989; algorithm 7.4 of Nocedal and Wright) with a given step size in
 * place of a line search. It needs directions of all examples at once: make one batch of them. With
 * s = θ_t − θ_{t−1} and y = d_t − d_{t−1} of the last m updates, the oldest pair first:
 *
 *     H₀ = ⟨s, y⟩/⟨y, y⟩·I,   H⁺ = (I − ρsyᵀ)·H·(I − ρysᵀ) + ρssᵀ,   ρ = 1/⟨s, y⟩
 *     θ ← θ − η·(H·d + λ·θ)
 *
 * Two loops over the pairs compute H·d without forming H. A pair without curvature,
 * ⟨s, y⟩ ≤ c·‖s‖·‖y‖, is left out, so that H stays positive definite on losses that are not convex.
 * As long as there is no pair, H = min(1, 1/‖d‖)·I. The state holds 2m + 2 times the parameters.
 *
 * Making the state fails with a `Fault` (`options`) if the rate is not positive and finite, m is
 * not a whole number of at least 1, c is negative or not finite, or λ is negative.
 *
 * @param rate η, a number or a function of the updates made before. Default 1
 * @param options m (`memory`), default 10; c (`curvature`), default 1e-4; λ (`decay`), default 0; `of`,
 *   the parameters that decay, default all
 *
 * @example train(net, loss, { ...options, batchSize: options.train.count, optimizer: Optimizer.lbfgs(0.5) })
 */
export const lbfgs = (
  rate: number | LearningRate = 1,
  { decay = 0, of, ...options }: LbfgsOptions & { readonly decay?: number; readonly of?: Selection } = {},
): Optimizer => named('lbfgs', chain(scaleByLbfgs(options), weightDecay(decay, of), scale(rate)));
