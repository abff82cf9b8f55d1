/** A time limit for answers of a driver or a thread, which may never arrive. */
import { error, Fault } from '../core';

/**
 * The result of a task. Throws a `Fault` with tag `backend` if the task reports that it has
 * `failed`, or if no answer arrives within `seconds`. An answer that arrives later is passed to
 * `late`.
 */
export const inTime = async <A>(
  backend: string,
  expected: string,
  task: (failed: (why: string) => void) => Promise<A>,
  seconds: number,
  late: (answer: A) => void = () => undefined,
): Promise<A> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  try {
    return await new Promise<A>((resolve, reject) => {
      const failed = (why: string): void => {
        over = true;
        reject(new Fault(error('backend', backend, expected, why)));
      };
      timer = setTimeout(() => {
        failed(`no answer in ${seconds} s`);
      }, seconds * 1000);
      task(failed).then((answer) => {
        if (over) late(answer);
        else resolve(answer);
      }, reject);
    });
  } finally {
    clearTimeout(timer);
  }
};
