/**
 * Checks of a JSON text before it is parsed: for repeated names, of which `JSON.parse` silently
 * keeps the last, and for values that are too many or too deeply nested to fit into memory.
 */

/** The place of the closing quote of the text whose opening quote is at `from`. */
const closing = (json: string, from: number): number => {
  let i = from + 1;
  while (json[i] !== '"' && i < json.length) i += json[i] === '\\' ? 2 : 1;
  return i;
};

/**
 * The first name that an object repeats, at any depth. `json` has to be valid, so that only
 * brackets, colons and quotes matter. Names are compared by their meaning: `"a"` and `"\u0061"` are
 * equal.
 *
 * @example repeatedName('{"a": 1, "b": {"a": 2}, "a": 3}') // 'a'
 */
export const repeatedName = (json: string): string | undefined => {
  /** The names of the enclosing objects and lists; a list has none. */
  const open: Set<unknown>[] = [];
  let last = '';
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{' || c === '[') open.push(new Set());
    else if (c === '}' || c === ']') open.pop();
    else if (c === '"') {
      const end = closing(json, i);
      last = json.slice(i, end + 1);
      i = end;
    } else if (c === ':') {
      const name: unknown = JSON.parse(last);
      const names = open.at(-1);
      if (names?.has(name) === true) return String(name);
      names?.add(name);
    }
  }
  return undefined;
};

/** Limits of a text, so that its values fit into memory. */
export interface Bounds {
  /** The most levels of nested lists and objects. */
  readonly depth: number;
  /** The most values in one list. */
  readonly list: number;
  /** The most names in all objects together. */
  readonly names: number;
}

/**
 * The limit that a text exceeds, in words; `undefined` if it exceeds none. The text need not be
 * valid.
 */
export const excessOf = (json: string, { depth, list, names }: Bounds): string | undefined => {
  /** The commas in each enclosing list. Objects are limited by their names instead. */
  const commas: number[] = [];
  let colons = 0;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '"') i = closing(json, i);
    else if (c === '}' || c === ']') commas.pop();
    else if (c === '{' || c === '[') {
      if (commas.push(c === '[' ? 0 : -Infinity) > depth) return `values at most ${depth} deep in each other`;
    } else if (c === ',') {
      const count = (commas.pop() ?? 0) + 1;
      commas.push(count);
      if (count >= list) return `lists of at most ${list} values`;
    } else if (c === ':') {
      colons += 1;
      if (colons > names) return `at most ${names} names`;
    }
  }
  return undefined;
};
