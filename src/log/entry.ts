/** What of an event goes into a log: its numbers, by their names. */

/** An event that can be logged. Its other fields are numbers, and records and lists of numbers. */
export interface LoggedEvent {
  /** The kind of the event, such as `epoch`. */
  readonly tag: string;
}

/**
 * What a line of a log holds: numbers, and what is made of them. `null` for a number that is not
 * finite.
 */
export type Value = number | string | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type LogEntry = Readonly<Record<string, Value>>;

/**
 * The fields of an event that no log holds: reports and times of single steps, which would fill it,
 * and tensors. `tag` says to which file or name an event goes. Only fields of the event itself are
 * left out: a metric may have any of these names.
 */
const OMITTED: ReadonlySet<string> = new Set(['tag', 'batches', 'solves', 'profile', 'parameters', 'state']);

/** Says whether a value is a plain record. An instance of a class, such as a tensor, is not one. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const fieldsOf = (value: object, omitted?: ReadonlySet<string>): LogEntry =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
      const found = omitted?.has(name) === true ? undefined : valueOf(field);
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

/**
 * The numbers and texts of an event, in its order, without its tag, its tensors and the reports of
 * steps.
 */
export const logEntryOf = (event: LoggedEvent): LogEntry => fieldsOf(event, OMITTED);

/** The numbers of an entry by the names that lead to them; `null` for what is told to be none. */
export const numbersOf = (
  entry: LogEntry | readonly Value[],
  separator: string,
  prefix = '',
): readonly (readonly [string, number | null])[] =>
  Object.entries<Value>(entry).flatMap(([name, value]) => {
    const place = `${prefix}${name}`;
    if (typeof value === 'number' || value === null) return [[place, value] as const];
    return typeof value === 'object' ? numbersOf(value, separator, `${place}${separator}`) : [];
  });

/** A number of an entry; nothing where it has none of that name. */
export const numberIn = (entry: LogEntry, name: string): number | undefined => {
  const value = Object.hasOwn(entry, name) ? entry[name] : undefined;
  return typeof value === 'number' ? value : undefined;
};
