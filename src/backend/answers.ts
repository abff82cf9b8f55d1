/** A limit of time for what something else has to answer, a driver or a thread, which may never do so and say nothing. */
import { error, Fault } from '../core';

/**
 * What a task gives, or a `Fault` `backend` where it says that it has `failed`, or no answer has come in that time. An answer that comes
 * later is given to `late`.
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
