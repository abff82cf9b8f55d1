/** What all plots have in common: their frame, fonts and colours, and the sign of what diverged. */
import { drawnTitle } from './titled';

/** The font of the PNG. */
export const FONT = 'DejaVu Sans';
/** In the SVG and in a page, the next best where that one is missing. */
const FONTS = `${FONT}, Verdana, sans-serif`;
/** Colours that the colour-blind tell apart. */
const PALETTE = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#000000'];
/**
 * The colours of methods, the same in every plot, by the beginnings of their names. Several
 * settings of one method take its colours in order.
 */
const OF_METHODS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^backprop/i, ['#0072b2', '#56b4e9']],
  [/^proxprop/i, ['#d55e00', '#e69f00']],
  [/^mac\b/i, ['#009e73']],
  [/^admm/i, ['#cc79a7']],
  [/^block coordinate/i, ['#000000']],
];
/** Turning the hue by the golden angle keeps any number of colours apart. */
const GOLDEN_ANGLE = 137.508;

/** Hues far from each other. */
const hueOf = (i: number): string =>
  `hsl(${Math.round((i * GOLDEN_ANGLE) % 360)}, 60%, ${i % 2 === 0 ? 35 : 60}%)`;

/**
 * A colour for each series: that of its method, else the first of the palette that no method has,
 * else a hue of its own.
 */
export const coloursOf = (names: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  const ofMethod = names.map((name) => {
    const own = OF_METHODS.find(([begins]) => begins.test(name))?.[1].find((colour) => !taken.has(colour));
    if (own !== undefined) taken.add(own);
    return own;
  });
  return ofMethod.map((own, i) => {
    const colour = own ?? PALETTE.find((free) => !taken.has(free)) ?? hueOf(i);
    taken.add(colour);
    return colour;
  });
};

/** More names than these nobody finds in a legend: it has the first of them, and says so. */
const LEGEND_MOST = 40;

/**
 * The colours of the series, in the order of their names, with a legend below. The order is that of
 * the domain: a list in `sort` would become an expression as deep as the list is long.
 */
export const colourChannel = (given: readonly string[]) => {
  const names = [...new Set(given)];
  const isLong = names.length > LEGEND_MOST;
  return {
    field: 'name',
    type: 'nominal' as const,
    title: isLong ? `the first ${LEGEND_MOST} of ${names.length} series` : null,
    sort: null,
    scale: { domain: names, range: coloursOf(names) },
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
 * Legends below each other: side by side, one with several rows would take the other between them.
 * An object without known fields, as the types of vega-lite do not know of this one, which it hands
 * on to vega.
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

/**
 * Says whether an axis can show a value: it is at most 1e300 in size, and positive if the axis is
 * logarithmic.
 */
export const isDrawable = (log: boolean, value: number): boolean =>
  Math.abs(value) <= MOST && (!log || value > 0);
