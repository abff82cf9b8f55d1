/**
 * What the docstrings of public functions say. `npx ts-node test/house/docstrings.ts` prints the counts by folder; with names of folders
 * behind it, also each function of these that lacks something.
 */
import { join, relative } from 'node:path';
import * as ts from 'typescript';
import { root } from './pages';

/** What a docstring has; `failures` where the function can fail at all. */
export const ASPECTS = ['docstring', 'sentence', 'parameters', 'failures', 'example'] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface PublicFunction {
  readonly name: string;
  /** From the root: `src/core/key.ts`. */
  readonly file: string;
  readonly canFail: boolean;
  readonly lacks: readonly Aspect[];
  /** Parameters that the docstring does not name. */
  readonly unnamed: readonly string[];
}

/** The entries of the package, without those of types and of the inside. */
export const ENTRIES = [
  'src/index.ts',
  'src/node.ts',
  'src/data/index.ts',
  'src/report/index.ts',
  'src/experiment/index.ts',
  'laws/index.ts',
].map((file) => join(root, file));

/** The library, read and bound; types are inferred where they are asked for. */
export const programOfLibrary = (): ts.Program =>
  ts.createProgram(ENTRIES, {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  });

/** A parameter may be named by its letter in a formula. */
const LETTERS: Readonly<Record<string, string>> = {
  alpha: 'α',
  beta: 'β',
  damping: 'β',
  decay: 'λ',
  epsilon: 'ε',
  mu: 'μ',
  parameters: 'θ',
  rate: 'η',
  rho: 'ρ',
  sigma: 'σ',
  tau: 'τ',
  tauTheta: 'τ_θ',
};

const isWord = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${word}(?![\\p{L}\\p{N}_])`, 'u').test(text);

const says = (text: string, name: string): boolean => {
  const letter = LETTERS[name];
  return isWord(text, name) || (letter !== undefined && text.includes(letter));
};

/** The names of a parameter: any of those it is taken apart into, or `options`. */
const namesOf = ({ name }: ts.ParameterDeclaration): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : [
        ...['options', 'Options'],
        ...name.elements.flatMap((element) =>
          ts.isBindingElement(element) ? [(element.propertyName ?? element.name).getText()] : [],
        ),
      ];

/** At least four words outside of code, and an end. */
const hasSentence = (prose: string): boolean => {
  const plain = prose.replace(/`[^`]*`/g, ' ');
  return (plain.match(/\p{L}{2,}/gu) ?? []).length >= 4 && /[.:;!?](\s|$)/.test(plain);
};

const FAILURE = /\b([Ff]ail(s|ed|ure|ures)?|[Ee]rrors?|[Tt]hrows?|Left|Fault)\b/;
const EITHER = /\b(Task)?Either</;
/** What makes a value of a failure that is thrown inside. */
const CATCHES = /^(attempt|explain|guarded)/;

type WithBody = ts.ArrowFunction | ts.FunctionDeclaration | ts.FunctionExpression;
const isFunction = (node: ts.Node): node is WithBody =>
  ts.isArrowFunction(node) || ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node);

/** Handed to a method, as of `map`, or to `scope`: it runs while the function does. */
const isRunAtOnce = ({ parent }: ts.Node): boolean =>
  ts.isCallExpression(parent) &&
  (ts.isPropertyAccessExpression(parent.expression) || parent.expression.getText() === 'scope');

/** A value of a named type of functions: that type says what its parameters are, and how it fails. */
const isOfNamedType = (node: ts.Declaration): boolean =>
  ts.isVariableDeclaration(node) &&
  node.type !== undefined &&
  (ts.isTypeReferenceNode(node.type) || ts.isTypeQueryNode(node.type));

/** Whether a call of a function can throw: by itself, by what it calls, or by what it hands to a call. */
const throwing = (checker: ts.TypeChecker): ((declaration: ts.Node | undefined) => boolean) => {
  const known = new Map<ts.Node, boolean>();
  const declarationOf = (node: ts.Identifier): ts.Node | undefined => {
    const symbol = checker.getSymbolAtLocation(node);
    const own =
      symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return own?.declarations?.find(
      (one) => isFunction(one) || (ts.isVariableDeclaration(one) && one.initializer !== undefined),
    );
  };
  const inside = (node: ts.Node): boolean => {
    if (ts.isThrowStatement(node)) return !ts.isIdentifier(node.expression);
    if (ts.isTryStatement(node)) return node.catchClause !== undefined && inside(node.catchClause.block);
    // Who calls it later, such as the runner of a law, says for itself what it does.
    if (isFunction(node)) return isRunAtOnce(node) && node.body !== undefined && inside(node.body);
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const { text } = node.expression;
      if (CATCHES.test(text)) return false;
      if (text === 'fail' || text === 'orThrow' || canThrow(declarationOf(node.expression))) return true;
    }
    return ts.forEachChild(node, (child) => inside(child) || undefined) === true;
  };
  const canThrow = (declaration: ts.Node | undefined): boolean => {
    if (declaration === undefined || declaration.getSourceFile().isDeclarationFile) return false;
    const before = known.get(declaration);
    if (before !== undefined) return before;
    known.set(declaration, false);
    let body = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    // What takes its arguments one after another.
    while (body !== undefined && isFunction(body)) body = body.body;
    const found = body !== undefined && inside(body);
    known.set(declaration, found);
    return found;
  };
  return canThrow;
};

