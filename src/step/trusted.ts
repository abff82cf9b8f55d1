/**
 * A step under trust. Its displacement u of the parameters is scaled until J on the batch falls by
 * enough of the predicted decrease. J is the loss at the forward state, whatever penalties the
 * energy has.
 *
 *     θ⁺ = θ − s·u,   accepted if   J(θ) − J(θ⁺) ≥ 10⁻⁴·p(s),   p(s) = s·Σ_l ⟨∇_{θ_l}E, u_l⟩
 *
 * The gradients are those of E at the activations that the step left, with predictions and
 * Jacobians of the forward pass. For the sweeps of backprop and ProxProp they are ∇J, so p is the
 * first-order decrease of J. With the ratio r = (J(θ) − J(θ⁺))/p(s), the parabola through J(θ), its
 * slope and J(θ⁺) has its minimum at s/(2(1 − r)). That is the next s: after an accepted step
 * between a quarter of the last s and 4 times it, after a rejected one between a tenth and a half
 * of it. This is the rule of Levenberg and Marquardt, with the parabola in place of their
 * thresholds.
 */
import { add, mul, scalar, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { fail, norm, positive, scope, short, toNumber, Tree, whole } from '../core';
import { activationAt, decremented, type State, theta, trustAt, valueOf, type Variable } from '../energy';
import { type Evaluator, type Outcome, type TrustReport } from './evaluator';
import { type Step } from './step';

type Trusted = Extract<Step, { readonly tag: 'trusted' }>;

/** The required decrease, as a share of the predicted one (Armijo). */
const ENOUGH = 1e-4;
/** Bounds of the next factor after an accepted step, relative to the last one. */
const [LEAST_NEXT, MOST_NEXT] = [0.25, 4];
/** Bounds of the next factor after a rejected step, relative to the last one. */
const [LEAST_SHORTER, MOST_SHORTER] = [0.1, 0.5];
/** A predicted decrease below this share of J is hidden by rounding. */
const ROUNDING = 1e-8;
/** The factor between neighbours in the search. */
const DECADE = 10;
const MOST_DECADES = 40;
/**
 * How many decades without a decrease the search for the metric passes over: with a metric far too
 * small for the links below the last to move, one decade says little about the next.
 */
const PATIENCE = 2;
/**
 * The share of J by which a lower J has to be lower for the search: float32 resolves about a tenth
 * of that.
 */
const LOWER = 1e-6;

/** u_l of the links that have moved. */
type Displacement = readonly (Tree.Tree | undefined)[];

/** A step as it was proposed from a feasible state. */
interface Proposal {
  readonly moved: State;
  readonly displacement: Displacement;
  readonly metric: number;
}

interface Trial {
  readonly state: State;
  readonly value: number;
}

const clipped = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));

/**
 * A number as the memory stores it, in float32, so that the stored number is the one that was used.
 */
const held = (value: number): number => Math.fround(value);

/** The minimum of the parabola through J, its slope and J at s, in units of s. */
const minimumOf = (ratio: number): number => (ratio < 1 ? 1 / (2 * (1 - ratio)) : Infinity);

const inner = (a: Tree.Tree, b: Tree.Tree): number =>
  scope(() => {
    const others = Tree.leaves(Tree.inOrderOf(a, b));
    return Tree.leaves(a).reduce(
      (total, leaf, i) =>
        total + toNumber(sum(mul(leaf, others[i] ?? fail('shape', 'trust', 'trees of one type', 'others')))),
      0,
    );
  });

/** The number of evaluations of J, which are forward passes, and of proposals. */
interface Count {
  passes: number;
  proposals: number;
}

