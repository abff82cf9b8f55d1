/** What a report shows of a grid: the last training loss along one path of the methods, or along two. */
import * as Report from '../report';
import { type TrainingConfig } from './config';
import { type Picture } from './document';
import { digits, lossOfRun, type Row } from './results';

interface Grid {
  readonly config: TrainingConfig;
  readonly rows: readonly Row[];
}

const valueAt = (row: Row, path: string): string | number => {
  const found = row.choice.find(([at]) => at === path)?.[1];
  return typeof found === 'number' || typeof found === 'string' ? found : 'none';
};

/** The last training loss by two paths of the methods; a cell where a seed diverged is empty. */
export const heatMapPicture = ({ config: { title, heatMap, seeds }, rows }: Grid): readonly Picture[] =>
  heatMap === undefined
    ? []
    : [
        {
          name: 'heat-map',
          caption: `Training loss after the last epoch, the mean over the seeds ${seeds.join(', ')}; a cell where one of them diverged has none.`,
          spec: Report.heatMapSpec({
            title,
            x: heatMap.xTitle ?? heatMap.x,
            y: heatMap.yTitle ?? heatMap.y,
            value: { title: 'training loss', log: true },
            names: [...new Set(rows.map(({ trainer }) => trainer.name))],
            columns: 2,
            cells: rows.map((row) => ({
              name: row.trainer.name,
              x: valueAt(row, heatMap.x),
              y: valueAt(row, heatMap.y),
              value: Number.isFinite(lossOfRun(row)) ? lossOfRun(row) : null,
            })),
          }),
        },
      ];

/**
 * The last training loss along a path of the methods, with a curve for each method. Crosses show
 * seeds that diverged.
 */
export const curvePicture = ({ config: { title, curve, seeds }, rows }: Grid): readonly Picture[] =>
  curve === undefined
    ? []
    : [
        {
          name: 'curve',
          caption: `Training loss after the last epoch, the mean over the seeds ${seeds.join(', ')}; a cross where one of them diverged.`,
          spec: Report.curvesSpec({
            title,
            x: { title: curve.xTitle ?? curve.x, log: true },
            y: { title: 'training loss (log scale)', log: true },
            markDiverged: true,
            points: rows.flatMap((row) => {
              const x = valueAt(row, curve.x);
              return typeof x === 'number' ? [{ name: row.trainer.name, x, y: lossOfRun(row) }] : [];
            }),
          }),
        },
      ];

/** How far a method may be from its own best, and from the best of all: a factor of the loss. */
const WITHIN = 2;

/**
 * Counts for how many values along the curve of a configuration a method is near its own best, and
 * near the best of all: a table, or nothing for a configuration without a curve.
 *
 * @param results the configuration, and the methods with their runs
 *
 * @example curveTable({ config, rows: [row] }) // []
 */
export const curveTable = ({
  config: { curve },
  rows,
}: Grid): readonly Extract<Report.Part, { readonly tag: 'table' }>[] => {
  if (curve === undefined) return [];
  const names = [...new Set(rows.map(({ trainer }) => trainer.name))];
  const lowest = Report.extent(rows.map(lossOfRun).filter(Number.isFinite)).low;
  return [
    {
      tag: 'table',
      header: [
        'method',
        `values of ${curve.xTitle ?? curve.x}`,
        'lowest training loss',
        'at',
        'within twice its own best',
        'within twice the best of all',
        'diverged',
      ],
      rows: names.map((name) => {
        const own = rows.filter(({ trainer }) => trainer.name === name);
        const [least] = [...own].sort((a, b) => (lossOfRun(a) < lossOfRun(b) ? -1 : 1));
        const count = (most: number): string => String(own.filter((row) => lossOfRun(row) <= most).length);
        return [
          name,
          String(own.length),
          least === undefined ? '' : digits(lossOfRun(least)),
          least === undefined ? '' : String(valueAt(least, curve.x)),
          least === undefined ? '' : count(WITHIN * lossOfRun(least)),
          count(WITHIN * lowest),
          String(own.filter((row) => !Number.isFinite(lossOfRun(row))).length),
        ];
      }),
    },
  ];
};

/** A row for each method and each value across, a column for each value along. */
export const heatTable = ({ config: { heatMap }, rows }: Grid): readonly Report.Part[] => {
  if (heatMap === undefined) return [];
  const along = [...new Set(rows.map((row) => valueAt(row, heatMap.x)))];
  const across = new Map(
    rows.map((row) => {
      const pair = [row.trainer.name, String(valueAt(row, heatMap.y))] as const;
      return [JSON.stringify(pair), pair] as const;
    }),
  );
  return [
    {
      tag: 'table',
      header: [
        'method',
        heatMap.yTitle ?? heatMap.y,
        ...along.map((v) => `${heatMap.xTitle ?? heatMap.x} = ${v}`),
      ],
      rows: [...across.values()].map(([name, y]) => {
        return [
          name,
          y,
          ...along.map((v) => {
            const row = rows.find(
              (r) =>
                r.trainer.name === name && String(valueAt(r, heatMap.y)) === y && valueAt(r, heatMap.x) === v,
            );
            return row === undefined
              ? ''
              : Number.isFinite(lossOfRun(row))
                ? digits(lossOfRun(row))
                : 'diverged';
          }),
        ];
      }),
    },
  ];
};
