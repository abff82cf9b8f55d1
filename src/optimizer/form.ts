/**
 * The required form of a state: its moments have the form in which their transform keeps them, in
 * the order of the parameters.
 */
import { atOnce, checkForm, fail, formOf, type LeafForm, Tree } from '../core';
import { type Slot, type Transform } from './optimizer';

/**
 * Checks that a function of a transform returned an object with these fields, and no promise. It
 * throws an `optimizer` `Fault` otherwise, since programs without types may return anything.
 */
export const checkResult = <A>(path: string, what: string, fields: readonly string[], value: A): A => {
  const given: unknown = atOnce(path, value, 'optimizer');
  const found =
    typeof given !== 'object' || given === null ? typeof given : fields.find((name) => !(name in given));
  return found === undefined
    ? value
    : fail(
        'optimizer',
        path,
        what,
        typeof given === 'object' && given !== null ? `none with ${found}` : found,
      );
};

/** The form of parameters that an optimizer can move: these names and shapes, with real numbers. */
export const realForm = (parameters: Tree.Tree): readonly LeafForm[] =>
  formOf(parameters).map((form) => ({ ...form, dtype: 'float32' }));

/**
 * Checks that a tree has exactly a form, and puts it into the order of the parameters, since
 * formulas go by places in a row. It throws a `Fault` otherwise.
 */
export const fitted = <P extends Tree.Tree>(
  path: string,
  parameters: P,
  tree: P,
  form = formOf(parameters),
): P => {
  checkForm(path, tree, form);
  return Tree.inOrderOf(parameters, tree);
};

/**
 * The form of a moment. For a transform of numbers it is that of the parameters, or a scalar where
 * they pass. For a transform of trees the shapes are free.
 */
const momentForm = (
  transform: Transform,
  parameters: readonly LeafForm[],
  moment: Tree.Tree,
): readonly LeafForm[] => {
  if ('rule' in transform) {
    const { of } = transform;
    return parameters.map((form) => (of?.(form.path, form.shape) === false ? { ...form, shape: [] } : form));
  }
  const own = new Map(formOf(moment).map(({ key, shape }) => [key, shape]));
  return parameters.map((form) => ({ ...form, shape: own.get(form.key) ?? form.shape }));
};

/**
 * Checks that a transform can run with a slot, and puts the slot into the order of the parameters.
 * It throws a `Fault` that names the tensor otherwise.
 */
export const fittedSlot = <P extends Tree.Tree>(
  path: string,
  transform: Transform,
  parameters: P,
  { step, moments }: Slot<P>,
): Slot<P> => {
  const form = realForm(parameters);
  return {
    step,
    moments: moments.map((moment, j) =>
      fitted(`${path}.moments.${j}`, parameters, moment, momentForm(transform, form, moment)),
    ),
  };
};

/**
 * Checks the slot that a transform returned: it has as many moments as before, of the same shapes.
 * It throws a `Fault` otherwise.
 */
export const stableSlot = <P extends Tree.Tree>(
  path: string,
  parameters: P,
  before: Slot<P>,
  { step, moments }: Slot<P>,
): Slot<P> => {
  if (moments.length !== before.moments.length)
    fail('optimizer', path, `${before.moments.length} moments, as before`, `${moments.length}`);
  return {
    step,
    moments: moments.map((moment, j) =>
      fitted(`${path}.moments.${j}`, parameters, moment, formOf(before.moments[j] ?? [])),
    ),
  };
};
