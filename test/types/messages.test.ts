/** The compiler's own words for a chain that does not fit. */
import { join } from 'node:path';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

const diagnostics = (source: string): string => {
  const path = join(root, 'test', 'types', 'snippet.ts');
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    },
  );
  const options: ts.CompilerOptions = config?.options ?? {};
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true) : read(name, ...rest);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name === path || exists(name);
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path);
  return program
    .getSemanticDiagnostics(file)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    .join('\n');
};

describe('a chain that does not fit', () => {
  it('says which shapes meet', () => {
    const text = diagnostics(
      `import { chain, linear, relu } from '../../src';\nexport const net = chain(linear(784, 256), relu(128), linear(128, 10));\n`,
    );
    expect(text).toContain('this layer expects [128], but the one before it gives [256]');
  });
  it('says so in a pipe', () => {
    const text = diagnostics(
      `import { pipe } from 'fp-ts/function';\nimport { followedBy, linear } from '../../src';\nexport const net = pipe(linear(784, 256), followedBy(linear(128, 10)));\n`,
    );
    expect(text).toContain('the next layer expects [128], but this one gives [256]');
  });
  it('is silent for one that fits', () => {
    expect(
      diagnostics(
        `import { chain, linear, relu } from '../../src';\nexport const net = chain(linear(784, 256), relu(256), linear(256, 10));\n`,
      ),
    ).toBe('');
  });
});
