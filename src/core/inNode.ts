/** What a page has of functions that need Node: their types, and one line. */
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import { error, type ProxpropError } from './error';

/**
 * Stands in the place of a function of files where there are none: it fails with a `file` error
 * that says that the function needs Node.
 *
 * @example const usps = inNode('usps'); // (await usps('data')()): file error at usps: expected Node, …
 */
export const inNode =
  (name: string): ((...args: readonly unknown[]) => TE.TaskEither<ProxpropError, never>) =>
  () =>
  () =>
    Promise.resolve(E.left(error('file', name, 'Node, where programs have files', 'a page')));
