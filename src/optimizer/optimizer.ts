/**
 * First-order optimizers as pure transforms of directions. A direction is θ_before − θ_after of one schedule
 * run; an optimizer turns a stream of them into updates, and θ ← θ − update.
 *
 * An optimizer is a list of transforms, applied in turn; `chain` joins lists, so that optimizers are a monoid. What a
 * transform does to a single number is a formula, so that a whole chain, and the update itself, is one pass over the
 * numbers. Transforms that look at more than one number at a time are functions of trees.
 */
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import { type Monoid } from 'fp-ts/Monoid';
import { atOnce, checkForm, explaining, fail, formOf, Formula, type LeafForm, scope, Tree } from '../core';
import { type LearningRate } from './learningRate';

/** What one transform remembers: how often it ran, and trees of the type of the parameters. */
export interface Slot<P extends Tree.Tree> {
  readonly step: number;
  readonly moments: readonly P[];
}

interface Initial {
  readonly name: string;
  readonly init: <P extends Tree.Tree>(parameters: P) => Slot<P>;
  /** For transforms that scale the direction by a learning rate: that of each update. */
  readonly rate?: LearningRate;
}

/** The formulas of one number: its direction, what is remembered of it, and the parameter. */
export interface Rule {
  readonly direction: Formula.Formula;
  readonly moments: readonly Formula.Formula[];
}

/** A transform of each number for itself. */
export interface NumberTransform extends Initial {
  /** The next direction and moments, for the number of updates made before: 0, 1, 2, … */
  readonly rule: (
    direction: Formula.Formula,
    moments: readonly Formula.Formula[],
    parameter: Formula.Formula,
    step: number,
  ) => Rule;
}

/** A transform of whole trees. */
export interface TreeTransform extends Initial {
  /** Pure: direction and slot to the next, neither changed. */
  readonly update: <P extends Tree.Tree>(
    direction: P,
    slot: Slot<P>,
    parameters: P,
  ) => { readonly direction: P; readonly slot: Slot<P> };
}

export type Transform = NumberTransform | TreeTransform;

export interface Optimizer {
  /** As it stands in tables and summaries. */
  readonly name: string;
  readonly transforms: readonly Transform[];
}

/** One slot for each transform. */
export type OptimizerState<P extends Tree.Tree> = readonly Slot<P>[];

const placeOf = (i: number, { name }: Transform): string => `optimizer.${i} (${name})`;

/** The form of parameters that an optimizer can move: of these names and shapes, and of real numbers. */
const realForm = (parameters: Tree.Tree): readonly LeafForm[] =>
  formOf(parameters).map((form) => ({ ...form, dtype: 'float32' }));

/** A tree of just the form of the parameters, and in their order: formulas go by places in a row. A `Fault` otherwise. */
const fitted = <P extends Tree.Tree>(path: string, parameters: P, tree: P): P => {
  checkForm(path, tree, formOf(parameters));
  return Tree.inOrderOf(parameters, tree);
};

const fittedSlot = <P extends Tree.Tree>(
  path: string,
  parameters: P,
  { step, moments }: Slot<P>,
): Slot<P> => ({
  step,
  moments: moments.map((moment, j) => fitted(`${path}.moments.${j}`, parameters, moment)),
});

/**
 * The state before the first update. Its tensors are the caller's. A `Fault`: `options` for bad hyperparameters; as `checkForm`
 * for parameters that have been freed, or are no real numbers.
 */
export const initOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  parameters: P,
): OptimizerState<P> => {
  checkForm('parameters', parameters, realForm(parameters));
  return optimizer.transforms.map((transform, i) => {
    const path = placeOf(i, transform);
    return atOnce(
      path,
      explaining(path, () => transform.init(parameters), 'optimizer'),
      'optimizer',
    );
  });
};

export interface Update<P extends Tree.Tree> {
  /** To be subtracted from the parameters. */
  readonly update: P;
  readonly state: OptimizerState<P>;
}

