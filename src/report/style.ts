/** What all plots have in common: their frame, fonts and colours, and the sign of what diverged. */
import { drawnTitle } from './titled';

/** The font of the PNG. */
export const FONT = 'DejaVu Sans';
/** In the SVG and in a page, the next best where that one is missing. */
const FONTS = `${FONT}, Verdana, sans-serif`;
const PALETTE = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#000000'];
/** Turning the hue by the golden angle keeps any number of colours apart. */
const GOLDEN_ANGLE = 137.508;

/** One colour for each series: the palette, which is safe for the colour-blind, then hues far from each other. */
export const colourOf = (i: number): string =>
  PALETTE[i] ?? `hsl(${Math.round((i * GOLDEN_ANGLE) % 360)}, 60%, ${i % 2 === 0 ? 35 : 60}%)`;

/** More names than these nobody finds in a legend: it has the first of them, and says so. */
const LEGEND_MOST = 40;

/**
 * The colours of the series, in the order of their names, with a legend below. The order is that of the domain: a list
 * in `sort` would become an expression as deep as the list is long.
 */
export const colourChannel = (given: readonly string[]) => {
  const names = [...new Set(given)];
  const isLong = names.length > LEGEND_MOST;
  return {
    field: 'name',
    type: 'nominal' as const,
    title: isLong ? `the first ${LEGEND_MOST} of ${names.length} series` : null,
    sort: null,
    scale: { domain: names, range: names.map((_, i) => colourOf(i)) },
    legend: {
      orient: 'bottom' as const,
      columns: 2,
      // Vega's own limit, which is lower.
      symbolLimit: LEGEND_MOST + 1,
      labelLimit: 400,
      symbolStrokeWidth: 3,
      symbolOpacity: 1,
      ...(isLong ? { values: names.slice(0, LEGEND_MOST) } : {}),
    },
  };
};

/**
 * Legends below each other: side by side, one with several rows would take the other between them. An object without
 * known fields, as the types of vega-lite do not know of this one, which it hands on to vega.
 */
const STACKED: object = { layout: { bottom: { direction: 'vertical', anchor: 'start', margin: 6 } } };

/** What every specification begins with. */
export const frame = (title: string, anchor: 'start' | 'middle') => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  padding: 12,
  // The PNG has one font, of normal weight: so has the SVG.
  title: { text: drawnTitle(title), anchor, fontSize: 15, fontWeight: 'normal' as const, offset: 14 },
  config: {
    font: FONTS,
    axis: {
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 'normal' as const,
      gridColor: '#e6e6e6',
    },
    header: { labelFontSize: 12, titleFontWeight: 'normal' as const },
    legend: {
      labelFontSize: 12,
      titleFontWeight: 'normal' as const,
      ...STACKED,
    },
  },
});

/** A diagonal cross, as a symbol of vega. */
const CROSS = 'M-1,-1L1,1M1,-1L-1,1';

/** The word for what is not finite, in the data and in the legend. */
export const DIVERGED = 'diverged';

/** The sign of what diverged, with its legend; the field `state` of its data holds the word. */
export const divergedChannel = (orient: 'bottom' | 'right') => ({
  field: 'state',
  type: 'nominal' as const,
  title: null,
  scale: { domain: [DIVERGED], range: [CROSS] },
  legend: { orient, symbolStrokeColor: '#555555', symbolStrokeWidth: 2, symbolOpacity: 1 },
});

/** Beyond it the length of an axis, or a place in it, would be infinite. */
const MOST = 1e300;

/** Whether an axis can show a value: it is at most 1e300 in size, and positive where the axis is logarithmic. */
export const isDrawable = (log: boolean, value: number): boolean =>
  Math.abs(value) <= MOST && (!log || value > 0);
