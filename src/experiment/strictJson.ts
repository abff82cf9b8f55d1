/**
 * JSON for configurations: the texts that `JSON.parse` takes, except those that it silently
 * changes. If a key appears twice it keeps the last, numbers beyond the range of float64 become
 * infinite, and lists in lists may be deeper than their readers allow.
 */
import * as E from 'fp-ts/Either';
import { attempt, error, fail, type ProxpropError, short } from '../core';

/** Levels of lists and records: any configuration has fewer than ten. */
const DEEPEST = 64;

/** One list or record that the scan is in. */
interface Level {
  /** The keys so far; none in a list. */
  readonly keys: Set<string> | undefined;
  /** The key, or the place in the list, of the value that comes. */
  at: string;
}

/**
 * Beginnings of strings, brackets, commas and numbers: all tokens that the scan of a valid text
 * needs.
 */
const TOKENS = /["{}[\],:]|-?\d[\d.eE+-]*/g;

/**
 * The place past the closing quote of the string that begins at `start`. A regular expression for a
 * whole string would recurse along it.
 */
const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let first = at;
    while (text[first - 1] === '\\') first--;
    // An even number of backslashes are each other's, and leave the quote to end the string.
    if ((at - first) % 2 === 0) return at + 1;
  }
};

/** The tokens of a valid text, strings whole. */
function* tokensOf(text: string): Generator<string> {
  const tokens = new RegExp(TOKENS);
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const [token] = found;
    if (token === '"') tokens.lastIndex = endOfString(text, found.index);
    yield token === '"' ? text.slice(found.index, tokens.lastIndex) : token;
  }
}

const placeOf = (path: string, levels: readonly Level[], key?: string): string => {
  const keys = [...levels.slice(0, -1).map(({ at }) => at), key ?? levels.at(-1)?.at ?? ''].map(short);
  return keys.join('.') === '' ? path : `${path}: ${keys.join('.')}`;
};

/** A `Fault` `options` for what a valid JSON text has and a configuration must not have. */
const scan = (path: string, text: string): void => {
  const levels: Level[] = [];
  /** Whether the next text in a record is a key. */
  let key = false;
  for (const token of tokensOf(text)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      if (levels.length === DEEPEST)
        fail('options', path, `at most ${DEEPEST} lists and records in each other`, 'more');
      levels.push({ keys: token === '{' ? new Set() : undefined, at: token === '{' ? '' : '0' });
      key = token === '{';
    } else if (token === '}' || token === ']') {
      levels.pop();
      key = false;
    } else if (token === ',') {
      key = level?.keys !== undefined;
      if (level !== undefined && level.keys === undefined) level.at = `${Number(level.at) + 1}`;
    } else if (token === ':') key = false;
    else if (token.startsWith('"')) {
      if (!key || level?.keys === undefined) continue;
      const name = String(JSON.parse(token));
      if (level.keys.has(name))
        fail('options', placeOf(path, levels, name), 'each key once', 'a key that stands twice');
      level.keys.add(name);
      level.at = name;
    } else if (!Number.isFinite(Number(token)))
      fail('options', placeOf(path, levels), 'a finite number', short(token));
  }
};

/**
 * Parses the text of a configuration, more strictly than JSON: each key once. A byte order mark is
 * passed over. It fails with `options` for a text that is no JSON, a key that stands twice, a
 * number that is not finite, and more than 64 nested lists and records.
 *
 * @param path the file that the error names
 * @param text the text
 *
 * @example strictJson('a.json', '{"epochs": 1}') // right({ epochs: 1 })
 */
export const strictJson = (path: string, text: string): E.Either<ProxpropError, unknown> => {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : 'another text';
    return E.left(error('options', path, 'a JSON file', found));
  }
  return attempt(() => {
    scan(path, content);
    return value;
  });
};
