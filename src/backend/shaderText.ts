/** Changing the text of shaders of tfjs, where one other line costs less than another pass. */
import { fail } from '../core';

/** Text that a shader has at least once, and the text to have in its place everywhere. */
export type Edit = readonly [find: RegExp, put: string];

/** The shader with all edits made. A `Fault` `backend` where it lacks the text of one: tfjs is another one than was edited. */
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
