/** Packages that are loaded when they are asked for, and need not be installed. */
import { codeOf } from './disk';
import { type ErrorTag, fail } from './error';

/** What Node, and a bundler, say of a package that is not there. */
const ABSENT = /^(ERR_)?MODULE_NOT_FOUND$/;
const NO_BUNDLE = /Cannot find (?:module|package) '([^']+)'|Could not resolve "([^"]+)"|Is it installed\?/;

/** Says whether a value was thrown because a package is missing. */
export const isAbsent = (thrown: unknown): boolean =>
  ABSENT.test(codeOf(thrown)) || (thrown instanceof Error && NO_BUNDLE.test(thrown.message));

/**
 * Handles the error of an `import`. If a package is missing, it throws a `Fault` that says which
 * packages to install; otherwise it throws the same error again.
 *
 * @example
 * const tar = await import('tar').catch((thrown: unknown) => absent('file', archive, ['tar'], thrown));
 */
export const absent = (tag: ErrorTag, path: string, packages: readonly string[], thrown: unknown): never => {
  if (!isAbsent(thrown)) throw thrown;
  const [, named = '', other = ''] = (thrown instanceof Error ? NO_BUNDLE.exec(thrown.message) : null) ?? [];
  const names = packages.map((name) => name.replace(/(.)@.*$/, '$1'));
  const kind = names.length === 1 ? 'the package' : 'the packages';
  return fail(
    tag,
    path,
    `${kind} ${names.join(', ')} (npm install ${packages.join(' ')})`,
    `no ${named === '' ? (other === '' ? 'such package' : other) : named}`,
  );
};
