/** Plots of losses and other measures, one line for each series. */
import { draw } from './draw';
import { panelsSpec } from './panels';
import { type PlotSpec } from './spec';
import { isDrawable } from './style';

/** The loss of a training at the end of an epoch. */
export interface LossPoint {
  /** The epoch, on the x axis of the left panel. */
  readonly epoch: number;
  /** Seconds of training, on the x axis of the right panel. */
  readonly seconds: number;
  /**
   * The loss. Points with a number that is not finite, and on a logarithmic scale those that are
   * not positive, are left out.
   */
  readonly loss: number;
}

/** Losses of several trainings, over epochs and over seconds. */
export interface LossPlot {
  /** The title of the plot. */
  readonly title: string;
  /** The title of the axis, in a few words: a long one makes the panels taller. */
  readonly lossTitle: string;
  /** The points of each training, under its name. */
  readonly series: readonly { readonly name: string; readonly points: readonly LossPoint[] }[];
  /** Whether the y axis is logarithmic. */
  readonly logScale: boolean;
}

/** One measure of several series. */
export interface Measure {
  /** For the axis: a few words. */
  readonly title: string;
  /** Whether the y axis is logarithmic. */
  readonly logScale: boolean;
  /**
   * Points that are not finite, and on a logarithmic scale those that are not positive, are left
   * out.
   */
  readonly points: readonly {
    /** The series. */
    readonly name: string;
    readonly epoch: number;
    readonly seconds: number;
    readonly value: number;
  }[];
}

/** Several measures of several trainings, over epochs and over seconds. */
export interface MeasuresPlot {
  /** The title of the plot. */
  readonly title: string;
  /** The series, in the order of their colours. */
  readonly names: readonly string[];
  /** The measures, one row of panels for each. */
  readonly measures: readonly Measure[];
}

/**
 * Makes a Vega-Lite specification of measures of trainings: for each measure a row of two panels,
 * over epochs and over seconds. `draw` makes a picture of it.
 *
 * @param plot its `title`, the `names` of the series in the order of their colours, and the
 *   `measures`
 *
 * @example
 * const accuracy = { title: 'test accuracy', logScale: false, points: [
 *   { name: 'backprop', epoch: 1, seconds: 2.5, value: 0.81 },
 * ] };
 * const spec = measuresSpec({ title: 'Two methods', names: ['backprop'], measures: [accuracy] });
 */
export const measuresSpec = ({ title, names, measures }: MeasuresPlot): PlotSpec =>
  panelsSpec(
    title,
    names,
    measures.map((measure) => ({
      title: measure.title,
      logScale: measure.logScale,
      values: measure.points.filter(({ value }) => isDrawable(measure.logScale, value)),
    })),
    [{ mark: { type: 'line', strokeWidth: 2, point: { size: 22 } }, y: 'value' }],
  );

/**
 * Makes a Vega-Lite specification of the losses of trainings, over epochs and over seconds. `draw`
 * makes a picture of it.
 *
 * @param plot its `title`, the `lossTitle` of the axis, a series of points for each training, and
 *   whether the axis is logarithmic (`logScale`)
 *
 * @example
 * const points = [{ epoch: 0, seconds: 0, loss: 2.3 }, { epoch: 1, seconds: 2.5, loss: 0.9 }];
 * const series = [{ name: 'backprop', points }];
 * const spec = lossSpec({ title: 'First run', lossTitle: 'loss', series, logScale: true });
 */
export const lossSpec = ({ title, lossTitle, series, logScale }: LossPlot): PlotSpec =>
  measuresSpec({
    title,
    names: series.map(({ name }) => name),
    measures: [
      {
        title: lossTitle,
        logScale,
        points: series.flatMap(({ name, points }) =>
          points.map(({ epoch, seconds, loss }) => ({ name, epoch, seconds, value: loss })),
        ),
      },
    ],
  });

/**
 * Draws measures as SVG and PNG: `draw` of `measuresSpec`, with its errors. The first call loads
 * the packages.
 *
 * @param plot as of `measuresSpec`
 *
 * @example measuresPlot({ title: 'Two methods', names: ['backprop', 'proxprop'], measures: [] })
 */
export const measuresPlot = (plot: MeasuresPlot) => draw(plot.title, measuresSpec(plot));

/**
 * Draws losses as SVG and PNG: `draw` of `lossSpec`, with its errors. The first call loads the
 * packages.
 *
 * @param plot as of `lossSpec`
 *
 * @example
 * const { png } = orThrow(await lossPlot(plot)());
 * await writeFiles('runs/a', { 'loss.png': png })();
 */
export const lossPlot = (plot: LossPlot) => draw(plot.title, lossSpec(plot));
