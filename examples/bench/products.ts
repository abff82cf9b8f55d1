/** Products of the sizes that layers make, beside the large one that is the limit. */
import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, Key } from '../../src';
import { largeProduct } from './limit';
import { interleaved, median, paired, TURN } from './measure';

/** A dense layer on a batch. */
interface Size {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** The products of a layer's step: x [batch, inputs], W [outputs, inputs], g [batch, outputs]. */
export const orientations = ['x·Wᵀ', 'gᵀ·x', 'g·W', 'x·xᵀ', 'xᵀ·x'] as const;

export interface ProductSpeed extends Size {
  /** Of each orientation: its multiply-adds (half of them for a matrix with itself), 10⁹ floating-point operations a second, and the share of the limit. */
  readonly speeds: readonly {
    readonly work: number;
    readonly gigaflops: number;
    readonly toLimit: number;
  }[];
}

const dense = (batches: readonly number[], widths: readonly (readonly [number, number])[]): readonly Size[] =>
  batches.flatMap((batch) => widths.map(([inputs, outputs]) => ({ batch, inputs, outputs })));

const ALL = [
  ...dense(
    [1, 64, 500, 2048],
    [
      [784, 256],
      [256, 128],
      [128, 10],
      [500, 500],
      [3072, 500],
      [1000, 4096],
    ],
  ),
  ...dense([100], [[300, 100]]),
  // A feed-forward layer of a transformer, over 100 × 28 tokens.
  ...dense(
    [2800],
    [
      [64, 64],
      [64, 256],
    ],
  ),
];

const QUICK = dense(
  [500],
  [
    [784, 256],
    [256, 128],
    [3072, 500],
  ],
);

/** So many multiply-adds in a row are long enough to be timed. */
const TIMED = 5e7;

const productsOf = ({ batch, inputs, outputs }: Size) => {
  const [x, w, g] = [
    Key.uniform(Key.key(1), [batch, inputs], -1, 1),
    Key.uniform(Key.key(2), [outputs, inputs], -1, 1),
    Key.uniform(Key.key(3), [batch, outputs], -1, 1),
  ];
  const work = batch * inputs * outputs;
  const all: readonly (readonly [number, () => Tensor])[] = [
    [work, () => matMul(x, w, false, true)],
    [work, () => matMul(g, x, true, false)],
    [work, () => matMul(g, w)],
    [(batch * batch * inputs) / 2, () => matMul(x, x, false, true)],
    [(batch * inputs * inputs) / 2, () => matMul(x, x, true, false)],
  ];
  return {
    products: all.map(([own, of]) => {
      const times = Math.max(1, Math.round(TIMED / own));
      return {
        work: own,
        times,
        run: () => {
          for (let i = 0; i < times; i++) of().dispose();
        },
      };
    }),
    end: () => {
      dispose(x, w, g);
    },
  };
};

/** How fast the products of each size are, medians of the rounds. */
export const productSpeeds = (rounds: number, quick: boolean): readonly ProductSpeed[] => {
  const limit = largeProduct();
  const found = (quick ? QUICK : ALL).map((size): ProductSpeed => {
    const { products, end } = productsOf(size);
    const times = interleaved(
      Object.fromEntries([
        ...products.map(({ run }, i) => [String(i), run] as const),
        [limit.name, limit.run] as const,
      ]),
      { rounds, warm: TURN },
    );
    end();
    const of = (name: string): readonly number[] => times[name] ?? [];
    return {
      ...size,
      speeds: products.map(({ work, times: n }, i) => ({
        work,
        gigaflops: (2 * n * work) / median(of(String(i))) / 1e6,
        toLimit: (2 * n * work) / limit.work / paired(of(String(i)), of(limit.name)),
      })),
    };
  });
  limit.end();
  return found;
};

/** From this many multiply-adds on a product is to come close to the limit. */
const LARGE = 1e7;

/** Rows of a table, and what is to be said of all. */
export const productRows = (
  found: readonly ProductSpeed[],
): { readonly rows: readonly (readonly string[])[]; readonly summary: string } => {
  const large = found.flatMap(({ speeds }) => speeds).filter(({ work }) => work >= LARGE);
  const slow = large.filter(({ toLimit }) => toLimit < 0.8);
  return {
    rows: found.map(({ batch, inputs, outputs, speeds }) => [
      `${batch} × ${inputs} → ${outputs}`,
      ...speeds.map(({ gigaflops, toLimit }) => `${gigaflops.toFixed(0)} (${toLimit.toFixed(2)})`),
    ]),
    summary: `of ${large.length} with at least ${LARGE / 1e6} million multiply-adds ${large.length - slow.length} at 0.8 of the limit or more`,
  };
};
