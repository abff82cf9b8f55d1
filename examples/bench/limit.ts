/** How fast this process multiplies matrices: what every other time is measured against. */
import { matMul } from '@tensorflow/tfjs-core';
import { dispose, Key } from '../../src';
import { interleaved, median, TURN } from './measure';

/** A large product, to be taken again and again. */
export interface Product {
  readonly name: string;
  /** Floating-point operations. */
  readonly work: number;
  readonly run: () => void;
  readonly end: () => void;
}

export const product = (m: number, k: number, n: number): Product => {
  const a = Key.uniform(Key.key(1), [m, k], -1, 1);
  const b = Key.uniform(Key.key(2), [k, n], -1, 1);
  return {
    name: `${m} × ${k} × ${n}`,
    work: 2 * m * k * n,
    run: () => {
      matMul(a, b).dispose();
    },
    end: () => {
      dispose(a, b);
    },
  };
};

/** The product that the others are compared with, in every round of theirs. */
export const largeProduct = (): Product => product(500, 3072, 4000);

/** Rows of a table: some large products, and how fast each is. */
export const matmulRows = (rounds: number): readonly (readonly string[])[] => {
  const products = [largeProduct(), product(4000, 500, 3072), product(2048, 2048, 2048)];
  const times = interleaved(Object.fromEntries(products.map(({ name, run }) => [name, run])), {
    rounds,
    warm: TURN,
  });
  return products.map(({ name, work, end }) => {
    end();
    return [name, (work / median(times[name] ?? []) / 1e6).toFixed(1)];
  });
};
