/**
 * The helper threads of a team: how they communicate with the caller, by words that both see, and
 * the script that they run.
 *
 * The caller opens a turn, which makes its number odd, and closes it, which makes it even. A helper
 * that is awake marks itself as inside, then checks whether its turn is still open. The caller
 * closes the turn, then waits for helpers that are inside. So nobody waits for a helper that
 * sleeps, is late, or has ended in between: the others do its share.
 */

/**
 * Words, then the arguments in float64, then a word for each helper that says whether it is inside.
 */
export const CELL = {
  turn: 0,
  next: 1,
  total: 2,
  chunk: 3,
  kernel: 4,
  count: 5,
  failed: 6,
  parts: 7,
} as const;
export const MOST_ARGUMENTS = 24;
export const ARGUMENT_BYTES = 32;
/** The word of the first helper. */
export const INSIDE = (ARGUMENT_BYTES + 8 * MOST_ARGUMENTS) / 4;

/**
 * How often a thread checks a word before it sleeps, about 0.4 ms: longer than a step spends between
 * two kernels. A helper then sleeps between steps alone, as waking it takes up to 0.25 ms on a
 * virtual machine. With 10,000 checks, a backprop step of 784-256-128-10 takes 9 % more time.
 */
export const LOOKS = 40000;

/** How long a helper may take to start: thousands of times what it needs, for a busy machine. */
export const START_SECONDS = 30;

/**
 * The program of a helper, as a script that needs no file beside it. Whoever starts it defines two
 * names before it, as Node and pages have them: `told`, the message of the team, and `ready()`,
 * which the script calls once its kernels are linked.
 */
export const helperScript = `
const { memory, module, cells, names, scratch, member } = told;
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(cells);
const numbers = new Float64Array(cells, ${ARGUMENT_BYTES}, ${MOST_ARGUMENTS});
const inside = ${INSIDE} + member;
const work = () => {
  // Whole numbers as such: a number from a list of floats would be put on the heap at each call.
  const args = Array.from(numbers.subarray(0, words[${CELL.count}]), (x) => (x === (x | 0) ? x | 0 : x));
  const kernel = kernels[names[words[${CELL.kernel}]]];
  const total = words[${CELL.total}];
  const chunk = words[${CELL.chunk}];
  const parts = words[${CELL.parts}];
  for (let from = 0; from < total; ) {
    from = Atomics.load(words, ${CELL.next});
    const to = Math.min(total, from + Math.max(chunk, Math.floor((total - from) / parts)));
    if (from < total && Atomics.compareExchange(words, ${CELL.next}, from, to) === from)
      kernel(...args, scratch, from, to);
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

/** A running helper. */
export interface Helper {
  /** Whether its thread still runs; true if this cannot be known while the caller waits. */
  readonly lives: () => boolean;
  readonly end: () => Promise<unknown>;
}

/** Starts a helper on that script with a message. The promise settles once the helper is ready. */
export type Hire = (script: string, told: object) => Promise<Helper>;
