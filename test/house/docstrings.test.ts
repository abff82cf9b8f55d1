import { join } from 'node:path';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ENTRIES, lacking, programOfLibrary, publicFunctions, tableOfDocstrings } from './docstrings';
import { root } from './pages';

describe('docstrings of public functions', () => {
  const functions = publicFunctions(programOfLibrary(), ENTRIES);
  const counts = lacking(functions);

  it('are all there', () => {
    console.log(tableOfDocstrings(functions));
    expect(functions.length).toBeGreaterThan(700);
    expect(functions.filter(({ lacks }) => lacks.includes('docstring'))).toEqual([]);
  });

  it.each(Object.keys(counts))('lack nothing in %s', (folder) => {
    const missing = Object.entries(counts[folder] ?? {}).filter(([, count]) => count > 0);
    expect(missing).toEqual([]);
  });
});

/** Public functions of a program of one file. */
const inText = (text: string) => {
  const path = join(root, 'src', 'core', 'nowhere.ts');
  const options: ts.CompilerOptions = { noLib: true, target: ts.ScriptTarget.ES2022 };
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  host.getSourceFile = (name) => (name === path ? source : undefined);
  return publicFunctions(ts.createProgram([path], options, host), [path]);
};

it('finds what a docstring lacks', () => {
  const found = inText(`
    declare class Fault {}
    type Either<E, A> = { left: E } | { right: A };
    type Unary = (n: number) => number;
    const check = (n: number): number => { if (n < 0) throw new Fault(); return n; };
    export const bare = (n: number): number => n;
    /** \`n + 1\` */
    export const short = (n: number): number => n + 1;
    /**
     * Doubles the number n that it is given.
     * @example whole(1) // 2
     */
    export const whole = (n: number): number => 2 * n;
    /** Scales what it is given, and adds. */
    export const unnamed = (x: number, { by, to }: { by: number; to: number }): number => x * by + to;
    /**
     * Scales what it is given, and adds.
     * @param x the number
     * @param options the scale
     */
    export const named = (x: number, { by }: { by: number }): number => x * by;
    /** Says nothing of how it ends for an n below 0. */
    export const thrower = (n: number): number => check(n);
    /** Says nothing of how it ends for an n below 0. */
    export const given = (n: number): Either<Fault, number> => ({ right: n });
    /** Throws a Fault for an n below 0. */
    export const honest = (n: number): number => [n].map(check)[0] + check(n);
    /** Gives a function that may throw, and does not call it with n. */
    export const later = (n: number) => ({ run: () => check(n) });
    /** Takes and gives what the type of it says. */
    export const typed: Unary = (m) => check(m);
    export const value = 3;
    export interface Shape { readonly n: number }
  `);
  expect(Object.fromEntries(found.map(({ name, lacks }) => [name, lacks.join()]))).toEqual({
    bare: 'docstring,sentence,parameters,example',
    short: 'sentence,example',
    whole: '',
    unnamed: 'parameters,example',
    named: 'example',
    thrower: 'failures,example',
    given: 'failures,example',
    honest: 'example',
    later: 'example',
    typed: 'example',
  });
  expect(found.find(({ name }) => name === 'unnamed')?.unnamed).toEqual(['x', 'to']);
  expect(lacking(found)['src/core']).toEqual({
    docstring: 1,
    sentence: 2,
    parameters: 2,
    failures: 2,
    example: 9,
  });
  expect(tableOfDocstrings(found)).toMatch(/src\/core +10 +9 +8 +8 +1 of 3 +1\n/);
});
