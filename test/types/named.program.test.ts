/**
 * Declarations that a compiler writes for a user's program can name each type of ours: it stands in some entry of the package by
 * itself, as names inside of a namespace are not found.
 */
import { dirname, join } from 'node:path';
import * as ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const entries = ['src/index.ts', 'src/node.ts', 'src/types.ts', 'src/data/index.ts', 'src/report/index.ts'];

const configuration = (): ts.ParsedCommandLine => {
  const path = join(root, 'tsconfig.build.json');
  return ts.parseJsonConfigFileContent(
    ts.readConfigFile(path, ts.sys.readFile).config,
    ts.sys,
    dirname(path),
  );
};

const TYPE = ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias;

/** The exported types that public declarations are made of, and that no entry exports; `without`: of the entries, all but it. */
const unnamed = (program: ts.Program, without?: string): readonly string[] => {
  const checker = program.getTypeChecker();
  const meant = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const exportsOf = (file: ts.SourceFile | undefined): readonly ts.Symbol[] => {
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    return module === undefined ? [] : checker.getExportsOfModule(module).map(meant);
  };
  const isOurs = ({ fileName }: ts.SourceFile): boolean => fileName.startsWith(join(root, 'src'));
  const named = new Set(
    entries
      .filter((name) => name !== without)
      .flatMap((name) => exportsOf(program.getSourceFile(join(root, name)))),
  );
  const isSpace = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.ValueModule) !== 0;
  const spaces = [...named].filter(isSpace).flatMap((space) => checker.getExportsOfModule(space).map(meant));
  const found = new Set<string>();
  const seen = new Set<ts.Symbol>();
  const look = (symbol: ts.Symbol): void => {
    if (seen.has(symbol)) return;
    seen.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      const file = declaration.getSourceFile();
      if (!isOurs(file)) continue;
      const isExported = (symbol.flags & TYPE) !== 0 && exportsOf(file).includes(symbol);
      if (isExported && !named.has(symbol))
        found.add(`${symbol.name} of ${file.fileName.slice(root.length + 1)}`);
      inside(declaration);
    }
  };
  const inside = (node: ts.Node): void => {
    // What a function does is no part of its declaration.
    if (ts.isBlock(node)) return;
    if (ts.isArrowFunction(node)) {
      for (const part of [...(node.typeParameters ?? []), ...node.parameters, node.type])
        if (part !== undefined) inside(part);
      return;
    }
    if (ts.isTypeReferenceNode(node)) {
      const symbol = checker.getSymbolAtLocation(node.typeName);
      if (symbol !== undefined) look(meant(symbol));
    }
    ts.forEachChild(node, inside);
  };
  for (const symbol of [...named, ...spaces]) look(symbol);
  return [...found].sort();
};

const program = ts.createProgram(configuration().fileNames, configuration().options);

it('every exported type of a public declaration is exported by an entry', () => {
  expect(unnamed(program)).toEqual([]);
}, 120_000);

it('finds those that would be missing', () => {
  expect(unnamed(program, 'src/types.ts')).toContain('SolverOptions of src/solver/operator.ts');
}, 120_000);
