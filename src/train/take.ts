/** Selects parts of the parameters by the names of their tensors. */
import { explaining, fail, short } from '../core';

/**
 * Names of tensors or of subtrees, such as `0.weights` and `0`; or a predicate of the name. `*`
 * stands for any text within one step of the path, as in `*.bias` and `encoder.*`.
 */
export type Take = readonly string[] | ((name: string) => boolean);

/**
 * Whether a name matches the pattern, or lies below it. An escaped point, `\.`, does not end a
 * step.
 */
const lies = (pattern: string): ((name: string) => boolean) => {
  const steps = pattern
    .split('*')
    .map((text) => text.replace(/[\\^$.+?()[\]{}|/-]/g, '\\$&'))
    .join(String.raw`(?:\\.|[^.\\])*`);
  const expression = new RegExp(`^${steps}(?:\\.|$)`, 's');
  return (name) => expression.test(name);
};

const shown = (text: unknown): string =>
  short(typeof text === 'string' ? JSON.stringify(text) : String(text));

/**
 * The names that are taken, in their order. Throws a `Fault` with tag `options` for a pattern that
 * matches no name, which would otherwise be a silent mistake, and if nothing is taken at all.
 */
export const takenOf = (names: readonly string[], take: Take | undefined): readonly string[] => {
  if (take === undefined) return names;
  const found =
    typeof take === 'function'
      ? names.filter((name) => explaining('take', () => take(name), 'options'))
      : names.filter((name) => take.some((pattern) => lies(pattern)(name)));
  if (typeof take !== 'function')
    take.forEach((pattern, i) => {
      if (typeof pattern !== 'string' || !names.some(lies(pattern)))
        fail('options', `take.${i}`, 'the name of a tensor or of a part of the parameters', shown(pattern));
    });
  return found.length > 0 || names.length === 0
    ? found
    : fail('options', 'take', 'some of the parameters', `none of ${names.length} tensors`);
};
