/** Promises of code that is not ours. */
import { error, Fault } from '../core';

/**
 * Waits for a promise of foreign code. It throws a `file` `Fault` if the process has nothing left
 * to do that could settle the promise. Without this, Node would end silently, with exit code 0.
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
