/**
 * What a text of JSON is like, told without making its values: names that stand twice, of which `JSON.parse` keeps the last
 * and says nothing, and values that are more, or deeper in each other, than the memory holds.
 */

/** The end of the text that begins with the quote at `from`: the place of the other quote. */
const closing = (json: string, from: number): number => {
  let i = from + 1;
  while (json[i] !== '"' && i < json.length) i += json[i] === '\\' ? 2 : 1;
  return i;
};

/**
 * The first name that stands twice in an object, at any depth. `json` is known to be valid, so that brackets, colons and
 * quotes are all there is to look at. Names are compared as what they mean: `"a"` and `"\u0061"` are one.
 *
 * @example repeatedName('{"a": 1, "b": {"a": 2}, "a": 3}') // 'a'
 */
export const repeatedName = (json: string): string | undefined => {
  /** The names of the objects and lists around; those of a list stay none. */
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

/** What a text may hold at most, so that its values fit the memory. */
export interface Bounds {
  /** Lists and objects in each other. */
  readonly depth: number;
  /** Values of one list. */
  readonly list: number;
  /** Names of all objects together. */
  readonly names: number;
}

/** What of a text goes beyond the bounds, in words: what was expected. The text need not be valid. */
export const excessOf = (json: string, { depth, list, names }: Bounds): string | undefined => {
  /** The commas in each list around; an object is bounded by its names. */
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
