/** Promises of code that is not ours. */
import { error, Fault } from '../core';

/**
 * What a promise comes to. A `Fault` `file` where nothing is left to do in the process that could settle it: Node would end without
 * a word, and with exit code 0.
 */
export const awaited = async <A>(path: string, expected: string, promise: Promise<A>): Promise<A> => {
  let idle = (): void => undefined;
  const never = new Promise<never>((_, reject) => {
    idle = () => {
      reject(new Fault(error('file', path, expected, 'a promise that nothing settles')));
    };
    process.once('beforeExit', idle);
  });
  try {
    return await Promise.race([promise, never]);
  } finally {
    process.off('beforeExit', idle);
  }
};