/** Runs a step under trust. `run` runs the step itself. */
export const runTrusted = (
  evaluator: Evaluator,
  { of, name, first, metric: firstMetric, search, turns }: Trusted,
  state: State,
  run: (step: Step, from: State) => Outcome,
): Outcome => {
  whole('trusted.turns', turns, 1);
  positive('trusted.first', first);
  positive('trusted.metric', firstMetric);

  const propose = (from: State, metric: number, count: Count): Proposal & Pick<Outcome, 'solves'> => {
    count.proposals += 1;
    const { state: moved, solves } = run(of(metric), from);
    return { moved, solves, metric, displacement: moved.parameters.map(({ decrement }) => decrement) };
  };

  const tried = (from: State, { displacement }: Proposal, s: number, count: Count): Trial => {
    count.passes += 1;
    const parameters = from.parameters.map((v, i): Variable<Tree.Tree> => {
      const u = displacement[i];
      return u === undefined
        ? v
        : { anchor: Tree.zip((a: Tensor, b: Tensor) => sub(a, mul(b, s)))(v.anchor, u) };
    });
    const reached = evaluator.forward({ ...from, parameters });
    return { state: reached, value: evaluator.objective(reached) };
  };

  /**
   * ⟨∇_{θ_l}E, u_l⟩. If a link is affine in its parameters and reads only the input, the
   * displacement of its output in the trial, times the residual, gives it. For every other link, or
   * if rounding hides that displacement, the gradient gives it.
   */
  const promisedBy = (l: number, u: Tree.Tree, { moved }: Proposal, trial: Trial, s: number): number => {
    const link = evaluator.links[l - 1];
    const alone = link?.reads.every((read) => read === 0) === true && link.sharers.length === 1;
    if (alone && link.affine && !link.last && moved.multipliers[l - 1] === undefined) {
      const { anchor, decrement } = activationAt(moved, l);
      if (decrement === undefined) return 0;
      const told = scope(() => {
        const by = sub(anchor, activationAt(trial.state, l).anchor);
        return norm(by) < 1e-3 * norm(anchor)
          ? undefined
          : (evaluator.coupling(moved, l) * toNumber(sum(mul(by, decrement)))) / s;
      });
      if (told !== undefined) return told;
    }
    const block = theta(l);
    return inner(u, evaluator.gradient(moved, block, true, [block]));
  };

  const slopeOf = (proposal: Proposal, trial: Trial, s: number): number =>
    proposal.displacement.reduce(
      (total, u, i) =>
        u === undefined || Tree.leaves(u).length === 0
          ? total
          : total + promisedBy(i + 1, u, proposal, trial, s),
      0,
    );

  const isLower = (found: number, value: number, before: number): boolean =>
    found < value - LOWER * Math.abs(before);

  /**
   * Moves a number by decades to where J is lowest: upwards if J falls there, otherwise downwards.
   * It passes over `patience` decades without a decrease.
   */
  const byDecades = (
    start: number,
    at: (number: number) => number,
    before: number,
    patience: number,
  ): number => {
    let [best, value] = [held(start), at(held(start))];
    const go = (direction: 1 | -1, waits: number): boolean => {
      let went = false;
      for (let k = 1, waited = 0; k <= MOST_DECADES && waited < waits; k++) {
        const next = held(start * DECADE ** (direction * k));
        if (!(next > 0 && Number.isFinite(next))) break;
        const found = at(next);
        // On the way down, the search has not reached its minimum while J is no lower than at the
        // start.
        const high = direction < 0 && !(value < before);
        if (high || isLower(found, value, before)) [best, value, went, waited] = [next, found, true, 0];
        else waited += 1;
      }
      return went;
    };
    if (!(value < before) || !go(1, patience)) go(-1, 1);
    return best;
  };

  /**
   * The factor and the metric of the first batch: the factor, then the metric, then the factor
   * again.
   */
  const searched = (from: State, before: number, count: Count): readonly [number, number] => {
    const alongFactor = (metric: number, start: number): number => {
      const proposal = propose(from, metric, count);
      return byDecades(start, (s) => tried(from, proposal, s, count).value, before, 1);
    };
    const s = alongFactor(held(firstMetric), first);
    const metric = byDecades(
      firstMetric,
      (m) => tried(from, propose(from, m, count), s, count).value,
      before,
      PATIENCE,
    );
    return [alongFactor(metric, s), metric];
  };

  const kept = trustAt(state, name);
  if (turns > 1 || (search && kept === undefined)) evaluator.again?.();
  let now = evaluator.forward({
    ...state,
    parameters: state.parameters.map((v) => (v.decrement === undefined ? v : { anchor: valueOf(v) })),
  });
  const total: (Tree.Tree | undefined)[] = state.parameters.map(() => undefined);
  const solves: Outcome['solves'][number][] = [];
  const trust: TrustReport[] = [];
  let [scale, metric] =
    kept === undefined ? [held(first), held(firstMetric)] : [toNumber(kept.scale), toNumber(kept.metric)];
  const usable = scale > 0 && metric > 0 && Number.isFinite(scale) && Number.isFinite(metric);
  if (!usable)
    fail('memory', `memory.${short(name)}`, 'a factor and a metric above 0', `${scale} and ${metric}`);

  for (let turn = 0; turn < turns; turn++) {
    const count: Count = { passes: 0, proposals: 0 };
    const before = evaluator.objective(now);
    if (kept === undefined && turn === 0 && search) [scale, metric] = searched(now, before, count);
    const proposal = propose(now, metric, count);
    solves.push(...proposal.solves);
    now = { ...now, ...(proposal.moved.memory === undefined ? {} : { memory: proposal.moved.memory }) };
    const nothing = proposal.displacement.every((u) => u === undefined || Tree.leaves(u).length === 0);
    let report: TrustReport = {
      name,
      before,
      after: before,
      predicted: 0,
      scale: 0,
      metric,
      accepted: nothing,
      passes: 0,
      proposals: 0,
    };
    let slope: number | undefined;
    while (!nothing) {
      const trial = tried(now, proposal, scale, count);
      slope ??= slopeOf(proposal, trial, scale);
      const predicted = scale * slope;
      const ratio = (before - trial.value) / predicted;
      if (predicted > 0 && ratio >= ENOUGH) {
        proposal.displacement.forEach((u, i) => {
          if (u === undefined) return;
          const by = Tree.map((leaf) => mul(leaf, scale))(u);
          const sofar = total[i];
          total[i] = sofar === undefined ? by : Tree.zip((a: Tensor, b: Tensor) => add(a, b))(sofar, by);
        });
        now = { ...now, parameters: trial.state.parameters, activations: trial.state.activations };
        report = { ...report, after: trial.value, predicted, scale, accepted: true };
        scale = held(scale * clipped(minimumOf(ratio), LEAST_NEXT, MOST_NEXT));
        break;
      }
      // No descent, or none that float32 resolves: the parameters stay, and the report says so.
      if (!(predicted > ROUNDING * Math.abs(before))) {
        report = { ...report, predicted: Number.isFinite(predicted) ? Math.max(0, predicted) : 0 };
        break;
      }
      scale = held(
        scale * clipped(Number.isFinite(ratio) ? minimumOf(ratio) : 0, LEAST_SHORTER, MOST_SHORTER),
      );
    }
    trust.push({ ...report, passes: count.passes, proposals: count.proposals });
    // If a step was rejected, all later steps from the same parameters would be.
    if (!report.accepted) break;
  }

  return {
    state: {
      ...now,
      parameters: state.parameters.map((v, i) => {
        const by = total[i];
        return by === undefined ? v : decremented(v, by);
      }),
      activations: now.activations,
      memory: { ...now.memory, [name]: { scale: scalar(scale), metric: scalar(metric) } },
    },
    solves,
    trust,
  };
};
