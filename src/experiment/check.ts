/**
 * Conditions on a configuration that its types cannot state. All of them are checked before
 * anything is trained.
 */
import type * as E from 'fp-ts/Either';
import { attempt, fail, type ProxpropError } from '../core';
import { cellOf, type CellContender } from './cells';
import { type DataConfig } from '../registry';
import { builtBy } from './builtBy';
import { type Experiment, type LimitsCase, type LimitsConfig, type TrainingConfig } from './config';

/** The first value that stands there a second time. */
const repeated = <A>(values: readonly A[]): A | undefined =>
  values.find((value, i) => values.indexOf(value) < i);

const distinct = (at: string, values: readonly (string | number)[], expected: string): void => {
  const twice = repeated(values);
  if (twice !== undefined) fail('options', at, expected, `${String(twice)} twice`);
};

/**
 * Checks what the types of a configuration cannot say. It fails with `options` for a method or
 * optimizer that cannot be built, a seed that is there twice, choices that would share a folder,
 * and an axis of a plot along which nothing varies.
 *
 * @param experiment its `path`, `config` and `registry`
 * @param all the contenders of each method
 *
 * @example E.isRight(checkTrainingConfig(experiment, orThrow(contenders(experiment)))) // true
 */
export const checkTrainingConfig = (
  { path, config: { seeds, heatMap, curve }, registry }: Experiment<TrainingConfig>,
  all: readonly (readonly CellContender[])[],
): E.Either<ProxpropError, void> =>
  attempt(() => {
    for (const { trainer } of all.flat()) builtBy(registry, trainer);
    distinct(`${path}: seeds`, seeds, 'seeds that differ');
    all.forEach((some, i) => {
      distinct(
        `${path}: methods.${i}.vary`,
        // Some disks do not tell capitals from small letters.
        some.map((contender) => cellOf('final', contender, 0, 1).id.toLowerCase()),
        'choices that differ, also as names of folders',
      );
    });
    const varied = [...new Set(all.flat().flatMap(({ choice }) => choice.map(([at]) => at)))];
    const isVaried = (at: string, axis: string): void => {
      if (!varied.includes(axis))
        fail('options', `${path}: ${at}`, `a path that varies: ${varied.join(', ')}`, `"${axis}"`);
    };
    if (heatMap !== undefined)
      for (const axis of ['x', 'y'] as const) isVaried(`heatMap.${axis}`, heatMap[axis]);
    if (curve !== undefined) isVaried('curve.x', curve.x);
  });

/** Rows of numbers, each as long as the first. */
const sameLengths = (at: string, rows: readonly (readonly number[])[]): void => {
  const [first = []] = rows;
  const other = rows.findIndex((row) => row.length !== first.length);
  if (other !== -1)
    fail('options', `${at}.${other}`, `${first.length} numbers, as in the first`, `${rows[other]?.length}`);
};

/** Where the examples of a case come from. */
export type DataSource =
  | { readonly tag: 'points'; readonly points: NonNullable<LimitsCase['points']> }
  | { readonly tag: 'data'; readonly data: DataConfig };

/**
 * The one source of a case. It throws an `options` `Fault` if there is none or another, or if its
 * points do not fit together.
 */
export const sourceOf = (at: string, { data, points }: LimitsCase): DataSource => {
  if (points === undefined)
    return data === undefined ? fail('options', at, 'data or points', 'neither') : { tag: 'data', data };
  if (data !== undefined) fail('options', at, 'data or points', 'both');
  const { inputs, targets } = points;
  if (targets.length !== inputs.length)
    fail(
      'options',
      `${at}.points.targets`,
      `${inputs.length} targets, as many as inputs`,
      `${targets.length}`,
    );
  sameLengths(`${at}.points.inputs`, inputs);
  sameLengths(`${at}.points.targets`, targets);
  return { tag: 'points', points };
};

/**
 * Steps of an experiment on step sizes at most: each is a solve and a row of the report's tables.
 */
export const MOST_STEPS = 1_000_000;

/**
 * Checks what the types of an experiment on step sizes cannot say. It fails with `options` for two
 * cases of one name, a case with no source of examples or with two, points that do not fit
 * together, multiples that do not ascend, and more than `MOST_STEPS` step sizes.
 *
 * @param experiment its `path` and `config`
 *
 * @example E.isRight(checkLimits(limits)) // true
 */
export const checkLimits = ({
  path,
  config: { cases, multiples },
}: Experiment<LimitsConfig>): E.Either<ProxpropError, void> =>
  attempt(() => {
    distinct(
      `${path}: cases`,
      cases.map(({ name }) => name),
      'names that differ',
    );
    cases.forEach((own, i) => {
      distinct(`${path}: cases.${i}.seeds`, own.seeds, 'seeds that differ');
      sourceOf(`${path}: cases.${i}`, own);
    });
    const sizes = cases.reduce((n, { seeds }) => n + seeds.length, 0) * multiples.count;
    if (sizes > MOST_STEPS)
      fail(
        'options',
        `${path}: multiples.count`,
        `at most ${MOST_STEPS} step sizes, of all cases and seeds`,
        `${sizes}`,
      );
    if (multiples.from >= multiples.to)
      fail('options', `${path}: multiples.to`, `a number above ${multiples.from}`, `${multiples.to}`);
  });
