/**
 * Sums, differences, products and quotients of float32 tensors, comparisons, tiles and reversals,
 * for the WASM backend. All threads compute them row by row (`kernels/assembly/broadcast.ts`),
 * while the stock kernels take one thread, and compute the place of each number anew. Up to four
 * axes that cannot be joined with their neighbours are supported; the stock kernels handle more.
 */
import {
  Add,
  broadcast_util,
  Equal,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Multiply,
  NotEqual,
  RealDiv,
  Reverse,
  Sub,
  type TensorInfo,
  Tile,
  util,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Team } from './team';
import { runElementwise } from './elementwise';
import { addressOf, inputOf, replaceKernel, run, Temporaries } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

/** As `kernels/assembly/broadcast.ts` numbers them, and `elementwise.ts` too. */
const OPERATIONS = { [Add]: 0, [Sub]: 1, [Multiply]: 2, [RealDiv]: 3 } as const;
const COPY = 4;

/**
 * An axis of the result: its length, and the stride in each operand, 0 if the operand is repeated
 * along it, negative if it is read from its end.
 */
export interface BroadcastAxis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** The strides of a contiguous tensor, 0 along axes of length 1, for a result with as many axes. */
const distances = (shape: readonly number[], rank: number): readonly number[] => {
  const full = [...Array<number>(rank - shape.length).fill(1), ...shape];
  return full.map((d, i) => (d === 1 ? 0 : full.slice(i + 1).reduce((p, q) => p * q, 1)));
};

/**
 * The axes without those of length 1. Neighbours are joined if both operands continue from one to
 * the next.
 */
export const joinedAxes = (axes: readonly BroadcastAxis[]): readonly BroadcastAxis[] =>
  axes
    .filter(({ size }) => size !== 1)
    .reduce<readonly BroadcastAxis[]>((all, next) => {
      const before = all.at(-1);
      return before?.a === next.a * next.size && before.b === next.b * next.size
        ? [...all.slice(0, -1), { ...next, size: before.size * next.size }]
        : [...all, next];
    }, []);

/** Four axes, with the most work in the first and the last one; `undefined` if there are more. */
const asFour = (
  axes: readonly BroadcastAxis[],
): readonly [BroadcastAxis, BroadcastAxis, BroadcastAxis, BroadcastAxis] | undefined => {
  const none: BroadcastAxis = { size: 1, a: 0, b: 0 };
  const joined = joinedAxes(axes);
  if (joined.length > 4) return undefined;
  if (joined.length === 1) return [none, none, none, joined[0] ?? none];
  const last = joined.at(-1) ?? none;
  const [first = none, second = none, third = none] = joined.slice(0, -1);
  return [first, second, third, last];
};

