/** What was thrown behind a failure, for those who look for its place in their own code. */
import { type ProxpropError } from './error';
import { shownThrown } from './explain';
import { oneLine } from './oneLine';

/**
 * The most causes behind an error that are followed. It suffices for any program, and ends a cycle
 * of causes.
 */
const MOST_CAUSES = 8;

const stackOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack : shownThrown(thrown);
  } catch {
    return shownThrown(thrown);
  }
};

/**
 * Formats the stacks of what was thrown behind an error, of its cause and of their causes, up to
 * eight, as lines. If nothing was thrown, the text is empty. `describe` gives the error itself.
 *
 * @param e the error
 *
 * @example if (event.tag === 'failed') console.error(`${describe(event.error)}\n${trace(event.error)}`);
 */
export const trace = (e: ProxpropError): string => {
  if (!('cause' in e)) return '';
  const lines: string[] = [];
  let next: unknown = e.cause;
  for (let i = 0; i < MOST_CAUSES; i++) {
    const stack = stackOf(next).split('\n').map(oneLine);
    lines.push(...stack.map((line, j) => (j === 0 ? `caused by ${line}` : line)));
    if (!(next instanceof Error) || next.cause === undefined) break;
    next = next.cause;
  }
  return lines.join('\n');
};
