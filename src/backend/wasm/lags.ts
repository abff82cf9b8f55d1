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
import * as NEA from 'fp-ts/NonEmptyArray';

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

export interface LagPlan {
  readonly strips: readonly Strip[];
  readonly terms: readonly LagTerm[];
}

/**
 * Strips of one row or column of the images, whose lags differ along it only: they are correlated
 * together, at all lags from the first to the last.
 */
export interface Line {
  readonly strips: readonly number[];
  readonly isColumn: boolean;
  readonly at: number;
  /** The lag across the line: of rows for a row. */
  readonly across: number;
  readonly first: number;
  readonly lags: number;
}

/** A strip as a part of a line: the number of the strip and its lag along the line. */
interface Along extends Pick<Line, 'isColumn' | 'at' | 'across'> {
  readonly strip: number;
  readonly lag: number;
}

const alongOf = ({ row, column, lag }: Strip, strip: number): readonly Along[] =>
  lag === undefined || (row === undefined) === (column === undefined)
    ? []
    : row === undefined
      ? [{ strip, isColumn: true, at: column ?? 0, across: lag[1], lag: lag[0] }]
      : [{ strip, isColumn: false, at: row, across: lag[0], lag: lag[1] }];

/** The lines of some strips. The others, sums and corners, are in none. */
export const linesOf = (strips: readonly Strip[]): readonly Line[] =>
  Object.values(
    NEA.groupBy(({ isColumn, at, across }: Along) => `${String(isColumn)} ${at} ${across}`)(
      strips.flatMap(alongOf),
    ),
  ).map((along) => {
    const first = Math.min(...along.map(({ lag }) => lag));
    const { isColumn, at, across } = NEA.head(along);
    return {
      ...{ isColumn, at, across, first },
      lags: Math.max(...along.map(({ lag }) => lag)) - first + 1,
      strips: along.map(({ strip }) => strip),
    };
  });

/** Which of its lags a strip of a line is. */
export const lagIn = ({ isColumn, first }: Line, { lag }: Strip): number =>
  (lag?.[isColumn ? 0 : 1] ?? first) - first;

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** The places of an axis that a tap does not visit. */
const missed = ({ extent, outputs, before }: ImageAxis, tap: number): readonly number[] =>
  upTo(extent).filter((at) => at < tap - before || at >= tap - before + outputs);

/** Whether a place and its lag lie in the images; outside of them x is zero. */
const lies = ({ extent }: ImageAxis, at: number | undefined, lag: number): boolean =>
  at === undefined ? Math.abs(lag) < extent : at + lag >= 0 && at + lag < extent;

export const lagPlanOf = (rows: ImageAxis, columns: ImageAxis): LagPlan => {
  const strips: Strip[] = [];
  const numbers = new Map<number, number>();
  /** A number for each strip: what does not occur, and all places, are −1. */
  const nameOf = ({ row = -1, column = -1, lag }: Strip): number => {
    const [d, e] = lag ?? [-rows.extent, -columns.extent];
    const place = (row + 1) * (columns.extent + 1) + column + 1;
    return (place * 2 * rows.extent + d + rows.extent) * 2 * columns.extent + e + columns.extent;
  };
  const numberOf = (strip: Strip): number => {
    const name = nameOf(strip);
    const before = numbers.get(name);
    if (before !== undefined) return before;
    numbers.set(name, strips.length);
    return strips.push(strip) - 1;
  };
  const terms: LagTerm[] = [];
  const missedBy = (axis: ImageAxis): readonly (readonly number[])[] =>
    upTo(axis.taps).map((tap) => missed(axis, tap));
  const [rowsMissedBy, columnsMissedBy] = [missedBy(rows), missedBy(columns)];
  /** Adds the terms of a block, whose second tap is (i, j). */
  const put = (taps: LagTerm['taps'], [i, j]: readonly [number, number], lag: LagTerm['lag']): void => {
    const [d, e] = lag ?? [0, 0];
    const [rowsMissed, columnsMissed] = [rowsMissedBy[i] ?? [], columnsMissedBy[j] ?? []];
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

/** So many plans are kept: those of the convolutions of a network. */
const KEPT = 16;

/** `lagPlanOf` that remembers its latest results: the same convolutions come again in every step. */
export const rememberedPlans = (): typeof lagPlanOf => {
  const plans = new Map<string, LagPlan>();
  return (rows, columns) => {
    const key = [rows, columns]
      .flatMap(({ extent, taps, outputs, before }) => [extent, taps, outputs, before])
      .join();
    const plan = plans.get(key) ?? lagPlanOf(rows, columns);
    plans.delete(key);
    plans.set(key, plan);
    for (const oldest of plans.keys()) if (plans.size > KEPT) plans.delete(oldest);
    return plan;
  };
};
