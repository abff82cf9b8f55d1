/** Edits the text of tfjs's shaders, where a changed line costs less than another pass. */
import { fail } from '../core';

/** A pattern that a shader contains at least once, and the text that replaces every occurrence. */
export type Edit = readonly [find: RegExp, put: string];

/**
 * The shader with all edits. Throws a `Fault` with tag `backend` if it lacks a pattern: then tfjs
 * has another version than the edits expect.
 */
export const edited = (backendName: string, shader: string, code: string, edits: readonly Edit[]): string =>
  edits.reduce(
    (text, [find, put]) =>
      find.test(text)
        ? text.replaceAll(new RegExp(find, 'g'), put)
        : fail(
            'backend',
            backendName,
            `tfjs's shader ${shader} of version 4.22`,
            `one without ${find.source}`,
          ),
    code,
  );
