/** Lines over steps or seconds, by uPlot. */
import { type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { shown } from '../model/slider';
import { ink, type Theme } from './theme';

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Which of several lines of one colour it is: a dash tells them apart. */
  readonly dash?: readonly number[];
  readonly xs: readonly number[];
  /** A number that cannot be shown is a gap. */
  readonly ys: readonly (number | null)[];
}

const HEIGHT = 150;

/** Whether a number is a power of ten: those alone stand beside a logarithmic axis. */
const isPower = (value: number): boolean =>
  Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;

const ticks =
  (log: boolean) =>
  (_: uPlot, values: (number | null)[]): string[] =>
    values.map((value) => (value === null || (log && !isPower(value)) ? '' : shown(value)));

/** The axis up: that of uPlot where there are numbers; before the first one a decade to either side of 1, or a right angle. */
const range =
  (log: boolean): uPlot.Range.Function =>
  (_, low, high) => {
    // uPlot hands over null where there is no number, which its type does not say.
    const known: readonly [number | null, number | null] = [low, high];
    if (known.includes(null)) return log ? [0.1, 10] : [0, 90];
    return log ? uPlot.rangeLog(low, high, 10, false) : uPlot.rangeNum(low, high, 0.1, true);
  };

const optionsOf = (width: number, theme: Theme, log: boolean, series: readonly Series[]): uPlot.Options => {
  const { quiet, line } = ink(theme);
  const axis: uPlot.Axis = {
    stroke: quiet,
    font: '11px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  return {
    ...{ width, height: HEIGHT },
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 16, 0, 0],
    // 3 is logarithmic; the enumeration exists in uPlot's types alone.
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
    scales: { x: { time: false }, y: { range: range(log), ...(log ? { distr: 3 } : {}) } },
    axes: [
      { ...axis, size: 24, space: 60, values: ticks(false) },
      { ...axis, size: 46, space: log ? 18 : 28, values: ticks(log) },
    ],
    series: [
      {},
      ...series.map(({ name, colour, dash }): uPlot.Series => ({
        ...{ label: name, stroke: colour, width: 1.75, spanGaps: true, points: { show: false } },
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
};

const dataOf = (series: readonly Series[], log: boolean): uPlot.AlignedData => {
  const fits = (y: number | null): number | null =>
    y !== null && Number.isFinite(y) && (!log || y > 0) ? y : null;
  const tables = series.map(({ xs, ys }): uPlot.AlignedData => [[...xs], ys.map(fits)]);
  return tables.length === 0 ? [[]] : uPlot.join(tables);
};

export const Chart = ({
  title,
  unit,
  log = false,
  series,
  theme,
  version,
  children,
}: {
  readonly title: string;
  /** Of the axis across. */
  readonly unit: string;
  readonly log?: boolean;
  readonly series: readonly Series[];
  readonly theme: Theme;
  /** Changes with the numbers. */
  readonly version: number;
  /** Controls of the chart. */
  readonly children?: ComponentChildren;
}) => {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const form = series.map(({ name, colour }) => `${name} ${colour}`).join();
  const latest = useRef(series);
  latest.current = series;
  useEffect(() => {
    const { current: element } = place;
    if (element === null) return undefined;
    const made = new uPlot(
      optionsOf(Math.max(element.clientWidth, 160), theme, log, latest.current),
      dataOf(latest.current, log),
      element,
    );
    plot.current = made;
    const canvas = element.querySelector('canvas');
    canvas?.setAttribute('data-export', `${title} (${unit})`);
    canvas?.setAttribute('aria-hidden', 'true');
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width)
        made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [theme, log, form, title, unit]);
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current, log));
  }, [version, log]);
  return (
    <figure class="chart">
      <figcaption>
        {title} <span>{unit}</span>
        {children}
      </figcaption>
      <div ref={place} />
    </figure>
  );
};
