/** What functions of the user's throw while examples are read. */
import { error, Fault, shownThrown } from '../core';

/** A `Fault` itself; else a `Fault` `data` that has what was thrown as its cause. */
export const dataFault = (path: string, expected: string, thrown: unknown): Fault =>
  thrown instanceof Fault
    ? thrown
    : new Fault({ ...error('data', path, expected, shownThrown(thrown)), cause: thrown });
