/**
 * Names that mean two things: declared at the top of more than one file. `npm run names` prints them; it reads the text alone.
 *
 * A name that two files export is the more urgent: a reader who searches for it finds both.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '..', '..');

/** One declaration at the top of a file. */
export interface Declared {
  readonly name: string;
  readonly file: string;
  readonly exported: boolean;
}

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) &&
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

const namesOf = (node: ts.Statement): readonly string[] => {
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node))
    return node.name === undefined ? [] : [node.name.text];
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ? [node.name.text] : [];
};

/** What is declared at the top of a file, each name once. */
export const declaredIn = (file: string, text: string): readonly Declared[] => {
  const found = new Map<string, Declared>();
  for (const node of ts.createSourceFile(file, text, ts.ScriptTarget.ES2022).statements)
    for (const name of namesOf(node))
      found.set(name, {
        ...{ name, file },
        // The types of an overloaded function, or of a value, are one thing with it.
        exported: isExported(node) || found.get(name)?.exported === true,
      });
  return [...found.values()];
};

/** Names with several declarations, those exported most often first. */
export const repeated = (declared: readonly Declared[]): readonly (readonly Declared[])[] => {
  const byName = new Map<string, Declared[]>();
  for (const one of declared) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  const exports = (ones: readonly Declared[]): number => ones.filter(({ exported }) => exported).length;
  return [...byName.values()]
    .filter((ones) => ones.length > 1)
    .sort((a, b) => exports(b) - exports(a) || b.length - a.length);
};

/** The source files of a folder, the twins for pages and packs left out: they export what their files export. */
const sources = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(browser|packed|d)\.ts$|assembly/.test(name))
    .map((name) => `${folder}/${name}`);

/** The library's own. */
export const declaredInSource = (): readonly Declared[] =>
  ['src', 'laws', 'cli']
    .flatMap(sources)
    .flatMap((file) => declaredIn(file, readFileSync(join(root, file), 'utf8')));

/** A line: `settled: exported by src/a.ts, src/b.ts; in src/c.ts too`. */
export const shownName = (ones: readonly Declared[]): string => {
  const files = (exported: boolean): string =>
    ones.flatMap((one) => (one.exported === exported ? [one.file] : [])).join(', ');
  const [own, others] = [files(true), files(false)];
  const parts = [
    ...(own === '' ? [] : [`exported by ${own}`]),
    ...(others === '' ? [] : [`private in ${others}`]),
  ];
  return `${ones[0]?.name ?? ''}: ${parts.join('; ')}`;
};

if (require.main === module) {
  const found = repeated(declaredInSource());
  for (const ones of found) console.log(shownName(ones));
  const twice = found.filter((ones) => ones.filter(({ exported }) => exported).length > 1);
  console.log(
    `${found.length} names are declared in several files, ${twice.length} of them exported by several`,
  );
}
