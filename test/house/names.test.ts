import { expect, it } from 'vitest';
import { declaredIn, declaredInSource, repeated, shownName } from './names';

it('finds a name that two files declare, exported ones first', () => {
  const found = repeated([
    ...declaredIn(
      'a.ts',
      'export const settled = 1; const held = 2; type Other = 3; const once = () => { const held = 3; };',
    ),
    ...declaredIn('b.ts', 'export function settled() {} interface Other {}'),
    ...declaredIn('c.ts', 'const settled = 3; export type held = 4; export const alone = 1;'),
  ]);
  expect(found.map(shownName)).toEqual([
    'settled: exported by a.ts, b.ts; private in c.ts',
    'held: exported by c.ts; private in a.ts',
    'Other: private in a.ts, b.ts',
  ]);
});

it('takes a type and a value of one file, or overloads, as one', () => {
  expect(
    repeated(
      declaredIn('a.ts', 'export type A = 1; export const A = 1; function f(): void; function f() {}'),
    ),
  ).toEqual([]);
});

it('reads the sources of the library', () => {
  const names = new Set(declaredInSource().map(({ name }) => name));
  for (const name of ['linear', 'proxprop', 'feasibility', 'EXIT']) expect(names).toContain(name);
});
