/** Plots of losses and other measures, one line for each series. */
import { draw } from './draw';
import { panelsSpec } from './panels';
import { type PlotSpec } from './spec';
import { isDrawable } from './style';

/** The loss of a training at the end of an epoch. */
export interface LossPoint {
  readonly epoch: number;
  readonly seconds: number;
  /** Points with a number that is not finite, and on a logarithmic scale those that are not positive, are left out. */
  readonly loss: number;
}

/** Losses of several trainings, over epochs and over seconds. */
export interface LossPlot {
  readonly title: string;
  /** What the loss is, for the axis: a few words, as a long title makes the panels taller. */
  readonly lossTitle: string;
  readonly series: readonly { readonly name: string; readonly points: readonly LossPoint[] }[];
  readonly logScale: boolean;
}

/** One measure of several series. */
export interface Measure {
  /** For the axis: a few words. */
  readonly title: string;
  readonly logScale: boolean;
  /** Points that are not finite, and on a logarithmic scale those that are not positive, are left out. */
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
  readonly title: string;
  /** The series, in the order of their colours. */
  readonly names: readonly string[];
  readonly measures: readonly Measure[];
}

/** A row of two panels for each measure. */
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

/** The plot of one measure, the loss. */
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
 * Draw a plot of measures. The libraries are loaded on the first call only. Left, tag `file`, when they cannot be
 * loaded or refuse the plot.
 */
export const measuresPlot = (plot: MeasuresPlot) => draw(plot.title, measuresSpec(plot));

/** Draw a plot of losses, as `measuresPlot` does. */
export const lossPlot = (plot: LossPlot) => draw(plot.title, lossSpec(plot));
