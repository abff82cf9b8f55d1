/**
 * Cuts a product of matrices into items of work for a team. One thread sums each element of a
 * product in one order, whatever the cut is, so the cut may depend on the number of threads.
 */

/** The size of the parts of C [m, n]. The last part of a row or column may be smaller. */
export interface ProductParts {
  readonly rows: number;
  readonly columns: number;
  /** The number of parts. */
  readonly items: number;
}

/** Height and width of a tile of the kernel. Parts consist of whole tiles. */
const HEIGHT = 5;
const WIDTH = 8;
/**
 * The most columns of a part: a thread's scratch has panels of B for so many (`PART` of
 * `kernels/assembly/gemm.ts`).
 */
const MOST = 1024;
/**
 * The shortest side that is cut again. Below it, copies into panels cost more than a tenth of the
 * multiply-adds.
 */
const LEAST = 32;
/** Items for each thread: enough to compensate for a thread that begins late. */
const ITEMS = 4;
/** The least multiply-adds of an item, about 10 µs: several times the cost of taking an item. */
const WORTH = 1 << 18;

const ceilTo = (length: number, unit: number): number => Math.ceil(length / unit) * unit;

/** The size of `count` equal parts of a length, in whole tiles. */
const equal = (length: number, count: number, unit: number): number =>
  Math.max(unit, ceilTo(length / count, unit));

/** The parts of a product [m, k]·[k, n], of which there are `batch`. */
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
    // Short parts only so that no thread is idle.
    const least = down * across < threads ? LEAST : 2 * LEAST;
    // The longer side: square parts have the fewest numbers to copy.
    if (height >= width && height >= 2 * least) down *= 2;
    else if (width >= 2 * least) across *= 2;
    else if (height >= 2 * least) down *= 2;
    else break;
  }
  const rows = equal(m, down, HEIGHT);
  const columns = Math.min(MOST, equal(n, across, WIDTH));
  return { rows, columns, items: Math.ceil(m / rows) * Math.ceil(n / columns) };
};

/** The most rows, or columns, of a product that `kernels/assembly/few.ts` takes. */
const FEW = 8;
/** The most lines of the other matrix in a part, and the fewest that pay. */
const LINES_OF_FEW = 512;
const LEAST_LINES_OF_FEW = 16;

/** A product of a few vectors, and the lines of the other matrix in a part. */
export interface FewParts {
  /** Whether the vectors are rows of the first matrix. If not, they are columns of the second one. */
  readonly rows: boolean;
  readonly chunk: number;
}

/**
 * The parts of a product of m rows and n columns if either are few. `down` says of both ways whether
 * the lines of the other matrix lie side by side: such parts read short pieces of its rows, the
 * longer the better.
 */
export const fewPartsOf = (
  m: number,
  n: number,
  down: { readonly ofRows: boolean; readonly ofColumns: boolean },
  threads: number,
): FewParts | undefined => {
  const [rows, lines] = [m <= n, Math.max(m, n)];
  if (Math.min(m, n) > FEW) return undefined;
  const items = (rows ? down.ofRows : down.ofColumns) ? 1 : ITEMS;
  const chunk = ceilTo(lines / (items * threads), LEAST_LINES_OF_FEW);
  return { rows, chunk: Math.min(LINES_OF_FEW, chunk) };
};

/** The most columns of X for which XᵀX is summed over blocks of its rows, and the rows of a block: few if there are few of all. */
const NARROW = 160;
const [ROWS_OF_SOME, ROWS_OF_MANY, MANY] = [256, 512, 1024];

/**
 * The rows of a block of X [rows, n] where XᵀX is the sum of its products over blocks, each by one thread; `undefined` where it is cut by
 * its columns. It depends on the shape alone, as sums in other blocks round otherwise.
 */
export const blockOfRows = (rows: number, n: number): number | undefined => {
  const block = rows <= MANY ? ROWS_OF_SOME : ROWS_OF_MANY;
  return n <= NARROW && rows > block ? block : undefined;
};

/** Lines of a part of a Gram matrix [n, n]: whole tiles in both directions. */
const LINES = HEIGHT * WIDTH;
/** Parts of all lines. With p of them, (p + 1)/2p of the square is computed. */
const PARTS = 5;
/** As many rows as the kernel takes at once. Longer parts gain nothing while there are few of them. */
const LINES_AT_ONCE = 120;
/** Of many lines, an eighth: each part is copied into panels once for every pair that it is in. */
const PARTS_OF_MANY = 8;
/** The most lines of a part: then copies cost little, and the part of the result stays in the cache until it is mirrored. */
const MOST_LINES = 360;

/**
 * The number of lines in a part of a Gram matrix of n lines, and the number of pairs of parts on
 * and below the diagonal.
 */
export const gramPartsOf = (n: number): { readonly lines: number; readonly items: number } => {
  const lines = Math.max(
    Math.min(LINES_AT_ONCE, equal(n, PARTS, LINES)),
    Math.min(MOST_LINES, equal(n, PARTS_OF_MANY, LINES)),
  );
  const parts = Math.ceil(n / lines);
  return { lines, items: (parts * (parts + 1)) / 2 };
};
