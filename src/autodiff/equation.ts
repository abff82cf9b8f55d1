/** Parses the equations of `einsum`. */
import { fail, short } from '../core';

/** The letters of the axes of each operand, and of the output. */
export interface Equation {
  readonly operands: readonly string[];
  readonly output: string;
}

export const equationName = (equation: string): string => `einsum ${JSON.stringify(short(equation))}`;

/** A character, and its place in the text, counted from 1. */
interface Character {
  readonly text: string;
  readonly at: number;
}

const ARROW = '->';

/**
 * Parses an equation such as `bij,bjk->bik`; spaces are ignored. Throws a `Fault` with tag
 * `options` that names the first wrong character.
 */
export const parseEquation = (equation: string): Equation => {
  const given: unknown = equation;
  if (typeof given !== 'string') fail('options', 'einsum', "an equation, such as 'ij,jk->ik'", typeof given);
  const wrong = (at: number, expected: string, found: string): never =>
    fail('options', `${equationName(equation)}, character ${at}`, expected, found);
  const arrow = equation.indexOf(ARROW);
  if (arrow < 0) return wrong(equation.length + 1, `${ARROW} and the axes of the output`, 'the end');

  const charactersOf = (from: number, to: number): readonly Character[] =>
    [...equation.slice(from, to)]
      .map((text, i) => ({ text, at: from + i + 1 }))
      .filter(({ text }) => text.trim() !== '');
  /** The letters in a row, which have to be distinct. */
  const lettersOf = (characters: readonly Character[], place: string): string => {
    const seen = new Set<string>();
    for (const { text, at } of characters) {
      if (!/^[a-z]$/i.test(text)) wrong(at, 'a letter for each axis', JSON.stringify(text));
      if (seen.has(text)) wrong(at, `each letter once in ${place}`, `${text} again`);
      seen.add(text);
    }
    return [...seen].join('');
  };

  const operands: Character[][] = [[]];
  for (const character of charactersOf(0, arrow))
    if (character.text === ',') operands.push([]);
    else operands.at(-1)?.push(character);
  const letters = operands.map((characters) => lettersOf(characters, 'an operand'));
  const last = charactersOf(arrow + ARROW.length, equation.length);
  const output = lettersOf(last, 'the output');
  for (const { text, at } of last)
    if (!letters.some((operand) => operand.includes(text))) wrong(at, 'an axis of an operand', text);
  return { operands: letters, output };
};
