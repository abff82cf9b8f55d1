/**
 * One update: the transforms of an optimizer run on a direction. Consecutive transforms of numbers
 * run in one pass.
 */
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import { checkForm, explaining, fail, formOf, scope, Tree } from '../core';
import { Formula } from '../ops';
import { fitted, fittedSlot, checkResult, stableSlot } from './form';
import {
  momentsOf,
  type NumberTransform,
  type Optimizer,
  type OptimizerState,
  transformPlace,
  type Slot,
} from './optimizer';

/** An update, and the state for the next one. */
export interface Update<P extends Tree.Tree> {
  /** The tree that is subtracted from the parameters. */
  readonly update: P;
  /** The state for the next update. */
  readonly state: OptimizerState<P>;
}

/** A transform of numbers, where it stands, and the slot that it comes with. */
interface Member<P extends Tree.Tree> {
  readonly place: string;
  readonly transform: NumberTransform;
  readonly slot: Slot<P>;
}

/** Of what is as long as the tensors of a tree, or as the moments of a slot, one. */
const at = <A>(list: readonly A[], i: number): A =>
  list[i] ?? fail('shape', 'optimizer', 'trees of one type', 'different ones');

/** What a map has of a key; computed once. */
const computed = <A>(map: Map<string, A>, key: string, of: () => A): A => {
  const known = map.get(key) ?? of();
  map.set(key, known);
  return known;
};

/** The formula that comes out of a run: of the direction at its end, and of the parameter. */
type Last = (direction: Formula.Formula, parameter: Formula.Formula) => Formula.Formula;

/** What a run does with each tensor on which the same members act. */
interface Plan {
  readonly program: Formula.Program;
  /** Where the moments of each member lie among the results; those of one that passes stay. */
  readonly firsts: readonly (number | undefined)[];
}

/**
 * Compiles a run. The program takes the parameter, the direction, and the moments of the acting
 * members in order. It gives the result, then the next moments in the same order.
 */
const planOf = <P extends Tree.Tree>(
  members: readonly Member<P>[],
  acts: readonly boolean[],
  last: Last,
): Plan => {
  const kept: Formula.Formula[] = [];
  let d = Formula.input(1);
  const firsts = members.map(({ place, transform: { rule }, slot: { step, moments } }, i) => {
    if (acts[i] !== true) return undefined;
    const first = 1 + kept.length;
    const own = moments.map((_, j) => Formula.input(1 + first + j));
    const made = explaining(place, () => rule(d, own, Formula.input(0), step), 'optimizer');
    const next = checkResult(place, 'a rule { direction, moments }', ['direction', 'moments'], made);
    if (next.moments.length !== own.length)
      fail('optimizer', place, `${own.length} moments, as before`, `${next.moments.length}`);
    d = next.direction;
    kept.push(...next.moments);
    return first;
  });
  return { program: Formula.programOf([last(d, Formula.input(0)), ...kept], 2 + kept.length), firsts };
};

/**
 * Runs consecutive transforms of numbers in one pass. For each tensor it gives the results of
 * `last` at the final direction and the parameter, and the moments. With `consumed`, results and
 * moments overwrite the given direction and moments.
 */
const runNumbers = <P extends Tree.Tree>(
  members: readonly Member<P>[],
  direction: P,
  parameters: P,
  last: Last,
  consumed: boolean,
): { readonly result: P; readonly slots: readonly Slot<P>[] } => {
  const directions = Tree.leaves(direction);
  const memory = members.map(({ slot }) => slot.moments.map(Tree.leaves));
  const plans = new Map<string, Plan>();
  const perLeaf = Tree.leavesWithPath(parameters).map(([path, parameter], l) => {
    const acts = members.map(({ transform: { of } }) => of?.(path, parameter.shape) !== false);
    const { program, firsts } = computed(plans, acts.join(), () => planOf(members, acts, last));
    const own = memory.map((moments) => moments.map((leaves) => at(leaves, l)));
    const inputs = [parameter, at(directions, l), ...own.flatMap((moments, i) => (acts[i] ? moments : []))];
    const results = Formula.evaluateProgram(
      program,
      inputs,
      consumed ? program.results.map((_, i) => i + 1) : [],
    );
    return {
      result: at(results, 0),
      moments: own.map((moments, i) => {
        const first = firsts[i];
        return moments.map((moment, j) => (first === undefined ? moment.clone() : at(results, first + j)));
      }),
    };
  });
  const treeOf = (leaf: (run: (typeof perLeaf)[number]) => Tensor): P =>
    Tree.fromLeaves(direction, perLeaf.map(leaf));
  return {
    result: treeOf(({ result }) => result),
    slots: members.map(({ slot: { step, moments } }, i) => ({
      step: step + 1,
      moments: moments.map((_, j) => treeOf((run) => at(at(run.moments, i), j))),
    })),
  };
};

const found: Last = (direction) => direction;

/** All transforms but the last run of those of numbers, and that run. */
const beforeLastRun = <P extends Tree.Tree>(
  { transforms }: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): { readonly direction: P; readonly slots: readonly Slot<P>[]; readonly run: readonly Member<P>[] } => {
  let d = fitted('direction', parameters, direction);
  const slots: Slot<P>[] = [];
  let run: readonly Member<P>[] = [];
  const finish = (): void => {
    if (run.length === 0) return;
    const done = runNumbers(run, d, parameters, found, false);
    d = done.result;
    slots.push(...done.slots);
    run = [];
  };
  transforms.forEach((transform, i) => {
    const place = transformPlace(i, transform);
    const given = state[i] ?? fail('schedule', place, 'its state', 'none');
    const slot = fittedSlot(place, transform, parameters, given);
    if ('rule' in transform) {
      run = [...run, { place, transform, slot }];
      return;
    }
    finish();
    const before = d;
    // What it gives is looked at where it runs: a tree of another form would be broadcast, or read beyond its end.
    const next = explaining(
      place,
      () => {
        const given = transform.update(before, slot, parameters);
        const made = checkResult(place, 'an update { direction, slot }', ['direction', 'slot'], given);
        return {
          direction: fitted(`${place}.direction`, parameters, made.direction),
          slot: stableSlot(place, parameters, slot, made.slot),
        };
      },
      'optimizer',
    );
    d = next.direction;
    slots.push(next.slot);
  });
  return { direction: d, slots, run };
};

