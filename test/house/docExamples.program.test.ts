/** Every `@example` of a docstring compiles and runs, and gives what it says. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describe as lineOf, type ProxpropError, saveWeights, toNumber } from '../../src';
import { isTensor } from '../../src/internal';
import { right, started } from '../support';
import { docExamples, examplesIn } from './docExamples';
import { docModules, freeNames, toldResult } from './docModules';
import { writeExampleFiles } from './exampleFiles';
import { root } from './pages';

// Below the root, where modules find their packages. A folder of this process, as two may run.
const folder = join(root, 'runs', `docExamples-${process.pid}`);
/** Compiled with the others, in one program. */
const wrong = { file: 'src/layer/linear.ts', line: 0, code: "linear('4', 3); nobody()" };
const {
  modules: [mutant, ...modules],
  faults,
} = docModules([wrong, ...docExamples()], folder);

const isLeft = (value: unknown): value is { readonly left: ProxpropError } =>
  typeof value === 'object' && value !== null && '_tag' in value && value._tag === 'Left';

/** The failures that a result is or holds. */
const leftIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(isLeft).map(({ left }) => lineOf(left));

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** A stream of events to its end, one of which may be that it failed. */
const drained = async (value: unknown): Promise<readonly string[]> => {
  const failures: string[] = [];
  if (isStream(value))
    for await (const event of value)
      if (typeof event === 'object' && event !== null && 'tag' in event && event.tag === 'failed')
        failures.push(JSON.stringify(event));
  return failures;
};

const shown = (value: unknown): string => JSON.stringify(value);

beforeAll(async () => {
  await started('cpu');
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of modules) writeFileSync(path, text);
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

describe('examples of docstrings', () => {
  const home = process.cwd();
  let files = '';
  beforeAll(async () => {
    files = realpathSync(mkdtempSync(join(tmpdir(), 'proxprop-examples-')));
    writeExampleFiles(files);
    process.chdir(files);
    const { parameters } = await import('./given/all.js');
    right(await saveWeights('runs/other.safetensors', parameters)());
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(files, { recursive: true });
    rmSync(folder, { recursive: true });
  });

  // One that starts another backend comes last.
  const late = modules.filter(({ text }) => text.includes('await start('));
  it.each([...modules.filter((module) => !late.includes(module)), ...late])(
    '$example.file:$example.line',
    async (module) => {
      expect(module.unknown).toEqual([]);
      expect(faults(module)).toEqual([]);
      const { run } = (await import(/* @vite-ignore */ module.path)) as {
        readonly run: () => Promise<unknown>;
      };
      const found = await run();
      expect(leftIn(found)).toEqual([]);
      expect(await drained(found)).toEqual([]);
      const told = toldResult(module.example.code);
      if (told === undefined || typeof found === 'function') return;
      if (isTensor(found)) {
        if (typeof told === 'number') expect(toNumber(found)).toBeCloseTo(told, 3);
      } else if (!isStream(found) && !('forward' in Object(found))) expect(shown(found)).toBe(shown(told));
    },
  );
});

it('finds them, and what they end in', () => {
  expect(modules.length).toBeGreaterThan(150);
  const text =
    '/** One. @example no\n * @example f(1) // [2]\n */\n/**\n * @example\n * const a = g();\n * h(a);\n * @param x\n */';
  expect(examplesIn('a.ts', text)).toEqual([
    { file: 'a.ts', line: 2, code: 'f(1) // [2]' },
    { file: 'a.ts', line: 5, code: 'const a = g();\nh(a);' },
  ]);
  expect([toldResult('f(1) // [2]'), toldResult('f(1) // 2, 3'), toldResult('f(1) // a word')]).toEqual([
    [2],
    undefined,
    undefined,
  ]);
  expect(freeNames('const a = ({ b, c: d }: T) => e.f(b, { g: d, h });')).toEqual(['T', 'e', 'h']);
});

it('an example that does not compile is found', () => {
  expect(mutant?.unknown).toEqual(['nobody']);
  expect(mutant === undefined ? [] : faults(mutant)).toContainEqual(
    expect.stringContaining("'string' is not assignable to parameter of type 'number'"),
  );
});
