/** Sends the newest of something, one at a time: what comes while one is on its way goes together. */

export interface Sender {
  /** There is something newer. */
  readonly notify: () => void;
  /** Once nothing is on its way. Throws what the first failure threw. */
  readonly settled: () => Promise<void>;
}

/** `failed` is told of the first failure at once; nothing is sent after it. */
export const senderOf = (send: () => Promise<void>, failed: (thrown: unknown) => void): Sender => {
  let newer = false;
  let running: Promise<void> | undefined;
  let failure: { readonly thrown: unknown } | undefined;
  const run = async (): Promise<void> => {
    while (newer && failure === undefined) {
      newer = false;
      try {
        await send();
      } catch (thrown) {
        failure = { thrown };
        failed(thrown);
      }
    }
    running = undefined;
  };
  return {
    notify: () => {
      newer = true;
      running ??= run();
    },
    settled: async () => {
      await running;
      if (failure !== undefined) throw failure.thrown;
    },
  };
};
