/** The compiler's own words for a chain that does not fit. */
import { join } from 'node:path';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.json'),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  },
);
const options: ts.CompilerOptions = config?.options ?? {};
/** As many layers, each on a line of its own from the second on; one of them may be another. */
const deepChain = (depth: number, wrong?: number): string =>
  [
    `import { chain, linear } from '../../src'; export const net = chain(`,
    ...Array.from({ length: depth }, (_, i) => `linear(${i === wrong ? 9 : 8}, 8),`),
    `); export const shape: readonly [8] = net.output;`,
  ].join('\n');

/** A graph of as many wires, in pipes of nine. */
const deepGraph = (depth: number): string => {
  const binds = Array.from({ length: depth }, (_, i) =>
    i % 2 === 0
      ? `bind('w${i}', linear(8, 8), '${i === 0 ? 'input' : `w${i - 1}`}')`
      : `meet('w${i}', add([8]), 'w${i - 1}', '${i === 1 ? 'input' : `w${i - 2}`}')`,
  );
  const pipes = Array.from({ length: Math.ceil(depth / 9) }, (_, i) => binds.slice(9 * i, 9 * i + 9));
  return [
    `import { pipe } from 'fp-ts/function'; import { add, bind, graph, linear, meet, output } from '../../src';`,
    ...pipes.map((p, i) => `const g${i + 1} = pipe(${i === 0 ? 'graph([8])' : `g${i}`}, ${p.join(', ')});`),
    `export const shape: readonly [8] = pipe(g${pipes.length}, output('w${depth - 1}')).output;`,
  ].join('\n');
};

const IMPORTS = `import { chain, linear, relu } from '../../src';\n`;

/** One program of all, so that the library is checked once. */
const SOURCES = {
  chain: `${IMPORTS}export const net = chain(linear(784, 256), relu(128), linear(128, 10));\n`,
  pipe: `import { pipe } from 'fp-ts/function';\nimport { followedBy, linear } from '../../src';\nexport const net = pipe(linear(784, 256), followedBy(linear(128, 10)));\n`,
  fitting: `${IMPORTS}export const net = chain(linear(784, 256), relu(256), linear(256, 10));\n`,
  names: [
    `import { pipe } from 'fp-ts/function';`,
    `import { bind, graph, linear, onOutputs, outputs, squaredError } from '../../src';`,
    `const begun = pipe(graph({ image: [784], age: [1] }), bind('a', linear(784, 3), 'image'), bind('b', linear(1, 2), 'age'));`,
    `export const wire = pipe(begun, bind('c', linear(784, 3), 'imag'));`,
    `export const end = pipe(begun, outputs('a', 'c'));`,
    `const net = pipe(begun, outputs('a', 'b'));`,
    `export const loss = onOutputs(net.outputs, { a: squaredError, c: squaredError });`,
  ].join('\n'),
  deepChain: deepChain(200),
  deepGraph: deepGraph(200),
  deepMistake: deepChain(200, 77),
};
type Snippet = keyof typeof SOURCES;

const pathOf = (name: string): string => join(root, 'test', 'types', `${name}.snippet.ts`);

const program = (() => {
  const texts = new Map(Object.entries(SOURCES).map(([name, text]) => [pathOf(name), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path);
  return ts.createProgram([...texts.keys()], options, host);
})();

/** What the compiler says of a program, each message after the line that it is about. */
const diagnostics = (name: Snippet): string =>
  program
    .getSemanticDiagnostics(program.getSourceFile(pathOf(name)))
    .map(({ messageText, start = 0 }) => {
      const line = SOURCES[name].slice(0, start).split('\n').length;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    })
    .join('\n');

describe('a chain that does not fit', () => {
  it('says which shapes meet', () => {
    const text = diagnostics('chain');
    expect(text).toContain('this layer expects [128], but the one before it gives [256]');
  });
  it('says so in a pipe', () => {
    const text = diagnostics('pipe');
    expect(text).toContain('the next layer expects [128], but this one gives [256]');
  });
  it('is silent for one that fits', () => {
    expect(diagnostics('fitting')).toBe('');
  });
});

describe('several inputs and outputs', () => {
  it('say which name is wrong', () => {
    const text = diagnostics('names');
    expect(text.match(/^line \d+/gm)).toEqual(['line 4', 'line 5', 'line 7']);
    expect(text).toContain("there is no wire 'imag' so far");
    expect(text).toContain("there is no wire 'c'");
    expect(text).toContain("there is no output 'c'");
  });
});

describe('two hundred layers', () => {
  it('compile as a chain', () => {
    expect(diagnostics('deepChain')).toBe('');
  });
  it('compile as a graph', () => {
    expect(diagnostics('deepGraph')).toBe('');
  });
  it('have a mismatch at the argument that does not fit, and nowhere else', () => {
    const text = diagnostics('deepMistake');
    expect(text.match(/^line \d+/gm)).toEqual(['line 79']);
    expect(text).toContain('this layer expects [9], but the one before it gives [8]');
  });
});
