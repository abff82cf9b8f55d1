/**
 * Plots of several runs of each series, such as one for each seed: their mean, and the range of
 * their values.
 */
import { draw } from './draw';
import { extent } from './extent';
import { panelsSpec } from './panels';
import { type PanelPoint, type PlotSpec } from './spec';
import { isDrawable } from './style';

/** One measure of several series, each of several runs. */
export interface SpreadMeasure {
  /** For the axis: a few words. */
  readonly title: string;
  /** Whether the y axis is logarithmic. */
  readonly logScale: boolean;
  /** The values, one for each series, run and epoch. */
  readonly points: readonly {
    /** The series. */
    readonly name: string;
    /** The run of the series, such as its seed. */
    readonly run: string | number;
    readonly epoch: number;
    readonly seconds: number;
    readonly value: number;
  }[];
}

/** Measures over several seeds: their means, in bands from the least to the greatest value. */
export interface SpreadPlot {
  /** The title of the plot. */
  readonly title: string;
  /** The series, in the order of their colours. */
  readonly names: readonly string[];
  /** The measures, one row of panels for each. */
  readonly measures: readonly SpreadMeasure[];
}

/** The runs of a series at one epoch. */
export interface Spread extends PanelPoint {
  /** The mean of the seconds that the runs took up to this epoch. */
  readonly seconds: number;
  /** The arithmetic mean over the runs. */
  readonly mean: number;
  /** The least value over the runs. */
  readonly low: number;
  /** The greatest value over the runs. */
  readonly high: number;
  /** The number of runs. */
  readonly runs: number;
}

/** The items by what they have in common, in the order of their first. */
const groups = <A, K>(items: readonly A[], key: (item: A) => K): ReadonlyMap<K, readonly A[]> => {
  const found = new Map<K, A[]>();
  for (const item of items) {
    const group = found.get(key(item));
    if (group === undefined) found.set(key(item), [item]);
    else group.push(item);
  }
  return found;
};

/** Whether a value has a place in a mean; whether an axis can show it is another question. */
const isMeasured = (log: boolean, value: number): boolean => Number.isFinite(value) && (!log || value > 0);

/** Values such as 1e308 are divided first, as their sum is no number. */
const meanOf = (values: readonly number[]): number => {
  const whole = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Number.isFinite(whole) ? whole : values.reduce((sum, v) => sum + v / values.length, 0);
};

/**
 * Summarises several runs of each series, such as one for each seed. For each series and epoch it
 * gives the arithmetic mean, the least and the greatest value over the runs, and the mean of their
 * seconds.
 *
 * An epoch that some run did not reach, or where the value of one is not finite (on a logarithmic
 * scale: not positive), is left out. A mean over the remaining runs would jump where one of them
 * ends or diverges.
 *
 * @param measure its `points`, each with the name of its series and its run, and its `logScale`
 *
 * @example
 * spreads({ title: 'loss', logScale: true, points: [
 *   { name: 'a', run: 1, epoch: 0, seconds: 1, value: 2 },
 *   { name: 'a', run: 2, epoch: 0, seconds: 3, value: 4 },
 * ] }) // [{ name: 'a', epoch: 0, seconds: 2, mean: 3, low: 2, high: 4, runs: 2 }]
 */
export const spreads = ({ logScale, points }: SpreadMeasure): readonly Spread[] =>
  [...groups(points, ({ name }) => name)].flatMap(([name, ofSeries]) => {
    const runs = new Set(ofSeries.map(({ run }) => run)).size;
    return [...groups(ofSeries, ({ epoch }) => epoch)]
      .filter(([, at]) => at.length === runs && at.every(({ value }) => isMeasured(logScale, value)))
      .sort(([a], [b]) => a - b)
      .map(([epoch, at]) => {
        const values = at.map(({ value }) => value);
        return {
          name,
          epoch,
          seconds: meanOf(at.map(({ seconds }) => seconds)),
          mean: meanOf(values),
          ...extent(values),
          runs,
        };
      });
  });

/**
 * Makes a Vega-Lite specification of measures over several runs: lines of their means, in bands
 * from the least to the greatest value. For each measure there is a row of two panels, over epochs
 * and over seconds.
 *
 * @param plot its `title`, the `names` of the series in the order of their colours, and the
 *   `measures`
 *
 * @example
 * const loss = { title: 'training loss', logScale: true, points: [
 *   { name: 'a', run: 1, epoch: 0, seconds: 1, value: 2 },
 *   { name: 'a', run: 2, epoch: 0, seconds: 3, value: 4 },
 * ] };
 * const spec = spreadSpec({ title: 'Two seeds', names: ['a'], measures: [loss] });
 */
export const spreadSpec = ({ title, names, measures }: SpreadPlot): PlotSpec =>
  panelsSpec(
    title,
    names,
    measures.map((measure) => ({
      title: measure.title,
      logScale: measure.logScale,
      values: spreads(measure).filter(
        (s) => isDrawable(measure.logScale, s.low) && isDrawable(measure.logScale, s.high),
      ),
    })),
    [
      { mark: { type: 'area', opacity: 0.2 }, y: 'low', y2: 'high' },
      { mark: { type: 'line', strokeWidth: 2 }, y: 'mean' },
      {
        mark: { type: 'point', size: 22, filled: true, opacity: 1 },
        y: 'mean',
        tooltip: [
          { field: 'name', title: 'series' },
          { field: 'epoch', title: 'epoch' },
          { field: 'seconds', title: 'seconds', format: '.3~g' },
          { field: 'mean', title: 'mean', format: '.4~g' },
          { field: 'low', title: 'least', format: '.4~g' },
          { field: 'high', title: 'greatest', format: '.4~g' },
          { field: 'runs', title: 'runs' },
        ],
      },
    ],
  );

/**
 * Draws means and ranges as SVG and PNG: `draw` of `spreadSpec`, with its errors.
 *
 * @param plot as of `spreadSpec`
 *
 * @example spreadPlot({ title: 'Two seeds', names: ['a'], measures: [] })
 */
export const spreadPlot = (plot: SpreadPlot) => draw(plot.title, spreadSpec(plot));
