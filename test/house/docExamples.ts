/** The `@example`s of docstrings, as text: where each stands, and its code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages';

export interface DocExample {
  /** From the root: `src/core/key.ts`. */
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** The lines of a comment without the stars before them. */
const bare = (comment: string): readonly string[] =>
  comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, ''));

/** The examples of a file: each goes from its tag to the next tag, or to the end of the comment. */
export const examplesIn = (file: string, text: string): readonly DocExample[] =>
  [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].flatMap(({ index, 1: comment = '' }) => {
    const lines = bare(comment);
    const first = text.slice(0, index).split('\n').length;
    return lines.flatMap((line, i) => {
      if (!line.startsWith('@example')) return [];
      const rest = lines.slice(i + 1);
      const end = rest.findIndex((next) => next.startsWith('@'));
      const code = [line.slice('@example'.length), ...rest.slice(0, end < 0 ? undefined : end)]
        .filter((part) => !part.startsWith('```'))
        .join('\n')
        .trim();
      return [{ file, line: first + i, code }];
    });
  });

export const docExamples = (): readonly DocExample[] =>
  ['src', 'laws', 'cli'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('assembly'))
      .sort()
      .flatMap((name) => examplesIn(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8'))),
  );