/** All functions that files export, those in namespaces among them, each once. */
export const publicFunctions = (
  program: ts.Program,
  entries: readonly string[],
): readonly PublicFunction[] => {
  const checker = program.getTypeChecker();
  const canThrow = throwing(checker);
  const seen = new Set<ts.Symbol>();

  const measured = (symbol: ts.Symbol): readonly PublicFunction[] => {
    const [declaration] = symbol.declarations ?? [];
    const own = symbol.valueDeclaration;
    if (declaration === undefined || own === undefined) return [];
    const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures();
    if (signatures.length === 0) return [];
    const prose = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    const tags = symbol.getJsDocTags(checker);
    const told = tags
      .filter(({ name }) => name !== 'example')
      .map(({ text }) => ts.displayPartsToString(text));
    const text = [prose, ...told].join('\n');
    const described = tags.filter(({ name }) => name === 'param').length;
    // A parameter that is taken apart has the name that its tag gives it.
    const unnamed = signatures.flatMap(({ parameters }) =>
      parameters.length <= described || isOfNamedType(own)
        ? []
        : parameters.flatMap(({ valueDeclaration: one }) => {
            const names = one !== undefined && ts.isParameter(one) ? namesOf(one) : [];
            return names.length === 0 || names.some((name) => says(text, name)) ? [] : [names.at(-1) ?? ''];
          }),
    );
    // What takes nothing is given nothing wrong.
    const canFail =
      !isOfNamedType(own) &&
      signatures.some(({ parameters }) => parameters.length > 0) &&
      (signatures.some((signature) => EITHER.test(checker.typeToString(signature.getReturnType()))) ||
        canThrow(own));
    const lacks = {
      docstring: prose === '',
      sentence: !hasSentence(prose),
      parameters: unnamed.length > 0,
      failures: canFail && !FAILURE.test(text),
      example: !tags.some(({ name }) => name === 'example'),
    };
    return [
      {
        name: symbol.name,
        file: relative(root, declaration.getSourceFile().fileName),
        canFail,
        lacks: ASPECTS.filter((aspect) => lacks[aspect]),
        unnamed: [...new Set(unnamed)],
      },
    ];
  };
  const fresh = (exported: ts.Symbol): readonly PublicFunction[] => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (seen.has(symbol)) return [];
    seen.add(symbol);
    return symbol.flags & ts.SymbolFlags.ValueModule
      ? checker.getExportsOfModule(symbol).flatMap(fresh)
      : measured(symbol);
  };
  return entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module).flatMap(fresh);
  });
};

/** `src/core`, `laws`; `src` for what lies in it itself. */
export const folderOf = ({ file }: PublicFunction): string =>
  file.split('/').slice(0, -1).slice(0, 2).join('/');

/** How many functions lack each, by folder. */
export const lacking = (
  functions: readonly PublicFunction[],
): Readonly<Record<string, Readonly<Record<Aspect, number>>>> => {
  const folders = [...new Set(functions.map(folderOf))].sort();
  const count = (folder: string, aspect: Aspect): number =>
    functions.filter((one) => folderOf(one) === folder && one.lacks.includes(aspect)).length;
  return Object.fromEntries(
    folders.map((folder) => [
      folder,
      {
        docstring: count(folder, 'docstring'),
        sentence: count(folder, 'sentence'),
        parameters: count(folder, 'parameters'),
        failures: count(folder, 'failures'),
        example: count(folder, 'example'),
      },
    ]),
  );
};

/** A table by folder: the functions, and how many have each; of failures, of how many that can fail. */
export const tableOfDocstrings = (functions: readonly PublicFunction[]): string => {
  const row = (name: string, ones: readonly PublicFunction[]): readonly string[] => [
    name,
    String(ones.length),
    ...ASPECTS.map((aspect) => {
      const asked = aspect === 'failures' ? ones.filter(({ canFail }) => canFail) : ones;
      const have = asked.filter(({ lacks }) => !lacks.includes(aspect)).length;
      return aspect === 'failures' ? `${have} of ${asked.length}` : String(have);
    }),
  ];
  const folders = [...new Set(functions.map(folderOf))].sort();
  const rows = folders.map((folder) =>
    row(
      folder,
      functions.filter((one) => folderOf(one) === folder),
    ),
  );
  const lines = [['folder', 'functions', ...ASPECTS], ...rows, row('all', functions)];
  return lines
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(12))).join(''))
    .join('\n');
};

if (require.main === module) {
  const found = publicFunctions(programOfLibrary(), ENTRIES);
  const asked = process.argv.slice(2);
  for (const one of found)
    if (asked.includes(folderOf(one)) && one.lacks.length > 0)
      console.log(`${one.file} ${one.name}: ${one.lacks.join(', ')}; ${one.unnamed.join(', ')}`);
  console.log(tableOfDocstrings(found));
}
