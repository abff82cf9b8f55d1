/** Names that stand twice in one object of JSON: `JSON.parse` keeps the last of them, and says nothing. */

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
