/** Parts of parameters, chosen by the names of their tensors. */
import { explaining, fail, short } from '../core';

/**
 * Names of tensors or of parts, such as `0.weights` and `0`, in which `*` stands for any text within one step, such as `*.bias` and
 * `encoder.*`; or a function of each name.
 */
export type Take = readonly string[] | ((name: string) => boolean);

/** Whether a name is that of the pattern, or lies below it. A point in a name, which is written `\.`, ends no step. */
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
 * Those of the names that are taken, in their order. A `Fault` `options`: for a pattern that takes none of them, as that would be a
 * mistake that nobody sees, and where nothing is taken at all.
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
