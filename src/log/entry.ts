/** What of an event goes into a log: its numbers, by their names. */

/** What every event has; the others are whatever numbers it tells. */
export interface Told {
  readonly tag: string;
}

/** What a line of a log holds: numbers, and what is made of them. `null` for a number that is not finite. */
export type Value = number | string | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Entry = Readonly<Record<string, Value>>;

/** Reports and times of single steps, which would fill a log, and tensors; `tag` says which file or name an event goes to. */
const OMITTED: ReadonlySet<string> = new Set(['tag', 'batches', 'solves', 'profile', 'parameters', 'state']);

/** Whether it is a record of the language's own kind: an instance of a class, such as a tensor, is no number. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const fieldsOf = (value: object): Entry =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
      const found = OMITTED.has(name) ? undefined : valueOf(field);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );

const valueOf = (value: unknown): Value | undefined => {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items = value.map(valueOf);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  return typeof value === 'object' && isPlain(value) ? fieldsOf(value) : undefined;
};

/** The numbers and texts of an event in its order; not its tag, its tensors, and reports of steps. */
export const entryOf = (event: Told): Entry => fieldsOf(event);

/** The numbers of an entry by the names that lead to them; `null` for what is told to be none. */
export const numbersOf = (
  entry: Entry | readonly Value[],
  separator: string,
  prefix = '',
): readonly (readonly [string, number | null])[] =>
  Object.entries<Value>(entry).flatMap(([name, value]) => {
    const place = `${prefix}${name}`;
    if (typeof value === 'number' || value === null) return [[place, value] as const];
    return typeof value === 'object' ? numbersOf(value, separator, `${place}${separator}`) : [];
  });

/** A number of an entry; nothing where it has none of that name. */
export const numberIn = (entry: Entry, name: string): number | undefined => {
  const value = Object.hasOwn(entry, name) ? entry[name] : undefined;
  return typeof value === 'number' ? value : undefined;
};
