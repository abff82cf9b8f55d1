/** Plots of losses: SVG and PNG, drawn by vega-lite. */
import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import type { TopLevelSpec } from 'vega-lite';
import { error, type ProxpropError } from '../core';

export interface LossPoint {
  readonly epoch: number;
  readonly seconds: number;
  /** Points that are not finite, and on a logarithmic scale those that are not positive, are left out. */
  readonly loss: number;
}

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

export interface MeasuresPlot {
  readonly title: string;
  /** The series, in the order of their colours. */
  readonly names: readonly string[];
  readonly measures: readonly Measure[];
}

export const FONT = 'DejaVu Sans';
const PALETTE = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#000000'];
const PIXELS_PER_POINT = 2;
/** Turning the hue by the golden angle keeps any number of colours apart. */
const GOLDEN_ANGLE = 137.508;

/** One colour for each series: the palette, which is safe for the colour-blind, then hues far from each other. */
export const colourOf = (i: number): string =>
  PALETTE[i] ?? `hsl(${Math.round((i * GOLDEN_ANGLE) % 360)}, 60%, ${i % 2 === 0 ? 35 : 60}%)`;

/** Two panels side by side: a measure over epochs, and over seconds of training. */
const panels = ({ title, logScale, points: all }: Measure, names: readonly string[], height: number) => {
  const values = all.filter(({ value }) => Number.isFinite(value) && (!logScale || value > 0));
  /** From 0 to the last point; a lone point at 0 would leave the axis without a length. */
  const domain = (field: 'epoch' | 'seconds'): [number, number] => {
    const last = values.reduce((most, point) => Math.max(most, point[field]), 0);
    return [0, last > 0 ? last : 1];
  };
  /** Without any point there is no range of values to find, and a logarithmic axis would span infinities. */
  const range: { domain?: [number, number] } = values.length === 0 ? { domain: [0.1, 1] } : {};
  const panel = (field: 'epoch' | 'seconds', axis: string) => ({
    width: 330,
    height,
    mark: { type: 'line' as const, point: { size: 22 }, strokeWidth: 2 },
    encoding: {
      x: {
        field,
        type: 'quantitative' as const,
        title: axis,
        scale: { domain: domain(field), nice: field === 'seconds' },
        // Epochs are counted: no ticks between two of them.
        axis: field === 'epoch' ? { tickMinStep: 1, format: 'd' } : {},
      },
      y: {
        field: 'value',
        type: 'quantitative' as const,
        title,
        scale: { ...(logScale ? { type: 'log' as const, nice: false } : { zero: false }), ...range },
      },
      color: {
        field: 'name',
        type: 'nominal' as const,
        title: null,
        sort: [...names],
        scale: { domain: [...names], range: names.map((_, i) => colourOf(i)) },
        legend: { orient: 'bottom' as const, columns: 2, labelLimit: 400, symbolStrokeWidth: 3 },
      },
    },
  });
  return {
    data: { values: [...values] },
    spacing: 30,
    hconcat: [panel('epoch', 'epoch'), panel('seconds', 'seconds of training')],
  };
};

/** A row of two panels for each measure. */
export const measuresSpec = ({ title, names, measures }: MeasuresPlot): TopLevelSpec => {
  const height = measures.length === 1 ? 280 : 200;
  const rows = measures.map((measure) => panels(measure, names, height));
  const [only] = rows;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    // The PNG has one font, of normal weight: so has the SVG.
    title: { text: title, anchor: 'middle', fontSize: 15, fontWeight: 'normal', offset: 14 },
    ...(rows.length === 1 && only !== undefined ? only : { vconcat: rows }),
    config: {
      font: FONT,
      axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#e6e6e6' },
      legend: { labelFontSize: 12 },
    },
  };
};

/** The plot of one measure, the loss. */
export const lossSpec = ({ title, lossTitle, series, logScale }: LossPlot): TopLevelSpec =>
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

const drawSvg = async (spec: TopLevelSpec): Promise<string> => {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
};

/** The renderer can be initialised once in a process; later calls find it ready. */
let renderer: Promise<typeof import('@resvg/resvg-wasm')> | undefined;
const loadRenderer = (): Promise<typeof import('@resvg/resvg-wasm')> =>
  (renderer ??= (async () => {
    const resvg = await import('@resvg/resvg-wasm');
    await resvg.initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return resvg;
  })());

const drawPng = async (svg: string): Promise<Uint8Array> => {
  const { Resvg } = await loadRenderer();
  const font = await readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
  const image = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: PIXELS_PER_POINT },
    font: { fontBuffers: [font], defaultFontFamily: FONT },
  });
  // Both live in the memory of the wasm module, which collects no garbage.
  const rendered = image.render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
    image.free();
  }
};

/**
 * Draw a plot of measures. The libraries are loaded on the first call only. Left, tag `file`, when they cannot be
 * loaded or refuse the plot.
 */
export const measuresPlot = (plot: MeasuresPlot) => draw(plot.title, measuresSpec(plot));

/** Draw a plot of losses, as `measuresPlot` does. */
export const lossPlot = (plot: LossPlot) => draw(plot.title, lossSpec(plot));

/** An SVG and a PNG of a specification. */
export const draw =
  (
    title: string,
    spec: TopLevelSpec,
  ): TE.TaskEither<ProxpropError, { readonly svg: string; readonly png: Uint8Array }> =>
  async () => {
    try {
      const svg = await drawSvg(spec);
      return E.right({ svg, png: await drawPng(svg) });
    } catch (thrown) {
      return E.left(
        error(
          'file',
          `plot "${title}"`,
          'a plot that can be drawn',
          thrown instanceof Error ? thrown.message : String(thrown),
        ),
      );
    }
  };