/**
 * Trees without the given tensors, which are copied. With `and each other`, the tensors of earlier
 * trees are copied too.
 */
const unshared =
  (taken: Set<Tensor>, also?: 'and each other') =>
  <P extends Tree.Tree>(tree: P): P =>
    Tree.map((leaf) => {
      if (taken.has(leaf)) return leaf.clone();
      if (also !== undefined) taken.add(leaf);
      return leaf;
    })(tree);

const withMoments = <P extends Tree.Tree>(slot: Slot<P>, f: (moment: P) => P): Slot<P> => ({
  step: slot.step,
  moments: slot.moments.map(f),
});

/**
 * Turns a direction d into an update u by the transforms T₁, …, T_n of an optimizer, each with its
 * state s_i and the parameters θ:
 *
 *     d₀ = d,   (d_i, s_i) ← T_i(d_{i−1}, s_i, θ),   u = d_n
 *
 * `applyUpdate` subtracts u; `stepOptimizer` does both in one pass. Nothing given is changed or
 * freed, and you own all tensors of the result.
 *
 * @param optimizer T₁, …, T_n
 * @param direction d, a tree like the parameters
 * @param state s₁, …, s_n, from `initOptimizer` or from the update before
 * @param parameters θ
 * @throws a `Fault` that names the transform and the tensor: `shape` for a direction or a moment of
 *   another form than the parameters, `memory` for a tensor that is freed, `schedule` for a state
 *   of fewer transforms, `options` for an invalid learning rate, `optimizer` if a transform of your
 *   own throws or gives another form
 *
 * @example
 * const optimizer = adam(1e-3);
 * const state = Optimizer.initOptimizer(optimizer, parameters);
 * const next = Optimizer.updateOptimizer(optimizer, direction, state, parameters);
 * const moved = Optimizer.applyUpdate(parameters, next.update); // then with next.state
 */
export const updateOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): Update<P> =>
  scope(() => {
    const { direction: d, slots, run } = beforeLastRun(optimizer, direction, state, parameters);
    const { result, slots: last } = runNumbers(run, d, parameters, found, false);
    // What a tree transform hands on may be what it was given.
    const own = unshared(new Set([parameters, direction, ...momentsOf(state)].flatMap(Tree.leaves)));
    return { update: result, state: [...slots.map((slot) => withMoments(slot, own)), ...last] };
  });

/**
 * Subtracts an update from the parameters:
 *
 *     θ⁺ = θ − u
 *
 * @param parameters θ; they stay as they are
 * @param update u, a tree of the same names and shapes; it stays as it is
 * @returns θ⁺, which you own
 * @throws a `Fault` that names the tensor: `shape` for an update of another form, even one that
 *   could be broadcast; `memory` for a tensor that is freed
 *
 * @example const moved = Optimizer.applyUpdate(parameters, update);
 */
export const applyUpdate = <P extends Tree.Tree>(parameters: P, update: P): P => {
  checkForm('update', update, formOf(parameters));
  return Tree.zip((p, u) => sub(p, u))(parameters, update);
};

/** The parameters after an update, and the state for the next one. */
export interface Stepped<P extends Tree.Tree> {
  /** The parameters after the update. */
  readonly parameters: P;
  /** The state for the next update. */
  readonly state: OptimizerState<P>;
}

/**
 * Does `updateOptimizer` and `applyUpdate` in one pass, with the same bits: the next parameters
 * θ − u and the next state.
 *
 * It uses up `direction` and `state`: it frees them, and the results lie in their memory if the
 * backend can do that. You keep `parameters`, and own the result.
 *
 * @param optimizer the optimizer
 * @param direction d, a tree like the parameters
 * @param state from `initOptimizer` or from the step before
 * @param parameters θ
 * @throws a `Fault` as `updateOptimizer` does
 *
 * @example const next = Optimizer.stepOptimizer(optimizer, direction, state, parameters);
 */
export const stepOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): Stepped<P> =>
  scope(() => {
    const { direction: d, slots: returned, run } = beforeLastRun(optimizer, direction, state, parameters);
    const theirs = new Set(Tree.leaves(parameters));
    // Parameters are freed by who owns them: a moment must not be one of them.
    const slots = returned.map((slot) => withMoments(slot, unshared(theirs)));
    const kept = new Set([...theirs, ...momentsOf(slots).flatMap(Tree.leaves)]);
    // What a tree transform remembers may be the direction that it returns, and one tensor may stand twice in a state.
    const own = unshared(new Set(kept), 'and each other');
    const { result, slots: last } = runNumbers(
      run.map((member) => ({ ...member, slot: withMoments(member.slot, own) })),
      own(d),
      parameters,
      (direction_, parameter) => Formula.sub(parameter, direction_),
      true,
    );
    for (const leaf of [direction, ...momentsOf(state)].flatMap(Tree.leaves))
      if (!kept.has(leaf)) leaf.dispose();
    return { parameters: result, state: [...slots, ...last] };
  });
