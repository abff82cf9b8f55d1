/**
 * Elementwise kernels of the WASM backend that pass a NaN on (`kernels/assembly/nan.ts`).
 * Arithmetic on x86 produces a NaN with its sign bit set, which stock kernels mistake for a
 * negative number; and stock minima and maxima lose a NaN in one of their operands.
 */
import {
  broadcast_util,
  ClipByValue,
  Maximum,
  Minimum,
  Prelu,
  Relu,
  Relu6,
  type TensorInfo,
  Tile,
  util,
} from '@tensorflow/tfjs-core';
import { type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Team } from './team';
import { addressOf, as, inputOf, kernelOf, ownKernel, replaceKernel, run, Temporaries } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

const KINDS = { [Maximum]: 0, [Minimum]: 1, [Prelu]: 2, stepped: 3 } as const;

/** A tensor unchanged, or repeated to a shape. A single number is passed unchanged. */
const broadcast = (
  backend: BackendWasm,
  x: TensorInfo,
  shape: readonly number[],
  temporary: Temporaries,
): TensorInfo => {
  const full = [...shape.map(() => 1), ...x.shape].slice(-Math.max(shape.length, 1));
  const reps = shape.map((d, i) => (full[i] === d ? 1 : d));
  return util.sizeFromShape(x.shape) === 1 || reps.every((n) => n === 1)
    ? x
    : temporary.keep(run(kernelOf(Tile), backend, { x: as(x, full) }, { reps }));
};

export const installWasmNan = (team: Team): void => {
  const share = (kernel: string, args: readonly number[], size: number): void => {
    team.share(kernel, [...args], team.call('numberItems', size), 1, size >= WORTH_SHARING);
  };
  const clipped = (
    name: string,
    x: TensorInfo,
    backend: BackendWasm,
    least: number,
    most: number,
  ): TensorInfo =>
    filled(backend, x.shape, (out) => {
      const size = util.sizeFromShape(x.shape);
      const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
      share(name, name === 'relu' ? [from, to, size] : [from, to, size, least, most], size);
    });

  for (const name of [Relu, Relu6, ClipByValue])
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const x = inputOf(inputs, name, 'x');
      if (x.dtype !== 'float32') return run(stock, backend, { x }, attrs);
      const [least, most] = name === ClipByValue ? [attrs['clipValueMin'], attrs['clipValueMax']] : [0, 6];
      return clipped(name === Relu ? 'relu' : 'clip', x, backend, Number(least), Number(most));
    });

  ownKernel('Stepped', ({ dy, x }, _, backend) => {
    const size = util.sizeFromShape(x.shape);
    return filled(backend, x.shape, (out) => {
      const addresses = [dy, x, out].map((t) => addressOf(backend, t));
      share('pairwise', [KINDS.stepped, ...addresses, 1, 1, size], size);
    });
  });

  for (const name of [Maximum, Minimum, Prelu] as const)
    replaceKernel(name, ({ inputs, attrs, backend }, stock) => {
      const names = name === Prelu ? (['x', 'alpha'] as const) : (['a', 'b'] as const);
      const [a, b] = [inputOf(inputs, name, names[0]), inputOf(inputs, name, names[1])];
      if (a.dtype !== 'float32' || b.dtype !== 'float32')
        return run(stock, backend, { [names[0]]: a, [names[1]]: b }, attrs);
      const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      const size = util.sizeFromShape(shape);
      const temporary = new Temporaries(backend);
      try {
        return filled(backend, shape, (out) => {
          if (size === 0) return;
          const both = [a, b].map((x) => broadcast(backend, x, shape, temporary));
          const steps = both.map((x) => (util.sizeFromShape(x.shape) === 1 ? 0 : 1));
          const addresses = [...both, out].map((x) => addressOf(backend, x));
          share('pairwise', [KINDS[name], ...addresses, ...steps, size], size);
        });
      } finally {
        temporary.free();
      }
    });
};
