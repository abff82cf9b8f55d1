/** What a residual is measured on, where all of it would cost as much as the solution: some units. */
import { gather, type Tensor, tensor1d } from '@tensorflow/tfjs-core';

/** Units that are measured. */
export const SAMPLE = 64;

/**
 * The same evenly spaced rows, 64 at most, of matrices [units, n]. A residual over them estimates that over all: each unit
 * is a system of its own with the same matrix, and with 64 of them the estimate of the norm scatters by less than a fifth
 * (√(1/2·(1/64)) times the spread of the squares, which is about two). Up to 64 units it is that of all.
 */
export const sampled = (...matrices: readonly Tensor[]): readonly Tensor[] => {
  const units = matrices[0]?.shape[0] ?? 0;
  if (units <= SAMPLE) return matrices;
  const rows = tensor1d(
    Array.from({ length: SAMPLE }, (_, i) => Math.floor(((i + 0.5) * units) / SAMPLE)),
    'int32',
  );
  return matrices.map((m) => gather(m, rows));
};
