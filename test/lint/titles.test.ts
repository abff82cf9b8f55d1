import { expect, it } from 'vitest';
import { repeatedTitles, type Titled } from '../titles';

const test = (name: string): Titled => ({ name });
const group = (name: string, ...tasks: readonly Titled[]): Titled => ({ name, tasks });

it('titles that stand twice are found, in groups of one name too', () => {
  const file = group(
    'file',
    test('a'),
    group('wasm', test('a'), test('b')),
    group('wasm', test('b'), test('b')),
    group('cpu', test('b')),
  );
  expect(repeatedTitles(file)).toEqual(['wasm > b']);
  expect(repeatedTitles(group('file', group('wasm', test('a')), group('cpu', test('a'))))).toEqual([]);
});
