/**
 * How a product of matrices is cut into items of work for a team. Each element of a product is summed by one thread in one order,
 * whatever the cut, so that it may depend on the number of threads.
 */

/** The size of parts of C [m, n]: the last of a row or column of parts may be smaller. */
export interface ProductParts {
  readonly rows: number;
  readonly columns: number;
  /** How many there are. */
  readonly items: number;
}

/** Height and width of a tile of the kernel: parts are whole tiles. */
const HEIGHT = 5;
const WIDTH = 8;
/** The most columns of a part: panels of B for so many lie in a thread's scratch (`PART` of `kernels/assembly/gemm.ts`). */
const MOST = 1024;
/** The least of a side that is cut again: below, copies into panels cost more than a tenth of the multiply-adds. */
const LEAST = 32;
/** Items for each thread: so many that one which begins late is made up for. */
const ITEMS = 4;
/** Multiply-adds of an item that cost several times what taking it does: about 10 µs. */
const WORTH = 1 << 18;

const ceilTo = (length: number, unit: number): number => Math.ceil(length / unit) * unit;

/** The size of `count` equal parts of a length, in whole tiles. */
const equal = (length: number, count: number, unit: number): number =>
  Math.max(unit, ceilTo(length / count, unit));

/** Parts of a product [m, k]·[k, n], of which `batch` are to be made. */
export const productParts = (
  m: number,
  n: number,
  k: number,
  batch: number,
  threads: number,
): ProductParts => {
  const wanted = threads === 1 ? 1 : Math.min((ITEMS * threads) / batch, Math.floor((m * n * k) / WORTH));
  let down = Math.ceil(m / MOST);
  let across = Math.ceil(n / MOST);
  while (down * across < wanted) {
    const [height, width] = [m / down, n / across];
    // The longer side: square parts have the fewest numbers to copy.
    if (height >= width && height >= 2 * LEAST) down *= 2;
    else if (width >= 2 * LEAST) across *= 2;
    else if (height >= 2 * LEAST) down *= 2;
    else break;
  }
  const rows = equal(m, down, HEIGHT);
  const columns = Math.min(MOST, equal(n, across, WIDTH));
  return { rows, columns, items: Math.ceil(m / rows) * Math.ceil(n / columns) };
};

/** Lines of a part of a Gram matrix [n, n]: whole tiles both ways. */
const LINES = HEIGHT * WIDTH;
/** Parts of all lines: with p of them (p + 1)/2p of the square is formed. */
const PARTS = 5;
/** Where parts are as long as the kernel takes rows at once, there is nothing to win by longer ones. */
const MOST_LINES = 120;

/** How many lines a part of the Gram matrix of n lines has, and how many pairs of parts there are on and below the diagonal. */
export const gramPartsOf = (n: number): { readonly lines: number; readonly items: number } => {
  const lines = Math.min(MOST_LINES, equal(n, PARTS, LINES));
  const parts = Math.ceil(n / lines);
  return { lines, items: (parts * (parts + 1)) / 2 };
};
