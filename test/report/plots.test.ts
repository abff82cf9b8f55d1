import { describe, expect, it } from 'vitest';
import { Report } from '../../src';
import { right } from '../support';
import { curves, heatMap, spread } from './sample';

/** The elements of one kind of mark in a drawing. */
const marks = (svg: string, kind: string): readonly string[] =>
  [...svg.matchAll(/<(?:path|text)[^>]*aria-roledescription="([^"]+)"[^>]*>/g)]
    .filter(([, role]) => role === kind)
    .map(([element]) => element);

const svgOf = async (plot: ReturnType<typeof Report.curvesPlot>): Promise<string> => {
  const { svg, png } = right(await plot());
  expect([...png.subarray(1, 4)].map((c) => String.fromCharCode(c)).join('')).toBe('PNG');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  return svg;
};

describe('heatMapPlot', () => {
  it('draws a cell for each pair of settings, and shows apart what diverged', async () => {
    const svg = await svgOf(Report.heatMapPlot(heatMap));
    const diverged = heatMap.cells.filter(({ value }) => value === null).length;
    expect(diverged).toBeGreaterThan(0);
    const cells = marks(svg, 'rect mark');
    expect(cells).toHaveLength(heatMap.cells.length);
    expect(cells.filter((cell) => cell.includes('fill="#dddddd"'))).toHaveLength(diverged);
    expect(marks(svg, 'point')).toHaveLength(diverged);
    for (const name of [...heatMap.names, heatMap.x, heatMap.y, 'training loss', 'diverged'])
      expect(svg).toContain(name);
  });
  it('has no sign of divergence where nothing diverged', async () => {
    const cells = heatMap.cells.filter(({ value }) => value !== null);
    expect(await svgOf(Report.heatMapPlot({ ...heatMap, cells }))).not.toContain('diverged');
  });
  const one = (value: number | null, log: boolean): Report.HeatMap => ({
    ...heatMap,
    value: { title: 'v', log },
    names: ['n'],
    cells: [{ name: 'n', x: 'a', y: 1, value }],
  });
  it.each([0, 2, -2])('draws one cell of value %d on a linear scale', async (value) => {
    const svg = await svgOf(Report.heatMapPlot(one(value, false)));
    expect(marks(svg, 'rect mark')).toHaveLength(1);
    expect(marks(svg, 'text mark')).toHaveLength(1);
  });
  it('gives no colour to what a logarithmic scale cannot hold', async () => {
    const svg = await svgOf(Report.heatMapPlot(one(0, true)));
    expect(marks(svg, 'rect mark')).toHaveLength(0);
    expect(marks(svg, 'text mark')).toHaveLength(1);
    expect(marks(await svgOf(Report.heatMapPlot(one(2, true))), 'rect mark')).toHaveLength(1);
  });
  it('draws nothing but divergence, and nothing at all', async () => {
    expect(marks(await svgOf(Report.heatMapPlot(one(Number.NaN, true))), 'point')).toHaveLength(1);
    await svgOf(Report.heatMapPlot({ ...heatMap, names: [], cells: [] }));
  });
  it('puts numbers in order', async () => {
    const cells = [10, 0.5, 2].map((x) => ({ name: 'n', x, y: 1, value: x }));
    const svg = await svgOf(Report.heatMapPlot({ ...heatMap, names: ['n'], cells }));
    const places = ['0.5', '2', '10'].map((label) => svg.lastIndexOf(`>${label}</text>`));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe('spreads', () => {
  const point = (run: number, epoch: number, value: number) => ({
    name: 'a',
    run,
    epoch,
    seconds: run + epoch,
    value,
  });
  const of = (logScale: boolean, ...points: readonly ReturnType<typeof point>[]) =>
    Report.spreads({ title: '', logScale, points });

  it('are means, least and greatest values, over the mean of the seconds', () => {
    expect(of(true, point(1, 1, 8), point(3, 1, 2), point(1, 0, 3), point(3, 0, 4))).toEqual([
      { name: 'a', epoch: 0, seconds: 2, mean: 3.5, low: 3, high: 4, runs: 2 },
      { name: 'a', epoch: 1, seconds: 3, mean: 5, low: 2, high: 8, runs: 2 },
    ]);
  });
  it('leave out an epoch that one run did not reach, or where it diverged', () => {
    const first = [point(1, 0, 1), point(2, 0, 1)];
    expect(of(false, ...first, point(1, 1, 5))).toHaveLength(1);
    expect(of(false, ...first, point(1, 1, 5), point(2, 1, Number.NaN))).toHaveLength(1);
    expect(of(true, ...first, point(1, 1, 5), point(2, 1, 0))).toHaveLength(1);
    expect(of(false, ...first, point(1, 1, 5), point(2, 1, 0))).toHaveLength(2);
  });
});

describe('spreadPlot', () => {
  it('draws a line and a band for each series, over epochs and over seconds', async () => {
    const svg = await svgOf(Report.spreadPlot(spread));
    const panels = 2 * spread.measures.length;
    expect(marks(svg, 'line mark')).toHaveLength(panels * spread.names.length);
    expect(marks(svg, 'area mark')).toHaveLength(panels * spread.names.length);
    // Eleven epochs, but the last two of the series of which one run diverged.
    expect(marks(svg, 'point')).toHaveLength(panels * (11 + 9));
    for (const text of [...spread.names, 'training loss', 'test accuracy', 'seconds of training'])
      expect(svg).toContain(text);
  });
  it('draws none, and one run', async () => {
    const [first] = spread.measures;
    const points = (first?.points ?? []).filter(({ run }) => run === 1);
    await svgOf(Report.spreadPlot({ ...spread, measures: [{ title: 'm', logScale: true, points: [] }] }));
    const svg = await svgOf(
      Report.spreadPlot({ ...spread, measures: [{ title: 'm', logScale: true, points }] }),
    );
    expect(marks(svg, 'line mark')).toHaveLength(4);
  });
});

describe('any plot', () => {
  it.each(['</text><script>', '\u0000 \ud800 \uffff \u001b', '"\'&amp;'])(
    'is whole with the text %j',
    async (text) => {
      // The PNG is drawn from the SVG by a strict reader of XML.
      const svg = await svgOf(Report.curvesPlot({ ...curves, title: text, x: { title: text, log: true } }));
      expect(svg).not.toContain('<script');
    },
  );
});

describe('curvesPlot', () => {
  /** How many pieces the lines have: moves of the pen. */
  const pieces = (svg: string): readonly number[] =>
    marks(svg, 'line mark').map((line) => [...(/ d="([^"]*)"/.exec(line)?.[1] ?? '').matchAll(/M/g)].length);

  it('breaks lines where they are not finite, and marks it at the top', async () => {
    const svg = await svgOf(Report.curvesPlot(curves));
    expect(pieces(svg)).toEqual([1, 2, 1]);
    const missing = curves.points.filter(({ y }) => !Number.isFinite(y)).length;
    expect(missing).toBe(6);
    expect(marks(svg, 'point')).toHaveLength(curves.points.length);
    expect(svg).toContain('diverged');
  });
  it('marks nothing unasked', async () => {
    const { markDiverged: _, ...unasked } = curves;
    const svg = await svgOf(Report.curvesPlot(unasked));
    expect(svg).not.toContain('diverged');
    expect(pieces(svg)).toEqual([1, 2, 1]);
  });
  it('draws rules with labels where the axis has them', async () => {
    const rules = [...(curves.rules ?? []), { x: 0, label: 'not on this axis' }];
    const svg = await svgOf(Report.curvesPlot({ ...curves, rules }));
    expect([...svg.matchAll(/aria-roledescription="rule mark"/g)]).toHaveLength(2);
    expect(svg).toContain('2/λ');
    expect(svg).not.toContain('not on this axis');
  });
  it('draws nothing, and nothing but divergence', async () => {
    await svgOf(Report.curvesPlot({ ...curves, points: [], rules: [] }));
    await svgOf(Report.curvesPlot({ ...curves, points: [{ name: 'n', x: 1, y: Number.NaN }] }));
  });
});
