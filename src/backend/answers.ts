/** A limit of time for what something else has to answer: a driver may never do so, and says nothing then. */
import { error, Fault } from '../core';

/** A driver that starts cold takes seconds; one that has not answered after this long will not. */
export const LONGEST_SECONDS = 30;

/**
 * What was asked of WebGPU, or a `Fault` `backend` where no answer has come in that time. An answer that comes later is given to
 * `late`.
 */
export const inTime = <A>(
  answer: Promise<A>,
  expected: string,
  seconds: number,
  late: (answer: A) => void = () => undefined,
): Promise<A> =>
  new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      reject(new Fault(error('backend', 'webgpu', expected, `no answer in ${seconds} s`)));
    }, seconds * 1000);
    answer.then(
      (value) => {
        clearTimeout(timer);
        if (over) late(value);
        else resolve(value);
      },
      (thrown: unknown) => {
        clearTimeout(timer);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
        reject(thrown);
      },
    );
  });
