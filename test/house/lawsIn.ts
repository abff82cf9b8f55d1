/** The laws that a folder exports, read from its text: what each is called, its number, and the number that its docstring tells. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { LAWS, numberOf } from '../../laws';

export interface LawInText {
  readonly name: string;
  readonly number: number;
  /** Nothing where the docstring has no number. */
  readonly told: number | undefined;
}

/** The law whose number a piece of code asks for. */
const askedIn = (code: string): number | undefined => {
  const [, asked] = /\bnumberOf\('(\w+)'\)/.exec(code) ?? [];
  const law = LAWS.find((name) => name === asked);
  return law === undefined ? undefined : numberOf(law);
};

const ofFile = (path: string): readonly LawInText[] => {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const number = askedIn(statement.getText());
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    const [declared] = statement.declarationList.declarations;
    // What makes one law of each of several things is not itself a law.
    if (!exported || number === undefined || declared === undefined || !/\bholds\b/.test(statement.getText()))
      return [];
    const [, told] = /^\/\*\*[\s*]*Law (\d+)/.exec(statement.getFullText().trim()) ?? [];
    return [{ name: declared.name.getText(), number, told: told === undefined ? undefined : Number(told) }];
  });
};

export const lawsIn = (folder: string): readonly LawInText[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'numbers.ts')
    .flatMap((name) => ofFile(join(folder, name)));
