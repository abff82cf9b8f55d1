/** The code of pages compiles: their `ts` blocks, read one after another, are one program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

/** The program that the `ts` blocks of a page are. */
const programOf = (page: string): string => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  expect(blocks.length).toBeGreaterThan(1);
  return `${blocks.join('\n')}\nexport {};\n`;
};

/** What the compiler says of a program of another package, where `proxprop` is this folder. */
const faults = (source: string): readonly string[] => {
  const path = join(root, 'test', 'types', 'readme.mts');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    paths: {
      proxprop: [join(root, 'src/index.ts')],
      'proxprop/laws': [join(root, 'laws/index.ts')],
      'proxprop/experiment': [join(root, 'src/experiment/index.ts')],
    },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists.call(host, name);
  host.readFile = (name) => (name === path ? source : readFile.call(host, name));
  const compiled = ts.createProgram([path], options, host);
  return compiled
    .getSemanticDiagnostics(compiled.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

for (const page of ['README.md', 'examples/training.md', 'examples/step-sizes.md'])
  it(`the code of ${page} compiles`, () => {
    expect(faults(programOf(page))).toEqual([]);
  }, 120_000);

it('a mistake in it is found', () => {
  expect(
    faults(programOf('README.md').replace('nesterov(1, 0.95)', "nesterov('1', 0.95)")).join('\n'),
  ).toContain("'string' is not assignable");
}, 120_000);
