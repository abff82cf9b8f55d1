/** Arguments from programs without types, checked by their fields. */
import { fail } from './error';
import { short } from './short';

/** An argument in a few words, for messages. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'function') return 'a function (is it called?)';
  if (typeof value === 'string') return `the text ${short(JSON.stringify(value))}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'a list';
  const { name } = value.constructor;
  return name === 'Object' || name === '' ? 'a record' : `a ${name}`;
};

/** The fields of any value; none if it is no object. */
export const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);

/** Throws a `Fault` with tag `options` unless the fields have these kinds. */
export const checkFields = (
  path: string,
  value: unknown,
  expected: string,
  kinds: Readonly<Record<string, 'function' | 'string' | 'number' | 'list'>>,
): void => {
  const fields = fieldsOf(value);
  for (const [name, kind] of Object.entries(kinds)) {
    const field = fields.get(name);
    const right = kind === 'list' ? Array.isArray(field) : typeof field === kind;
    if (!right)
      fail(
        'options',
        path,
        expected,
        fields.size === 0 ? shown(value) : `${shown(value)} whose ${name} is ${shown(field)}`,
      );
  }
};
