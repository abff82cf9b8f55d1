/** What tests of several folders share. */
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { fail } from '../src/core';
import { type Backend, backends, describe, type ExampleArrays, Key, type ProxpropError, start } from '../src';

/** Threads of wasm in tests: those of the mode of `npm run test:threads`; else one, for two files run side by side. */
export const testThreads = Number(process.env['PROXPROP_THREADS'] ?? 1);

/** Whether wasm takes relaxed SIMD in tests, which the engine then has to have: `--mode relaxed`. */
export const testRelaxed = process.env['PROXPROP_RELAXED'] === '1';

/** The backends of tests that take each one: all that need nothing beside Node, or those that the variable names. */
export const testBackends: readonly Backend[] = backends.filter((backend) =>
  (process.env['PROXPROP_BACKENDS'] ?? (testThreads > 1 ? 'wasm' : 'wasm,cpu')).split(',').includes(backend),
);

/** A law that was run on fewer cases has hardly been run. */
const HANDFUL = 5;

/**
 * The share of its cases that `npm test` runs of a law that takes minutes: of each row of a table, where other rows say the same
 * of other things.
 */
export const A_TENTH = 0.1;
/** Five cases of a hundred, the fewest that are run of a law: mutants of the laws of layers are rejected at them. */
export const A_TWENTIETH = 0.05;

/** Whether this is `npm run test:full`. */
export const everyCase = process.env['PROXPROP_CASES'] === '1';

/**
 * The share of the cases of every law that `npm test` runs, so that it ends within minutes; `npm run test:full`, for the night, runs all.
 * Mutants are tried on as many cases as before.
 */
const BY_DAY = 0.25;

/**
 * How many of the usual cases of a law are run: a share. The variable PROXPROP_CASES names another share for every law:
 * `npm run test:full` all cases, a suite on a slow backend fewer. Never fewer than five.
 */
export const casesOf = (usual: number, share = 1): number =>
  Math.min(
    usual,
    Math.max(HANDFUL, Math.round(usual * Number(process.env['PROXPROP_CASES'] ?? BY_DAY * share))),
  );

/** Start a backend, or fail the test with its message. */
export const started = async (backend: Backend): Promise<void> => {
  const { relaxed = false } = right(await start(backend, { threads: testThreads, relaxed: testRelaxed })());
  if (backend === 'wasm' && relaxed !== testRelaxed)
    throw new Error('wasm runs with other kernels than asked for');
};

/** The value of a right, or the message of a left as a thrown error. */
export const right = <A>(result: E.Either<ProxpropError, A>): A => {
  if (E.isLeft(result)) throw new Error(describe(result.left));
  return result.right;
};

/** The one line of a left. */
export const messageOf = <A>(result: E.Either<ProxpropError, A>): string =>
  E.isLeft(result) ? describe(result.left) : 'no error';

/** Random examples of a few classes, which a small network can learn: each class is a box of its own. */
export const boxes = (
  seed: number,
  count: number,
  features: number,
  classes: number,
): ExampleArrays & { readonly inputs: Float32Array; readonly targets: Int32Array } => {
  const words = Key.bits(Key.key(seed), count * (features + 1));
  const targets = Int32Array.from({ length: count }, (_, i) => (words[i * (features + 1)] ?? 0) % classes);
  const inputs = Float32Array.from({ length: count * features }, (_, i) => {
    const example = Math.floor(i / features);
    const word = words[example * (features + 1) + 1 + (i % features)] ?? 0;
    const centre = (targets[example] ?? 0) === (i % features) % classes ? 1 : 0;
    return centre + word / 2 ** 33;
  });
  return { shape: [features], inputs, targets, count };
};

/**
 * Runs `f` while the heap of wasm has room for so many allocations more; then it is full. Later allocations find room
 * again.
 */
export const withRoom = <A>(most: number, f: () => A): A => {
  // Boundary with tfjs: the emscripten module has an allocator that its type does not name.
  const module = (engine().backend as BackendWasm).wasm as unknown as {
    _malloc: (bytes: number) => number;
  };
  const allocate = module._malloc;
  let count = 0;
  module._malloc = (bytes) =>
    ++count > most ? fail('memory', 'wasm heap', 'room', 'none') : allocate(bytes);
  try {
    return f();
  } finally {
    module._malloc = allocate;
  }
};
