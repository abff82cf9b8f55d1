/** What a configuration must also hold, and its types cannot say: all before anything is trained. */
import type * as E from 'fp-ts/Either';
import { attempt, fail, type ProxpropError } from '../../../src';
import { cellOf, type Contender } from './cells';
import { type LimitsConfig, type TrainingConfig } from './config';

/** The first value that stands there a second time. */
const repeated = <A>(values: readonly A[]): A | undefined =>
  values.find((value, i) => values.indexOf(value) < i);

const distinct = (at: string, values: readonly (string | number)[], expected: string): void => {
  const twice = repeated(values);
  if (twice !== undefined) fail('options', at, expected, `${String(twice)} twice`);
};

/** Left: cells that would share a folder, or an axis along which nothing varies. */
export const checkTraining = (
  path: string,
  { seeds, heatMap }: TrainingConfig,
  all: readonly (readonly Contender[])[],
): E.Either<ProxpropError, void> =>
  attempt(() => {
    distinct(`${path}: seeds`, seeds, 'seeds that differ');
    all.forEach((some, i) => {
      distinct(
        `${path}: methods.${i}.vary`,
        // Some disks do not tell capitals from small letters.
        some.map((contender) => cellOf('final', contender, 0, 1).id.toLowerCase()),
        'choices that differ, also as names of folders',
      );
    });
    if (heatMap === undefined) return;
    const varied = [...new Set(all.flat().flatMap(({ choice }) => choice.map(([at]) => at)))];
    for (const axis of ['x', 'y'] as const)
      if (!varied.includes(heatMap[axis]))
        fail(
          'options',
          `${path}: heatMap.${axis}`,
          `a path that varies: ${varied.join(', ')}`,
          `"${heatMap[axis]}"`,
        );
  });

/** Left: cases of one name, or multiples that do not ascend. */
export const checkLimits = (
  path: string,
  { cases, multiples }: LimitsConfig,
): E.Either<ProxpropError, void> =>
  attempt(() => {
    distinct(
      `${path}: cases`,
      cases.map(({ name }) => name),
      'names that differ',
    );
    cases.forEach(({ seeds }, i) => {
      distinct(`${path}: cases.${i}.seeds`, seeds, 'seeds that differ');
    });
    if (multiples.from >= multiples.to)
      fail('options', `${path}: multiples.to`, `a number above ${multiples.from}`, `${multiples.to}`);
  });
