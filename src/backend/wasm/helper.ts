/**
 * The helpers of a team: what they and the caller tell each other, in words that both see, and the script that they run.
 *
 * The caller opens a turn, which makes its number odd, and closes it, which makes it even. A helper that is awake says that it is
 * inside, and then looks whether the turn that it came for is still open; the caller closes the turn, and then waits for those
 * that are inside. So nobody waits for a helper that sleeps, is late, or has ended in between: its share is done by the others.
 */

/** Words, then the arguments in float64, then a word for each helper: whether it is inside. */
export const CELL = { turn: 0, next: 1, total: 2, chunk: 3, kernel: 4, count: 5, failed: 6 } as const;
export const MOST_ARGUMENTS = 24;
export const ARGUMENT_BYTES = 32;
/** The word of the first helper. */
export const INSIDE = (ARGUMENT_BYTES + 8 * MOST_ARGUMENTS) / 4;

/** How often a helper looks for the next turn before it sleeps: a few microseconds, as long as a turn takes to wake it. */
export const LOOKS = 2000;

/** How long a helper may take until it is ready: thousands of times what it needs, for a machine with much else to do. */
export const START_SECONDS = 30;

/**
 * What a helper does, as a script of its own, which needs no file beside it. Who hires it puts two names in front, as Node and pages
 * have them: `told`, what the team tells it, and `ready()`, which it calls once its kernels are linked.
 */
export const helperScript = `
const { memory, module, cells, names, scratch, member } = told;
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(cells);
const numbers = new Float64Array(cells, ${ARGUMENT_BYTES}, ${MOST_ARGUMENTS});
const inside = ${INSIDE} + member;
const work = () => {
  const args = numbers.slice(0, words[${CELL.count}]);
  const kernel = kernels[names[words[${CELL.kernel}]]];
  const total = words[${CELL.total}];
  const chunk = words[${CELL.chunk}];
  for (;;) {
    const from = Atomics.add(words, ${CELL.next}, chunk);
    if (from >= total) break;
    kernel(...args, scratch, from, Math.min(from + chunk, total));
  }
};
ready();
let seen = 0;
for (;;) {
  let turn = Atomics.load(words, ${CELL.turn});
  for (let i = 0; i < ${LOOKS} && (turn === seen || turn % 2 === 0); i++) turn = Atomics.load(words, ${CELL.turn});
  while (turn === seen || turn % 2 === 0) {
    Atomics.wait(words, ${CELL.turn}, turn);
    turn = Atomics.load(words, ${CELL.turn});
  }
  seen = turn;
  Atomics.store(words, inside, 1);
  try {
    if (Atomics.load(words, ${CELL.turn}) === turn) work();
  } catch {
    Atomics.store(words, ${CELL.failed}, 1);
  } finally {
    Atomics.store(words, inside, 0);
    Atomics.notify(words, inside);
  }
}`;

/** A helper that runs. */
export interface Helper {
  /** Whether its thread is still there; true where that cannot be told while the caller waits. */
  readonly lives: () => boolean;
  readonly end: () => Promise<unknown>;
}

/** Start a helper on that script, with what it is told; settled once it is ready. */
export type Hire = (script: string, told: object) => Promise<Helper>;