const slotOf = <P extends Tree.Tree>(
  state: OptimizerState<P>,
  i: number,
  transform: Transform,
  parameters: P,
): Slot<P> => {
  const path = placeOf(i, transform);
  return fittedSlot(path, parameters, state[i] ?? fail('schedule', path, 'its state', 'none'));
};

/** Transforms of numbers that follow each other, and the slots that they come with. */
interface Run<P extends Tree.Tree> {
  readonly transforms: readonly NumberTransform[];
  readonly slots: readonly Slot<P>[];
}

/**
 * What a run makes of the direction, in one pass: for each leaf the results of `last` at the direction that comes out and the
 * parameter, and the moments. With `consumed`, results and moments lie over the direction and the moments given.
 */
const runNumbers = <P extends Tree.Tree>(
  { transforms, slots }: Run<P>,
  direction: P,
  parameters: P,
  last: (direction: Formula.Formula, parameter: Formula.Formula) => Formula.Formula,
  consumed: boolean,
): { readonly result: P; readonly slots: readonly Slot<P>[] } => {
  // Inputs of the formulas: the parameter, the direction, the moments of all slots in order.
  const [parameter, given] = [Formula.input(0), Formula.input(1)];
  const counts = slots.map(({ moments }) => moments.length);
  const firsts = counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 2));
  let d = given;
  const kept = transforms.flatMap(({ name, rule }, i) => {
    const { step, moments } = slots[i] ?? fail('schedule', 'optimizer', 'a slot', 'none');
    const own = moments.map((_, j) => Formula.input((firsts[i] ?? 0) + j));
    const next = explaining(`optimizer (${name})`, () => rule(d, own, parameter, step), 'optimizer');
    d = next.direction;
    return next.moments;
  });
  const formulas = [last(d, parameter), ...kept];
  const over = consumed ? formulas.map((_, i) => i + 1) : [];
  const leaves = [parameters, direction, ...slots.flatMap(({ moments }) => moments)].map(Tree.leaves);
  const perLeaf = Tree.leaves(direction).map((_, l) =>
    Formula.evaluate(
      formulas,
      leaves.map((of) => of[l] ?? fail('shape', 'optimizer', 'trees of one type', 'different ones')),
      over,
    ),
  );
  const treeOf = (result: number): P =>
    Tree.fromLeaves(
      direction,
      perLeaf.map((results): Tensor => results[result] ?? fail('shape', 'optimizer', 'a result', 'none')),
    );
  return {
    result: treeOf(0),
    slots: slots.map(({ step, moments }, i) => ({
      step: step + 1,
      moments: moments.map((_, j) => treeOf((firsts[i] ?? 0) - 1 + j)),
    })),
  };
};

/** All transforms but the last run of those of numbers, and that run. */
const upToLastRun = <P extends Tree.Tree>(
  { transforms }: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): { readonly direction: P; readonly slots: readonly Slot<P>[]; readonly run: Run<P> } => {
  let d = fitted('direction', parameters, direction);
  const slots: Slot<P>[] = [];
  let run: Run<P> = { transforms: [], slots: [] };
  const finish = (): void => {
    if (run.transforms.length === 0) return;
    const done = runNumbers(run, d, parameters, (found) => found, false);
    d = done.result;
    slots.push(...done.slots);
    run = { transforms: [], slots: [] };
  };
  transforms.forEach((transform, i) => {
    const slot = slotOf(state, i, transform, parameters);
    if ('rule' in transform) {
      run = { transforms: [...run.transforms, transform], slots: [...run.slots, slot] };
      return;
    }
    finish();
    const path = placeOf(i, transform);
    const before = d;
    // What it gives is looked at where it runs: a tree of another form would be broadcast, or read beyond its end.
    const next = explaining(
      path,
      () => {
        const found = atOnce(path, transform.update(before, slot, parameters), 'optimizer');
        return {
          direction: fitted(`${path}.direction`, parameters, found.direction),
          slot: fittedSlot(path, parameters, found.slot),
        };
      },
      'optimizer',
    );
    d = next.direction;
    slots.push(next.slot);
  });
  return { direction: d, slots, run };
};

