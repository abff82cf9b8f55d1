/**
 * The examples of docstrings as modules that a compiler takes. An example says nothing of where its names come from, so each name that it
 * does not declare is imported from the first of these that exports it: what `given/` has for its file, for its folder, for
 * all, then its file, its folder, the library, the other entries, and tfjs.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { runInNewContext } from 'node:vm';
import * as ts from 'typescript';
import { faultsOfFiles } from './compiler';
import { type DocExample } from './docExamples';
import { root } from './pages';

export interface DocModule {
  readonly example: DocExample;
  readonly path: string;
  readonly text: string;
  /** Names that nothing exports. */
  readonly unknown: readonly string[];
}

/** To look for names; `compiler.ts` checks. */
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
};

const given = (name: string): string => join(root, 'test', 'house', 'given', `${name}.ts`);

/** `src/loss/outputs.ts` is given `loss.outputs.ts` and `loss.ts`. */
const givenFor = (file: string): readonly string[] =>
  [file, dirname(file)]
    .map((path) =>
      given(
        path
          .replace(/^src\//, '')
          .replace(/\.ts$/, '')
          .replaceAll('/', '.'),
      ),
    )
    .filter((path) => existsSync(path));

const inRoot = (...paths: readonly string[]): readonly string[] => paths.map((path) => join(root, path));

const TFJS = '@tensorflow/tfjs-core';
const ENTRIES = inRoot('src/internal.ts', 'src/experiment/index.ts', 'src/report/index.ts', 'laws/index.ts');
/** Folders that stand below all that has a word of its own for an op. */
const OF_OPS = ['src/core', 'src/autodiff'];

/** The modules of an example, those first that are asked first. */
const modulesOf = (file: string): readonly string[] => {
  const folder = dirname(file);
  const index = join(root, folder, 'index.ts');
  const library = join(root, 'src/index.ts');
  return [
    ...givenFor(file),
    given('all'),
    join(root, file),
    ...(existsSync(index) ? [index] : []),
    ...(OF_OPS.includes(folder) ? [TFJS, library] : [library]),
    ...ENTRIES,
    TFJS,
  ];
};

const isName = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) return parent.name !== node;
  if (ts.isMethodDeclaration(parent)) return parent.name !== node;
  return !(ts.isBindingElement(parent) && parent.propertyName === node);
};

const isDeclared = ({ parent }: ts.Identifier, node: ts.Identifier): boolean =>
  (ts.isBindingElement(parent) || ts.isParameter(parent) || ts.isVariableDeclaration(parent)) &&
  parent.name === node;

/** The names that a piece of code takes from elsewhere. */
export const freeNames = (code: string): readonly string[] => {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const declared = new Set<string>();
  const look = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isDeclared(node, node)) declared.add(node.text);
      else if (isName(node)) used.add(node.text);
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return [...used].filter((name) => !declared.has(name));
};

/** What needs no import; `const` is that of `as const`. */
const GLOBALS = new Set(['const', ...Object.getOwnPropertyNames(globalThis)]);
GLOBALS.delete('event');

/** The statements. What they end in is the result, or else all that they declare. */
const bodyOf = (code: string): string => {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const last = file.statements.at(-1);
  const at = last !== undefined && ts.isExpressionStatement(last) ? last.getStart() : undefined;
  const names = file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const text =
    at === undefined
      ? `${code}\nreturn [${names.join(', ')}];`
      : `${code.slice(0, at)}return ${code.slice(at)}`;
  return text.replace(/^export const/gm, 'const');
};

/** What an example says of its result, where that is one literal: `table(…) // 'a, b'`. */
export const toldResult = (code: string): unknown => {
  const last = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022).statements.at(-1);
  const [, told = ''] = /\/\/ ([^\n]*)$/.exec(code) ?? [];
  if (last === undefined || !ts.isExpressionStatement(last)) return undefined;
  try {
    const values: unknown = runInNewContext(`[${told}]`, {});
    return Array.isArray(values) && values.length === 1 ? values[0] : undefined;
  } catch {
    return undefined;
  }
};

/** `@example`s as modules in a folder, with what the compiler says of each. */
export const docModules = (
  examples: readonly DocExample[],
  folder: string,
): { readonly modules: readonly DocModule[]; readonly faults: (module: DocModule) => readonly string[] } => {
  const roots = [...new Set(examples.flatMap(({ file }) => modulesOf(file)))].filter((path) => path !== TFJS);
  const program = ts.createProgram([...roots, join(root, 'test/house/given/tfjs.ts')], OPTIONS);
  const checker = program.getTypeChecker();
  const exportsOf = (path: string): ReadonlySet<string> => {
    const source = program.getSourceFile(path === TFJS ? join(root, 'test/house/given/tfjs.ts') : path);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    return new Set(module === undefined ? [] : checker.getExportsOfModule(module).map(({ name }) => name));
  };
  const known = new Map([...roots, TFJS].map((path) => [path, exportsOf(path)]));

  const modules = examples.map((example): DocModule => {
    const path = join(folder, `${example.file.replace(/\.ts$/, '').replaceAll('/', '.')}.${example.line}.ts`);
    const names = freeNames(example.code).filter((name) => !GLOBALS.has(name));
    const from = new Map(
      names.map((name) => [name, modulesOf(example.file).find((m) => known.get(m)?.has(name) === true)]),
    );
    const imports = [...from].flatMap(([name, module]) => {
      if (module === undefined) return [];
      const specifier =
        module === TFJS ? TFJS : relative(folder, join(dirname(module), basename(module, '.ts')));
      return [`import { ${name} } from '${specifier}';`];
    });
    const text = `${imports.join('\n')}\nexport const run = async () => {\n${bodyOf(example.code)}\n};\n`;
    return { example, path, text, unknown: names.filter((name) => from.get(name) === undefined) };
  });

  const texts = new Map(modules.map(({ path, text }) => [basename(path), text]));
  const found = faultsOfFiles(texts, 'examples-compiled', { noUncheckedIndexedAccess: true });
  return { modules, faults: ({ path }) => found.get(basename(path)) ?? [] };
};
