/** Rows of two panels side by side: a measure over epochs, and over seconds of training. */
import type { TopLevelSpec } from 'vega-lite';
import { type PanelPoint } from './spec';
import { colourChannel, isDrawable, frame } from './style';
import { axisTitled } from './titled';

interface PanelRow {
  /** The title of the y axis. */
  readonly title: string;
  readonly logScale: boolean;
  readonly values: readonly PanelPoint[];
}

/** What is drawn, over which field of the points; `y2` is the other edge of a band. */
type PanelMark = (
  | { readonly mark: { readonly type: 'area'; readonly opacity: number }; readonly y2: string }
  | {
      readonly mark: {
        readonly type: 'line';
        readonly strokeWidth: number;
        readonly point?: { readonly size: number };
      };
    }
  | {
      readonly mark: {
        readonly type: 'point';
        readonly size: number;
        readonly filled: true;
        readonly opacity: number;
      };
      readonly tooltip: readonly {
        readonly field: string;
        readonly title: string;
        readonly format?: string;
      }[];
    }
) & { readonly y: string };

const layerOf = (item: PanelMark, title: string, scale: object) => ({
  mark: item.mark,
  encoding: {
    y: { field: item.y, type: 'quantitative' as const, ...axisTitled(title), scale },
    ...('y2' in item ? { y2: { field: item.y2 } } : {}),
    ...('tooltip' in item ? { tooltip: [...item.tooltip] } : {}),
  },
});

const row = (
  { title, logScale, values: given }: PanelRow,
  names: readonly string[],
  marks: readonly PanelMark[],
  height: number,
) => {
  const values = given.filter((point) =>
    [point.epoch, point.seconds].every((v) => v >= 0 && isDrawable(false, v)),
  );
  /** From 0 to the last point; a lone point at 0 would leave the axis without a length. */
  const domain = (field: 'epoch' | 'seconds'): [number, number] => {
    const last = values.reduce((most, point) => Math.max(most, point[field]), 0);
    return [0, last > 0 ? last : 1];
  };
  /**
   * Without any point there is no range of values to find, and a logarithmic axis would span
   * infinities.
   */
  const range: { domain?: [number, number] } = values.length === 0 ? { domain: [0.1, 1] } : {};
  const scale = { ...(logScale ? { type: 'log' as const, nice: false } : { zero: false }), ...range };
  const panel = (field: 'epoch' | 'seconds', axis: string) => ({
    width: 330,
    height,
    encoding: {
      x: {
        field,
        type: 'quantitative' as const,
        title: axis,
        scale: { domain: domain(field), nice: field === 'seconds' },
        // Epochs are counted: no ticks between two of them.
        axis: field === 'epoch' ? { tickMinStep: 1, format: 'd' } : {},
      },
      color: colourChannel(names),
    },
    layer: marks.map((item) => layerOf(item, title, scale)),
  });
  return {
    data: { values: values.map((value) => ({ ...value })) },
    spacing: 30,
    hconcat: [panel('epoch', 'epoch'), panel('seconds', 'seconds of training')],
  };
};

/** A row of two panels for each measure, with the same marks. */
export const panelsSpec = (
  title: string,
  names: readonly string[],
  rows: readonly PanelRow[],
  marks: readonly PanelMark[],
): TopLevelSpec => {
  const height = rows.length === 1 ? 280 : 200;
  const drawn = rows.map((values) => row(values, names, marks, height));
  const [only] = drawn;
  return {
    ...frame(title, 'middle'),
    ...(drawn.length === 1 && only !== undefined ? only : { vconcat: drawn }),
  };
};
