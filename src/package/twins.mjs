/**
 * Modules that stand in for others: `name.browser.ts` for `name.ts` in a page, and `name.packed.ts` or `name.packed.mts` for
 * it in the packed library, whose files lie elsewhere.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const src = join(root, 'src');

/** The source file that a relative import means, where there is one. */
export const sourceOf = (specifier, importer) => {
  if (!specifier.startsWith('.') || importer === undefined) return undefined;
  const path = join(dirname(importer), specifier);
  return [`${path}.ts`, join(path, 'index.ts')].find((file) => existsSync(file));
};

const twin = (file, ending) => `${file.slice(0, -'.ts'.length)}.${ending}`;

/** The twin of a source file for a page, where it has one. */
export const forPages = (file) => [twin(file, 'browser.ts')].find((other) => existsSync(other));

/** The twin of a source file in the packed library, where it has one. */
export const forPackage = (file) =>
  [twin(file, 'packed.ts'), twin(file, 'packed.mts')].find((other) => existsSync(other));

/** The name in the field `imports` of package.json under which a source file with a twin is imported: `#data`. */
export const nameOf = (file) =>
  `#${relative(src, file)
    .slice(0, -'.ts'.length)
    .split(sep)
    .join('/')
    .replace(/\/index$/, '')}`;
