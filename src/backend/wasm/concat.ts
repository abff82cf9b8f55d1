/**
 * Concatenation for the WASM backend, run by run (`kernels/assembly/slice.ts`). The stock kernel
 * copies each run from JavaScript; it still handles texts, truth values and single operands.
 */
import { backend_util, Concat, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, replaceKernel, run } from './kernel';
import { filled } from './result';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

export const installWasmConcat = (team: Team): void => {
  replaceKernel(Concat, ({ inputs, attrs, backend }, stock) => {
    const all = Object.values(inputs).flatMap((x) => (x === undefined ? [] : [x]));
    const parts = all.filter(({ shape }) => util.sizeFromShape(shape) > 0);
    const [first] = parts;
    const dtype = first?.dtype;
    const isOfWords = (dtype === 'float32' || dtype === 'int32') && all.every((x) => x.dtype === dtype);
    if (first === undefined || parts.length < 2 || !isOfWords)
      // Boundary with tfjs: of a list, none is missing.
      return run(stock, backend, inputs as Record<string, TensorInfo>, attrs);
    const [axis = 0] = util.parseAxisParam(Number(attrs['axis']), first.shape);
    // It throws if they do not fit: tfjs leaves that to kernels.
    backend_util.assertParamsConsistent(
      all.map(({ shape }) => shape),
      axis,
    );
    // Rows of the first axis side by side, if they are whole: threads take some each.
    const rows = util.sizeFromShape(first.shape.slice(0, axis));
    const runs = parts.map(({ shape }) => 4 * util.sizeFromShape(shape.slice(axis)));
    const step = runs.reduce((a, b) => a + b, 0);
    const shape = first.shape.map((n, i) =>
      i === axis ? parts.reduce((total, part) => total + (part.shape[axis] ?? 0), 0) : n,
    );
    return filled(
      backend,
      shape,
      (out) => {
        let to = addressOf(backend, out);
        parts.forEach((part, i) => {
          const [from, bytes] = [addressOf(backend, part), runs[i] ?? 0];
          const worth = (rows * bytes) / 4 >= WORTH_SHARING;
          // A single run is cut, so that all threads copy.
          const count = rows === 1 ? (part.shape[0] ?? 1) : rows;
          const each = rows === 1 ? bytes / count : bytes;
          const chunk = Math.max(1, Math.ceil(count / 32));
          team.share('joinRuns', [from, to, each, rows === 1 ? each : step], count, chunk, worth);
          to += bytes;
        });
      },
      dtype,
    );
  });
};
