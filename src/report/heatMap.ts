/** Heat maps: a value over two settings, in a panel for each method. */
import { type Axis } from './curves';
import { draw } from './draw';
import { extent } from './extent';
import { type PlotSpec } from './spec';
import { DIVERGED, divergedChannel, isDrawable, frame } from './style';
import { drawnTitle, inExpression, lineTitle } from './titled';

/**
 * A setting of a heat map. Numbers stand in their order; words, and numbers that are not finite,
 * stand as they first appear.
 */
export type Setting = string | number;

/** Maps of a value over two settings, one panel for each name. */
export interface HeatMap {
  /** The title of the plot. */
  readonly title: string;
  /** Titles of the two axes. */
  readonly x: string;
  readonly y: string;
  /**
   * The value of the cells: its title, whether its colours are logarithmic, and its format, a d3
   * format with a default of three digits.
   */
  readonly value: Axis & { readonly format?: string };
  /** The panels, in their order. */
  readonly names: readonly string[];
  /** The panels of a row. Default 3. */
  readonly columns?: number;
  /** The cells of all panels. */
  readonly cells: readonly {
    /** The panel. */
    readonly name: string;
    readonly x: Setting;
    readonly y: Setting;
    /**
     * The value. `null`, or a number that is not finite, means diverged. On a logarithmic scale,
     * numbers that are not positive have no colour.
     */
    readonly value: number | null;
  }[];
}

const CELL_WIDTH = 58;
const CELL_HEIGHT = 34;
/**
 * The fraction of the way from the least to the greatest value up to which colours are dark and
 * their text is white.
 */
const DARK = 0.55;

/** JSON has no NaN and no infinity: they are words. */
const settingOf = (setting: Setting): Setting =>
  typeof setting === 'number' && !Number.isFinite(setting) ? `${setting}` : setting;

/** All settings along an axis: numbers from small to large, then words. */
const along = (settings: readonly Setting[]): Setting[] => {
  const all = [...new Set(settings)];
  return [
    ...all.filter((s) => typeof s === 'number').sort((a, b) => a - b),
    ...all.filter((s) => typeof s === 'string'),
  ];
};

/** The most pixels of an axis. Cells of longer axes are narrower, and have no text. */
const LONGEST = 2400;
const stepOf = (step: number, settings: readonly Setting[]): number =>
  Math.min(step, LONGEST / Math.max(1, new Set(settings).size));

const isMeasured = (value: number | null): value is number => value !== null && Number.isFinite(value);

/** The steps of a legend below this number underflow: a logarithmic scale begins here. */
const LEAST = 1e-300;

/** From the least to the greatest value; one value alone is put in the middle of a range. */
const domainOf = (values: readonly number[], log: boolean): [number, number] => {
  const { low, high } = extent(values);
  if (values.length === 0) return [0.1, 1];
  if (low < high) return [low, high];
  const half = low === 0 ? 1 : Math.abs(low) / 2;
  return log
    ? [Math.max(low / 2, Number.MIN_VALUE), Math.min(low * 2, Number.MAX_VALUE)]
    : [low - half, low + half];
};

/**
 * Makes a Vega-Lite specification of heat maps: a value over two settings, in a panel for each
 * name. A cell whose value is `null` or not finite has the sign of a training that diverged.
 *
 * @param map its `title`, the titles of `x` and `y`, the `value` that is coloured, the `names` of
 *   the panels, their `columns`, and the `cells`
 *
 * @example
 * const spec = heatMapSpec({
 *   ...{ title: 'after 10 epochs', x: 'τ', y: 'τ_θ', value: { title: 'loss', log: true } },
 *   names: ['exact'],
 *   cells: [{ name: 'exact', x: 0.1, y: 0.05, value: 0.3 }],
 * });
 */
