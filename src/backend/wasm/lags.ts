/**
 * A plan to form AᵀA of a convolution with stride 1 by correlations of its images x [N, H, W, C]:
 * which terms are summed, and where they go.
 *
 * Entry ((i, j, c), (i', j', c')) of AᵀA is Σ x[q + (i − i', j − j'), c]·x[q, c'] over the places q
 * that tap (i', j') visits. This is the correlation of the whole images at that lag, minus that of
 * the border rows and columns that the tap does not visit, plus that of their corners, which were
 * subtracted twice. AᵀA is symmetric, so the entries on and below its diagonal suffice, and these
 * need only lags of rows that are not negative.
 */

/**
 * One axis of the images: the numbers of places, taps and outputs, and of zeros before the first
 * place.
 */
export interface ImageAxis {
  readonly extent: number;
  readonly taps: number;
  readonly outputs: number;
  readonly before: number;
}

/**
 * A row, a column, or the corner of both, and the lag at which it is correlated with the images;
 * without a lag, the sums of its places.
 */
export interface Strip {
  readonly row: number | undefined;
  readonly column: number | undefined;
  readonly lag: readonly [rows: number, columns: number] | undefined;
}

/**
 * A term that is added to, or subtracted from, the block of AᵀA of two taps; without the first tap,
 * the block of the column of ones and a tap.
 */
export interface LagTerm {
  readonly taps: readonly [row: number | undefined, column: number];
  /**
   * The number of a strip. Without it, the term is the correlation of the whole images at that lag.
   */
  readonly strip: number | undefined;
  readonly lag: readonly [rows: number, columns: number] | undefined;
  readonly sign: 1 | -1;
}

interface LagPlan {
  readonly strips: readonly Strip[];
  readonly terms: readonly LagTerm[];
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** The places of an axis that a tap does not visit. */
const missed = ({ extent, outputs, before }: ImageAxis, tap: number): readonly number[] =>
  upTo(extent).filter((at) => at < tap - before || at >= tap - before + outputs);

/** Whether a place and its lag lie in the images; outside of them x is zero. */
const lies = ({ extent }: ImageAxis, at: number | undefined, lag: number): boolean =>
  at === undefined ? Math.abs(lag) < extent : at + lag >= 0 && at + lag < extent;

export const lagPlanOf = (rows: ImageAxis, columns: ImageAxis): LagPlan => {
  const strips: Strip[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (strip: Strip): number => {
    const name = JSON.stringify([strip.row ?? 'all', strip.column ?? 'all', strip.lag ?? 'sums']);
    const before = numbers.get(name);
    if (before !== undefined) return before;
    numbers.set(name, strips.length);
    return strips.push(strip) - 1;
  };
  const terms: LagTerm[] = [];
  /** Adds the terms of a block, whose second tap is (i, j). */
  const put = (taps: LagTerm['taps'], [i, j]: readonly [number, number], lag: LagTerm['lag']): void => {
    const [d, e] = lag ?? [0, 0];
    const [rowsMissed, columnsMissed] = [missed(rows, i), missed(columns, j)];
    const without: readonly (readonly [number | undefined, number | undefined, 1 | -1])[] = [
      ...rowsMissed.map((row) => [row, undefined, -1] as const),
      ...columnsMissed.map((column) => [undefined, column, -1] as const),
      ...rowsMissed.flatMap((row) => columnsMissed.map((column) => [row, column, 1] as const)),
    ];
    terms.push({ taps, strip: undefined, lag, sign: 1 });
    for (const [row, column, sign] of without)
      if (lies(rows, row, d) && lies(columns, column, e))
        terms.push({ taps, strip: numberOf({ row, column, lag }), lag, sign });
  };
  const all = upTo(rows.taps).flatMap((i) => upTo(columns.taps).map((j) => [i, j] as const));
  all.forEach(([i, j], first) => {
    all.slice(0, first + 1).forEach(([k, l], second) => {
      put([first, second], [k, l], [i - k, j - l]);
    });
  });
  all.forEach((tap, place) => {
    put([undefined, place], tap, undefined);
  });
  return { strips, terms };
};
