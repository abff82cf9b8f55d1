/**
 * Optimizers of some of the parameters: frozen layers, a rate for each layer, biases without decay.
 *
 * `masked` acts transform by transform: `masked(chain(a, b), of)` is `chain(masked(a, of),
 * masked(b, of))`. So groups are a chain of masked optimizers. If all transforms are those of
 * numbers, one pass serves all groups.
 */
import { scalar } from '@tensorflow/tfjs-core';
import { fail, Tree } from '../core';
import { Formula } from '../ops';
import {
  chain,
  named,
  type NumberTransform,
  type Optimizer,
  single,
  type Transform,
  type TreeTransform,
} from './optimizer';
import { checkSelection, type Predicate, selects, type Selection } from './selection';

/** What a transform transforms that was chosen. */
const bothOf =
  ({ of }: Transform, chosen: Predicate): Predicate =>
  (path, shape) =>
    chosen(path, shape) && (of?.(path, shape) ?? true);

const maskedNumbers = (transform: NumberTransform, chosen: Predicate): NumberTransform => ({
  ...transform,
  of: bothOf(transform, chosen),
});

/** Runs a transform on the chosen part of each tree, so that it measures that part alone. */
const maskedTrees = (transform: TreeTransform, chosen: Predicate): TreeTransform => {
  const { name, init, update } = transform;
  const part = (tree: Tree.Tree, parameters: Tree.Tree): Tree.Tree => {
    const shapes = new Map(Tree.leavesWithPath(parameters).map(([path, { shape }]) => [path, shape]));
    return Tree.pick((path) => chosen(path, shapes.get(path) ?? []))(tree);
  };
  return {
    name,
    of: bothOf(transform, chosen),
    init: (parameters) => {
      const { step, moments } = init(part(parameters, parameters));
      const nothing = Tree.map(() => scalar(0));
      return { step, moments: moments.map((moment) => Tree.laidOver(nothing(parameters), moment)) };
    },
    update: (direction, { step, moments }, parameters) => {
      const parts = moments.map((moment) => part(moment, parameters));
      const theirs = part(parameters, parameters);
      const next = update(part(direction, parameters), { step, moments: parts }, theirs);
      if (next.slot.moments.length !== moments.length)
        fail('optimizer', name, `${moments.length} moments, as before`, `${next.slot.moments.length}`);
      return {
        direction: Tree.laidOver(direction, next.direction),
        slot: {
          step: next.slot.step,
          moments: moments.map((moment, j) => Tree.laidOver(moment, next.slot.moments[j] ?? [])),
        },
      };
    },
  };
};

const maskedBy = (transform: Transform, chosen: Predicate): Transform =>
  'rule' in transform ? maskedNumbers(transform, chosen) : maskedTrees(transform, chosen);

/**
 * Runs an optimizer on a selection of the parameters; the directions of all others pass unchanged.
 * A transform of whole trees sees the selection alone: the norm of a clip is that of the selection.
 *
 * Making the state fails with a `Fault` (`options`) if `of` names a path without parameters, or is
 * a predicate that throws or gives no boolean.
 *
 * @param optimizer what runs on the selection
 * @param of a path, several of them, or a predicate of path and shape
 *
 * @example chain(scaleByAdam(), masked(weightDecay(0.01), (path) => !path.endsWith('bias')), scale(1e-3))
 */
export const masked = (optimizer: Optimizer, of: Selection): Optimizer =>
  maskedFor(`masked (${optimizer.name})`, optimizer, of);

/** The same, of a selection that its user knows by another name. */
export const maskedFor = (where: string, optimizer: Optimizer, of: Selection): Optimizer => {
  const chosen = selects(where, of);
  return {
    name: `masked ${optimizer.name}`,
    transforms: optimizer.transforms.map((transform): Transform => {
      const part = maskedBy(transform, chosen);
      return {
        ...part,
        init: (parameters) => {
          checkSelection(where, of, parameters);
          return part.init(parameters);
        },
      };
    }),
  };
};

/**
 * The optimizer that moves nothing: `u = 0`. A direction that is not finite makes NaN, so that it
 * does not go unnoticed.
 */
export const frozen: Optimizer = single({
  name: 'frozen',
  init: () => ({ step: 0, moments: [] }),
  // Of finite numbers it is +0, and θ − 0 is θ to the bit.
  rule: (d) => ({ direction: Formula.sub(d, d), moments: [] }),
});

/**
 * A group of parameters, by their paths or a predicate of path and shape, and the optimizer that
 * moves them.
 */
export interface Group {
  /** The parameters. */
  readonly of: Selection;
  /** The optimizer. */
  readonly by: Optimizer;
}

/**
 * Trains groups of parameters by optimizers of their own: the first group that selects a tensor
 * moves it, as if its optimizer trained that group alone.
 *
 * Making the state fails with a `Fault` (`options`) if a tensor is in no group, or if a group names
 * a path without parameters.
 *
 * @param groups what each group selects (`of`) and its optimizer (`by`), in the order in which they
 *   are asked
 *
 * @example
 * multiTransform([
 *   { of: 'embedding', by: frozen },
 *   { of: (path) => path.endsWith('bias'), by: sgd(0.1) },
 *   { of: () => true, by: adamw(1e-3) },
 * ])
 */
export const multiTransform = (groups: readonly Group[]): Optimizer => grouped(groups, (i) => `groups.${i}`);

/** The same, of groups that their user knows by other names. */
export const grouped = (groups: readonly Group[], where: (i: number) => string): Optimizer => {
  const chosen = groups.map(({ of }, i) => selects(where(i), of));
  const first: Predicate[] = chosen.map(
    (own, i) => (path, shape) =>
      own(path, shape) && !chosen.slice(0, i).some((earlier) => earlier(path, shape)),
  );
  const checks = single({
    name: 'groups',
    init: (parameters) => {
      groups.forEach(({ of }, i) => {
        checkSelection(where(i), of, parameters);
      });
      for (const [path, { shape }] of Tree.leavesWithPath(parameters))
        if (!chosen.some((own) => own(path, shape)))
          fail('options', 'groups', 'each tensor of the parameters in a group', `${path} in none`);
      return { step: 0, moments: [] };
    },
    of: () => false,
    rule: (direction) => ({ direction, moments: [] }),
  });
  return named(
    `groups (${groups.map(({ by }) => by.name).join(', ')})`,
    chain(
      checks,
      ...groups.map(({ by }, i): Optimizer => {
        const own: Predicate = first[i] ?? (() => false);
        return { name: by.name, transforms: by.transforms.map((transform) => maskedBy(transform, own)) };
      }),
    ),
  );
};