export const installWasmBroadcast = (team: Team): void => {
  /** `first`: the number of `a` that is read first. */
  const broadcast = (
    backend: BackendWasm,
    operation: number,
    [a, b]: readonly [TensorInfo, TensorInfo],
    shape: number[],
    axes: readonly [BroadcastAxis, BroadcastAxis, BroadcastAxis, BroadcastAxis],
    first = 0,
  ): TensorInfo =>
    filled(
      backend,
      shape,
      (out) => {
        const size = util.sizeFromShape(shape);
        if (size === 0) return;
        const [ofA, ...others] = [a, b, out].map((x) => addressOf(backend, x));
        const lengths = axes.slice(1).map((axis) => axis.size);
        const steps = [...axes.map((x) => x.a), ...axes.map((x) => x.b)];
        const args = [operation, (ofA ?? 0) + 4 * first, ...others, ...lengths, ...steps];
        const rows = axes[0].size;
        team.share('broadcast', args, rows, Math.max(1, Math.ceil(rows / 64)), size >= WORTH_SHARING);
      },
      a.dtype === 'int32' ? 'int32' : 'float32',
    );

  for (const name of [Add, Sub, Multiply, RealDiv] as const)
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const [a, b] = [inputOf(inputs, name, 'a'), inputOf(inputs, name, 'b')];
      const stocked = (): TensorInfo => run(stock, backend, { a, b }, attrs);
      if (a.dtype !== 'float32' || b.dtype !== 'float32') return stocked();
      if (util.arraysEqual(a.shape, b.shape))
        return filled(backend, [...a.shape], (out) => {
          const addresses = [a, b, out].map((x) => addressOf(backend, x));
          const words = [OPERATIONS[name], 2, 0, 1, 0, 0, 0];
          runElementwise(team, addresses, words, util.sizeFromShape(a.shape), WORTH_SHARING);
        });
      const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      const [ofA, ofB] = [distances(a.shape, shape.length), distances(b.shape, shape.length)];
      const axes = asFour(shape.map((size, i) => ({ size, a: ofA[i] ?? 0, b: ofB[i] ?? 0 })));
      return axes === undefined ? stocked() : broadcast(backend, OPERATIONS[name], [a, b], shape, axes);
    });

  // Both are copied to the shape of the result first: that costs little beside what the stock
  // kernels take to find each number.
  for (const name of [Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual])
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const [a, b] = [inputOf(inputs, name, 'a'), inputOf(inputs, name, 'b')];
      const stocked = (x: TensorInfo, y: TensorInfo): TensorInfo =>
        run(stock, backend, { a: x, b: y }, attrs);
      const numbers = [a, b].every(({ dtype }) => dtype === 'float32' || dtype === 'int32');
      if (!numbers || util.arraysEqual(a.shape, b.shape)) return stocked(a, b);
      const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      const temporary = new Temporaries(backend);
      const whole = (x: TensorInfo): TensorInfo | undefined => {
        if (util.arraysEqual(x.shape, shape)) return x;
        const axes = asFour(
          distances(x.shape, shape.length).map((d, i) => ({ size: shape[i] ?? 1, a: d, b: 0 })),
        );
        return axes === undefined ? undefined : temporary.keep(broadcast(backend, COPY, [x, x], shape, axes));
      };
      try {
        const [x, y] = [whole(a), whole(b)];
        return x === undefined || y === undefined ? stocked(a, b) : stocked(x, y);
      } finally {
        temporary.free();
      }
    });

  replaceKernel(Tile, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Tile, 'x');
    const reps: readonly number[] = Array.isArray(attrs['reps']) ? attrs['reps'].map(Number) : [];
    const of = distances(x.shape, x.shape.length);
    // Each axis as two: how often it is repeated, and itself.
    const axes = asFour(
      x.shape.flatMap((size, i) => [
        { size: reps[i] ?? 1, a: 0, b: 0 },
        { size, a: of[i] ?? 0, b: 0 },
      ]),
    );
    const simple = (x.dtype === 'float32' || x.dtype === 'int32') && reps.length === x.shape.length;
    if (axes === undefined || !simple) return run(stock, backend, { x }, attrs);
    const shape = x.shape.map((size, i) => size * (reps[i] ?? 1));
    return broadcast(backend, COPY, [x, x], shape, axes);
  });

  replaceKernel(Reverse, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Reverse, 'x');
    const { dims } = attrs;
    // One axis may stand for a list of it, and none for all.
    const named = Array.isArray(dims) ? dims.map(Number) : typeof dims === 'number' ? [dims] : undefined;
    const turned = new Set(util.parseAxisParam(named ?? x.shape.map((_, axis) => axis), x.shape));
    const of = distances(x.shape, x.shape.length);
    const axes = asFour(
      x.shape.map((size, i) => ({ size, a: (of[i] ?? 0) * (turned.has(i) ? -1 : 1), b: 0 })),
    );
    const simple = x.dtype === 'float32' || x.dtype === 'int32';
    // Rows are read forwards.
    if (axes === undefined || !simple || axes[3].a < 0) return run(stock, backend, { x }, attrs);
    const first = x.shape.reduce((sum, size, i) => sum + (turned.has(i) ? (size - 1) * (of[i] ?? 0) : 0), 0);
    return broadcast(backend, COPY, [x, x], [...x.shape], axes, first);
  });
};
