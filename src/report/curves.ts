/** Plots of curves: one number over another, for several series. */
import { draw } from './draw';
import { type PlotSpec } from './spec';
import { colourChannel, coloursOf, DIVERGED, divergedChannel, isDrawable, frame } from './style';
import { axisTitled, inExpression } from './titled';

/** An axis of a plot: its title, and whether it is logarithmic. */
export interface Axis {
  /** The title. */
  readonly title: string;
  /** Whether the axis is logarithmic. */
  readonly log: boolean;
}

/** A vertical rule, such as a limit. It is left out if the axis cannot show it. */
export interface RuleLine {
  /** The place on the x axis. */
  readonly x: number;
  /** The text above the plot. */
  readonly label: string;
}

/** Curves y over x, one for each name, with rules where they are given. */
export interface CurvesPlot {
  /** The title of the plot. */
  readonly title: string;
  /** The x axis. */
  readonly x: Axis;
  /** The y axis. */
  readonly y: Axis;
  /**
   * The points of each series. A line breaks where y is not finite, and on a logarithmic axis where
   * y is not positive. Points whose x is so are left out.
   */
  readonly points: readonly { readonly name: string; readonly x: number; readonly y: number }[];
  /** The vertical rules. Default: none. */
  readonly rules?: readonly RuleLine[];
  /**
   * Whether a cross at the top marks each point whose y is not finite, with "diverged" in the
   * legend. Default false.
   */
  readonly markDiverged?: boolean;
}

const HEIGHT = 320;
/** Crosses of several series at the same x stand below each other. */
const CROSS_STEP = 11;
/** So many fit below each other; then they begin at the top again. */
const CROSSES = 28;

const channel = (field: 'x' | 'y', { title, log }: Axis, empty: boolean) => ({
  field,
  type: 'quantitative' as const,
  ...axisTitled(title),
  scale: {
    ...(log ? { type: 'log' as const, nice: false } : { zero: false }),
    // Without any point there is no range of values to find, and a logarithmic axis would span infinities.
    ...(empty ? { domain: [0.1, 1] } : {}),
  },
});

/**
 * Makes a Vega-Lite specification of curves: y over x, one line for each series, with vertical
 * rules. `draw` makes a picture of it, `htmlReport` a plot that answers to the mouse.
 *
 * @param plot its `title`, the axes `x` and `y`, the `points`, and optionally `rules` and
 *   `markDiverged`
 *
 * @example
 * const axes = { x: { title: 'step size τ', log: true }, y: { title: 'loss', log: true } };
 * const spec = curvesSpec({ title: 'Limits', ...axes, points, rules: [{ x: 1.5, label: '2/λ' }] });
 */
export const curvesSpec = ({
  title,
  x,
  y,
  points,
  rules = [],
  markDiverged = false,
}: CurvesPlot): PlotSpec => {
  const names = [...new Set(points.map(({ name }) => name))];
  const colours = coloursOf(names);
  const shown = points.filter((p) => isDrawable(x.log, p.x));
  const isDiverged = (p: { readonly y: number }): boolean => markDiverged && !Number.isFinite(p.y);
  const diverging = names.filter((name) => shown.some((p) => p.name === name && isDiverged(p)));
  const lines = rules.filter((rule) => isDrawable(x.log, rule.x));
  const across = channel('x', x, shown.length + lines.length === 0);
  const noPoint = shown.every((p) => !isDrawable(y.log, p.y));
  return {
    ...frame(title, 'start'),
    width: 520,
    height: HEIGHT,
    layer: [
      {
        // JSON knows no NaN and no infinity: null breaks a line.
        data: { values: shown.map((p) => ({ ...p, y: isDrawable(y.log, p.y) ? p.y : null })) },
        mark: {
          type: 'line',
          strokeWidth: 2,
          point: { size: 30 },
          invalid: 'break-paths-filter-domains',
        },
        encoding: { x: across, y: channel('y', y, noPoint), color: colourChannel(names) },
      },
      ...diverging.map((name, i) => ({
        data: {
          values: shown
            .filter((p) => p.name === name && isDiverged(p))
            .map((p) => ({ name, x: p.x, state: DIVERGED })),
        },
        mark: {
          type: 'point' as const,
          size: 40,
          strokeWidth: 2,
          opacity: 1,
          stroke: colours[names.indexOf(name)],
        },
        encoding: {
          x: across,
          y: { value: 8 + CROSS_STEP * (i % CROSSES) },
          shape: divergedChannel('bottom'),
          tooltip: [
            { field: 'name', title: 'series' },
            { field: 'x', title: inExpression(x.title), type: 'quantitative' as const },
            { field: 'state', title: 'state' },
          ],
        },
      })),
      ...(lines.length === 0
        ? []
        : [
            {
              data: { values: lines.map((rule) => ({ ...rule })) },
              encoding: { x: across },
              layer: [
                { mark: { type: 'rule' as const, strokeDash: [5, 4], color: '#555555' } },
                {
                  mark: {
                    type: 'text' as const,
                    baseline: 'bottom' as const,
                    color: '#333333',
                    fontSize: 11,
                  },
                  encoding: { text: { field: 'label' }, y: { value: -4 } },
                },
              ],
            },
          ]),
    ],
  };
};

/**
 * Draws curves as SVG and PNG: `draw` of `curvesSpec`, with its errors.
 *
 * @param plot as of `curvesSpec`
 *
 * @example curvesPlot({ title: 'time', x: { title: 'n', log: true }, y: { title: 's', log: false }, points })
 */
export const curvesPlot = (plot: CurvesPlot) => draw(plot.title, curvesSpec(plot));