export const heatMapSpec = ({ title, x, y, value, names, columns = 3, ...rest }: HeatMap): PlotSpec => {
  const cells = rest.cells.map((cell) => ({
    ...cell,
    name: drawnTitle(cell.name),
    x: settingOf(cell.x),
    y: settingOf(cell.y),
  }));
  const { log } = value;
  const scaled = (v: number): number => (log ? Math.log(v) : v);
  const values = cells
    .map((cell) => cell.value)
    .filter(isMeasured)
    .filter((v) => isDrawable(log, v));
  const domain = domainOf(log ? values.map((v) => Math.max(v, LEAST)) : values, log);
  const [low, high] = [scaled(domain[0]), scaled(domain[1])];
  const isDark = (v: number): boolean => isDrawable(log, v) && (scaled(v) - low) / (high - low) < DARK;
  const places = new Map([...new Set(names.map(drawnTitle))].map((name, i) => [name, i] as const));
  const panelOf = (name: string): number => places.get(name) ?? places.size;
  const width = stepOf(
    CELL_WIDTH,
    cells.map((cell) => cell.x),
  );
  const height = stepOf(
    CELL_HEIGHT,
    cells.map((cell) => cell.y),
  );
  const isLegible = width === CELL_WIDTH && height === CELL_HEIGHT;
  const format = value.format ?? '.3~g';
  const axis = (field: 'x' | 'y', axisTitle: string, settings: readonly Setting[]) => ({
    field,
    type: 'ordinal' as const,
    title: inExpression(axisTitle),
    // The second axis grows upwards, as that of a plot does.
    // By the domain, as a long list in `sort` would become an expression too deep to be read.
    sort: null,
    scale: { domain: field === 'x' ? along(settings) : along(settings).reverse() },
    axis: {
      title: lineTitle(axisTitle),
      labelAngle: 0,
      domain: false,
      ticks: false,
      labelOverlap: 'greedy' as const,
    },
  });
  const text = { field: 'value', type: 'quantitative' as const, format };
  // Of what lies above each other in a cell, the uppermost answers to the mouse: all have the same answer.
  const place = [
    { field: 'name', title: 'panel' },
    { field: 'x', title: inExpression(x) },
    { field: 'y', title: inExpression(y) },
  ];
  const tooltip = [...place, { ...text, title: inExpression(value.title), format: '.5~g' }];
  // A layer without a cell would still have its legend.
  const coloured = {
    transform: [{ filter: 'datum.coloured' }],
    mark: { type: 'rect' as const, stroke: 'white' },
    encoding: {
      color: {
        field: 'value',
        type: 'quantitative' as const,
        title: inExpression(value.title),
        scale: {
          ...(log ? { type: 'log' as const, clamp: true } : { zero: false }),
          domain,
          scheme: 'viridis' as const,
          nice: false,
        },
        legend: { title: lineTitle(value.title), format, gradientLength: 140 },
      },
      tooltip,
    },
  };
  const written = {
    transform: [{ filter: 'isValid(datum.value)' }],
    mark: { type: 'text' as const, fontSize: 11 },
    encoding: {
      text,
      color: { condition: { test: 'datum.dark', value: 'white' }, value: 'black' },
      tooltip,
    },
  };
  const diverged = {
    transform: [{ filter: 'isValid(datum.state)' }],
    encoding: { tooltip: [...place, { field: 'state', title: inExpression(value.title) }] },
    layer: [
      { mark: { type: 'rect' as const, stroke: 'white', color: '#dddddd' } },
      {
        mark: { type: 'point' as const, size: 70, strokeWidth: 2, opacity: 1, color: '#555555' },
        encoding: { shape: divergedChannel('right') },
      },
    ],
  };
  return {
    ...frame(title, 'start'),
    data: {
      values: cells.map((cell) =>
        isMeasured(cell.value)
          ? {
              ...cell,
              panel: panelOf(cell.name),
              coloured: isDrawable(log, cell.value),
              dark: isDark(cell.value),
            }
          : { ...cell, panel: panelOf(cell.name), value: null, state: DIVERGED },
      ),
    },
    facet: { field: 'name', type: 'nominal', title: null, sort: { field: 'panel', op: 'min' as const } },
    columns,
    spacing: 24,
    // A last row with gaps: a shared axis would stand below the gaps too.
    ...(names.length > columns && names.length % columns > 0
      ? { resolve: { axis: { x: 'independent' as const } } }
      : {}),
    spec: {
      width: { step: width },
      height: { step: height },
      encoding: {
        x: axis(
          'x',
          x,
          cells.map((cell) => cell.x),
        ),
        y: axis(
          'y',
          y,
          cells.map((cell) => cell.y),
        ),
      },
      view: { stroke: null },
      layer: [
        ...(values.length > 0 ? [coloured] : []),
        ...(isLegible ? [written] : []),
        ...(cells.some((cell) => !isMeasured(cell.value)) ? [diverged] : []),
      ],
    },
  };
};

/**
 * Draws heat maps as SVG and PNG: `draw` of `heatMapSpec`, with its errors.
 *
 * @param plot as of `heatMapSpec`
 *
 * @example
 * heatMapPlot({
 *   ...{ title: 'after 10 epochs', x: 'τ', y: 'τ_θ', value: { title: 'loss', log: true } },
 *   names: ['exact'],
 *   cells: [
 *     { name: 'exact', x: 0.1, y: 0.05, value: 0.3 },
 *     { name: 'exact', x: 1, y: 0.05, value: null },
 *   ],
 * })
 */
export const heatMapPlot = (plot: HeatMap) => draw(plot.title, heatMapSpec(plot));
