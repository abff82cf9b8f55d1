/** Measuring: warm, interleaved, medians; times mean something only beside each other in one run. */

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/** Rounds that do not count: code is compiled and memory is taken in them. */
export const WARM = 2;

/** A task has its turn for so many milliseconds: steps one after another, as a training takes them. */
export const TURN = 100;

/**
 * So long is a turn of training steps that does not count: V8 compiles what a step calls in the course of some four hundred
 * calls, and a training has thousands.
 */
export const WARM_UP = 3000;

/** How often is measured, and for how many milliseconds a turn takes that does not count. */
export interface Effort {
  readonly rounds: number;
  readonly warm: number;
}

const timed = (run: () => unknown): number => {
  const from = performance.now();
  run();
  return performance.now() - from;
};

/** The median of calls one after another for so many milliseconds, at least one, after one that does not count. */
export const burst = (run: () => unknown, milliseconds: number): number => {
  run();
  const times: number[] = [];
  let total = 0;
  while (times.length === 0 || total < milliseconds) {
    const time = timed(run);
    times.push(time);
    total += time;
  }
  return median(times);
};

/** Milliseconds of some tasks, each in every round. */
export type Rounds<K extends string> = { readonly [Name in K]: readonly number[] };

/**
 * All tasks in turn, `rounds` times over after two rounds that do not count, so that a change in the machine's speed meets
 * all of them. The first call after another task finds that one's numbers in the caches: if it is shorter than a turn, the time is the
 * median of those that follow (`burst`). In the rounds that do not count a turn takes `warm` milliseconds. What tasks make they free.
 */
export const interleaved = <K extends string>(
  tasks: { readonly [Name in K]: () => unknown },
  { rounds, warm }: Effort,
): Rounds<K> => {
  const entries = Object.entries<() => unknown>(tasks);
  const times = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = -WARM; round < rounds; round++)
    for (const [name, task] of entries) {
      const turn = round < 0 ? warm : TURN;
      const first = timed(task);
      const time = first >= turn ? first : burst(task, turn);
      if (round >= 0) times.get(name)?.push(time);
    }
  // The same names as those of the tasks, which `fromEntries` forgets.
  return Object.fromEntries<readonly number[]>(times) as Rounds<K>;
};

/** The median of the ratios within each round: a machine that was slow for a while was so for both. */
export const paired = (values: readonly number[], to: readonly number[]): number =>
  median(values.map((value, i) => value / (to[i] ?? Number.NaN)));
