/** How the bench's tables are printed. */
import { Report } from '../../src';
import { profileTable } from '../support/show';
import { type NetworkSteps, type Point } from './sections';

export const ms = (value: number): string => value.toFixed(0);
export const times = (value: number): string => value.toFixed(2);

export const show = (
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void => {
  console.log(`\n${title}\n\n${Report.table(header, rows)}`);
};

export const showSteps = (title: string, { times: steps, gigaflops, profiles }: NetworkSteps): void => {
  show(
    `${title}, beside a large product of ${gigaflops.toFixed(1)} GFLOP/s`,
    ['method', 'ms', '/ backprop', '/ limit of backprop'],
    steps.map(({ name, milliseconds, toBackprop, toLimit }) => [
      name,
      ms(milliseconds),
      times(toBackprop),
      times(toLimit),
    ]),
  );
  if (profiles !== undefined) console.log(`\nwhere it went, ms\n\n${profileTable(profiles)}`);
};

export const showScaling = (points: readonly Point[]): void => {
  show(
    'exact ProxProp / backprop, and what the multiply-adds alone would make of it',
    ['network', 'batch', 'backprop, ms', 'exact / backprop', 'by the cost model'],
    points.map((p) => [p.network, String(p.batch), ms(p.backprop), times(p.ratio), times(p.predicted)]),
  );
};

export const scalingPlot = (points: readonly Point[]) =>
  Report.curvesPlot({
    title: 'A step of exact ProxProp in steps of backprop',
    x: { title: 'batch', log: true },
    y: { title: 'exact / backprop', log: false },
    points: points.flatMap(({ network, batch, ratio, predicted }) => [
      { name: `${network}, measured`, x: batch, y: ratio },
      { name: `${network}, cost model`, x: batch, y: predicted },
    ]),
  });
