/**
 * Transposes for the WASM backend. Those that exchange two neighbouring groups of axes, alone or
 * for each entry of a batch, run in blocks of 4×4 on all threads. The stock kernel, one value at a
 * time on one thread, handles the others.
 */
import { Transpose, util } from '@tensorflow/tfjs-core';
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel, run } from './kernel';

/** From this many values on it pays to wake other threads. */
const WORTH_SHARING = 1 << 16;

/**
 * The lengths of the axes in the order of the result, without those of length 1, with neighbours
 * joined that stay together.
 */
const joinedAxes = (
  shape: readonly number[],
  perm: readonly number[],
): readonly { readonly first: number; readonly size: number }[] => {
  const groups: { first: number; last: number; size: number }[] = [];
  for (const axis of perm) {
    const size = shape[axis] ?? 1;
    if (size === 1) continue;
    const before = groups.at(-1);
    // An axis of length 1 in between does not part two others.
    const between = shape.slice((before?.last ?? axis) + 1, axis);
    if (before !== undefined && axis > before.last && between.every((d) => d === 1)) {
      before.last = axis;
      before.size *= size;
    } else groups.push({ first: axis, last: axis, size });
  }
  return groups;
};

/**
 * [count, rows, columns], if the transpose exchanges the last two of these; otherwise `undefined`.
 */
export const asMatrices = (
  shape: readonly number[],
  perm: readonly number[],
): readonly [number, number, number] | undefined => {
  const groups = joinedAxes(shape, perm);
  const [a, b, c] = groups;
  if (groups.length === 2 && a !== undefined && b !== undefined && a.first > b.first)
    return [1, b.size, a.size];
  if (groups.length !== 3 || a === undefined || b === undefined || c === undefined) return undefined;
  return a.first < c.first && c.first < b.first ? [a.size, c.size, b.size] : undefined;
};

export const installWasmTranspose = (team: Team): void => {
  replaceKernel(Transpose, ({ inputs, attrs, backend }, stock) => {
    const x = inputOf(inputs, Transpose, 'x');
    const perm: readonly number[] = Array.isArray(attrs['perm']) ? attrs['perm'].map(Number) : [];
    const matrices = x.dtype === 'float32' ? asMatrices(x.shape, perm) : undefined;
    if (matrices === undefined) return run(stock, backend, { x }, attrs);
    const [count, rows, columns] = matrices;
    const out = backend.makeOutput(
      perm.map((axis) => x.shape[axis] ?? 1),
      'float32',
    );
    const items = team.call('transposeItems', count, rows);
    const args = [addressOf(backend, x), addressOf(backend, out), rows, columns];
    team.share('transpose', args, items, 1, util.sizeFromShape(x.shape) >= WORTH_SHARING);
    return out;
  });
};
