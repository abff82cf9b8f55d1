/**
 * `Formula` for the WASM backend: a program of operations on single numbers, in one pass over its
 * tensors (`kernels/assembly/elementwise.ts`), by all threads. Results may overwrite inputs that
 * the caller gives up.
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { fail } from '../../core';
import { type Formula } from '../../ops';
import { type Team } from './team';
import { runElementwise, WORDS } from './elementwise';
import { addressOf, inputOf, ownKernel } from './kernel';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 15;
const CODES = {
  ...{ add: 0, sub: 1, mul: 2, div: 3, sqrt: 4, affine: 5 },
  ...{ abs: 6, sign: 7, max: 8, min: 9, where: 10 },
  ...{ exp: 11, logistic: 13, erf: 14 },
} as const;
const copyOf = (register: number): Formula.Operation => ({
  op: 'affine',
  ...{ a: register, b: register, c: register },
  ...{ factor: 1, addend: 0 },
});

interface Placed {
  readonly operation: Formula.Operation;
  readonly to: number;
}

/**
 * The register into which each operation writes its result. Registers are the inputs, the results,
 * then intermediate values. A result that overwrites an input which is read later gets a register
 * of its own, and is copied at the end, after all copies from inputs.
 */
export const placed = (
  { inputs, operations, results }: Formula.Program,
  over: readonly number[],
): readonly Placed[] => {
  const apart = inputs + results.length;
  const lastRead = (input: number): number =>
    results.some((register) => register === input)
      ? operations.length
      : operations.findLastIndex(({ a, b, c }) => a === input || b === input || c === input);
  /** The result that an operation can write itself. */
  const direct = operations.map((_, i) =>
    results.findIndex((register, j) =>
      register === inputs + i && (over[j] ?? -1) >= 0
        ? lastRead(over[j] ?? -1) <= i
        : register === inputs + i,
    ),
  );
  const registers = [
    ...Array.from({ length: inputs }, (_, i) => i),
    ...operations.map((_, i) => {
      const result = direct[i] ?? -1;
      return result >= 0 ? inputs + result : apart + i;
    }),
  ];
  const at = (register: number): number =>
    registers[register] ?? fail('shape', 'formula', 'a register', 'none');
  const copies = results
    .map((register, j): Placed => ({
      operation: copyOf(at(register)),
      to: inputs + j,
    }))
    .filter(({ operation, to }) => operation.a !== to);
  const fromInput = ({ operation }: Placed): boolean => operation.a < inputs;
  return [
    ...operations.map((operation, i) => ({
      operation: { ...operation, a: at(operation.a), b: at(operation.b), c: at(operation.c) },
      to: at(inputs + i),
    })),
    ...copies.filter(fromInput),
    ...copies.filter((copy) => !fromInput(copy)),
  ];
};

/** The words of a program, as `elementwise.ts` reads them. */
const wordsOf = (program: readonly Placed[]): readonly number[] => {
  const words = new Uint32Array(WORDS * program.length);
  const numbers = new Float32Array(words.buffer);
  program.forEach(({ operation: { op, a, b, c, factor, addend }, to }, i) => {
    words.set([CODES[op], to, a, b, c], WORDS * i);
    numbers.set([factor, addend], WORDS * i + 5);
  });
  return [...words];
};

/**
 * A tensor in the memory of another, which loses it. It gets new memory if other tensors share that
 * memory, or if it belongs to another input that is read later.
 */
const inPlaceOf = (backend: BackendWasm, x: TensorInfo, inputs: readonly TensorInfo[]): TensorInfo => {
  const data = backend.dataIdMap.get(x.dataId);
  const shared = inputs.filter(({ dataId }) => dataId === x.dataId).length > 1;
  if (data.refCount > 1 || shared) return backend.makeOutput(x.shape, 'float32');
  const out = backend.makeOutput(x.shape, 'float32', data.memoryOffset);
  // What is freed with `x` is nothing.
  data.memoryOffset = 0;
  return out;
};

export const installWasmFormula = (team: Team): void => {
  /** The words of a program, by what its results overwrite: one program runs on many tensors. */
  const compiled = new WeakMap<Formula.Program, Map<string, readonly number[]>>();
  const compiledOf = (program: Formula.Program, over: readonly number[]): readonly number[] => {
    const ways = compiled.get(program) ?? new Map<string, readonly number[]>();
    compiled.set(program, ways);
    const words = ways.get(over.join()) ?? wordsOf(placed(program, over));
    ways.set(over.join(), words);
    return words;
  };
  ownKernel('Formula', (inputs, { program, over }, backend) => {
    const tensors = Array.from({ length: program.inputs }, (_, i) => inputOf(inputs, 'Formula', String(i)));
    const [first] = tensors;
    const shape = first?.shape ?? fail('shape', 'formula', 'an input', 'none');
    const size = util.sizeFromShape(shape);
    if (tensors.some((x) => util.sizeFromShape(x.shape) !== size))
      fail(
        'shape',
        'formula',
        'inputs of one shape',
        tensors.map((x) => `[${x.shape.join(', ')}]`).join(', '),
      );
    const [count, most] = [program.operations.length, team.call('elementwiseOperations')];
    if (count > most) fail('shape', 'formula', `at most ${most} operations`, `${count}`);
    const addresses = tensors.map((x) => addressOf(backend, x));
    const results = program.results.map((_, j) => {
      const given = tensors[over[j] ?? -1];
      // An input that is given away twice has its memory only once.
      return given === undefined || over.indexOf(over[j] ?? -1) < j
        ? backend.makeOutput(shape, 'float32')
        : inPlaceOf(backend, given, tensors);
    });
    const all = [...addresses, ...results.map((x) => addressOf(backend, x))];
    runElementwise(team, all, compiledOf(program, over), size, WORTH_SHARING);
    return results;
  });
};