/** Turn a direction into an update. Nothing given is changed or freed; the result is the caller's. */
export const updateOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): Update<P> =>
  scope(() => {
    const { direction: d, slots, run } = upToLastRun(optimizer, direction, state, parameters);
    const { result, slots: last } = runNumbers(run, d, parameters, (found) => found, false);
    return { update: result, state: [...slots, ...last] };
  });

/** θ − update. A `Fault` that names the tensor for an update of another form, also where it could be broadcast. */
export const applyUpdate = <P extends Tree.Tree>(parameters: P, update: P): P => {
  checkForm('update', update, formOf(parameters));
  return Tree.zip((p, u) => sub(p, u))(parameters, update);
};

export interface Stepped<P extends Tree.Tree> {
  readonly parameters: P;
  readonly state: OptimizerState<P>;
}

/** Trees without the given tensors, which are copied; with `and each other` also those that came before. */
const apartFrom =
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
 * Both in one pass: the next parameters and state. `direction` and `state` are used up: the results lie in their memory
 * where the backend can do that, and they are freed. `parameters` stay the caller's; the result is the caller's.
 */
export const stepOptimizer = <P extends Tree.Tree>(
  optimizer: Optimizer,
  direction: P,
  state: OptimizerState<P>,
  parameters: P,
): Stepped<P> =>
  scope(() => {
    const { direction: d, slots: returned, run } = upToLastRun(optimizer, direction, state, parameters);
    const theirs = new Set(Tree.leaves(parameters));
    // Parameters are freed by who owns them: a moment must not be one of them.
    const slots = returned.map((slot) => withMoments(slot, apartFrom(theirs)));
    const kept = new Set([...theirs, ...momentsOf(slots).flatMap(Tree.leaves)]);
    // What a tree transform remembers may be the direction that it returns, and one tensor may stand twice in a state.
    const own = apartFrom(new Set(kept), 'and each other');
    const { result, slots: last } = runNumbers(
      { transforms: run.transforms, slots: run.slots.map((slot) => withMoments(slot, own)) },
      own(d),
      parameters,
      (found, parameter) => Formula.sub(parameter, found),
      true,
    );
    for (const leaf of [direction, ...momentsOf(state)].flatMap(Tree.leaves))
      if (!kept.has(leaf)) leaf.dispose();
    return { parameters: result, state: [...slots, ...last] };
  });

/** Transforms one after another: the first sees the direction, the last gives the update. */
export const chain = (...optimizers: readonly Optimizer[]): Optimizer => ({
  name: optimizers
    .map((o) => o.name)
    .filter((name) => name !== '')
    .join(' + '),
  transforms: optimizers.flatMap((o) => o.transforms),
});

/** The direction itself. */
export const unchanged: Optimizer = { name: '', transforms: [] };

/** Optimizers under `chain`. */
export const monoid: Monoid<Optimizer> = { concat: (a, b) => chain(a, b), empty: unchanged };

/** What the next update is scaled by: the product of the learning rates of all transforms that have one; `null` where none has. */
export const learningRateOf = <P extends Tree.Tree>(
  { transforms }: Optimizer,
  state: OptimizerState<P>,
): number | null =>
  transforms.reduce<number | null>(
    (product, { rate }, i) => (rate === undefined ? product : (product ?? 1) * rate(state[i]?.step ?? 0)),
    null,
  );

/** The tensors of a state, to free them. */
export const momentsOf = <P extends Tree.Tree>(state: OptimizerState<P>): readonly P[] =>
  state.flatMap(({ moments }) => moments);
