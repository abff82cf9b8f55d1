/** Plots of curves: one number over another, for several series. */
import type { TopLevelSpec } from 'vega-lite';
import { colourOf, draw, FONT } from './plot';

export interface Axis {
  readonly title: string;
  readonly log: boolean;
}

export interface CurvesPlot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Points that are not finite, and on a logarithmic axis those that are not positive, are left out. */
  readonly points: readonly { readonly name: string; readonly x: number; readonly y: number }[];
}

const fits = (axis: Axis, value: number): boolean => Number.isFinite(value) && (!axis.log || value > 0);

const channel = (field: 'x' | 'y', { title, log }: Axis) => ({
  field,
  type: 'quantitative' as const,
  title,
  scale: log ? { type: 'log' as const, nice: false } : { zero: false },
});

export const curvesSpec = ({ title, x, y, points }: CurvesPlot): TopLevelSpec => {
  const names = [...new Set(points.map(({ name }) => name))];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, anchor: 'start' },
    config: { font: FONT, title: { fontWeight: 'normal' }, axis: { titleFontWeight: 'normal' } },
    width: 520,
    height: 320,
    data: { values: points.filter((p) => fits(x, p.x) && fits(y, p.y)) },
    mark: { type: 'line', point: { size: 30 } },
    encoding: {
      x: channel('x', x),
      y: channel('y', y),
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: names,
        scale: { domain: names, range: names.map((_, i) => colourOf(i)) },
        legend: { orient: 'bottom', columns: 2, labelLimit: 400 },
      },
    },
  };
};

/**
 * Draw curves, as `measuresPlot` does.
 *
 * @example curvesPlot({ title: 'time', x: { title: 'n', log: true }, y: { title: 's', log: false }, points })
 */
export const curvesPlot = (plot: CurvesPlot) => draw(plot.title, curvesSpec(plot));
