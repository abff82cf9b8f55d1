/** The cells of an experiment: every method with every choice of its grid and every seed. */
import { createHash } from 'node:crypto';
import type * as E from 'fp-ts/Either';
import { attempt, fail, isRecord, orThrow, type ProxpropError, short } from '../core';
import { type Codec, decodeAt } from '../registry';
import { type Choice, codecs, type Experiment, type Trainer, type TrainingConfig, Vary } from './config';
import { promoted, rungsOf } from './halving';
import { drawn, Search } from './search';

/** One training of an experiment, as plain data, which another thread or machine can run. */
export interface Cell {
  /** The name of its folder, different from that of every other cell. */
  readonly id: string;
  /** `tuning` if the cell serves to choose, `final` if its results are shown. */
  readonly stage: 'tuning' | 'final';
  /** The number of its method in the configuration. */
  readonly method: number;
  /** The method and the optimizer, with the choice applied, as plain data. */
  readonly trainer: Trainer;
  /** The values of the grid that the cell uses, by their paths. */
  readonly choice: Choice;
  /** The seed of parameters and of the order of batches. */
  readonly seed: number;
  /** The number of epochs. */
  readonly epochs: number;
}

/** A method with one choice of its grid. */
export interface CellContender {
  /** The number of its method in the configuration, from 0. */
  readonly method: number;
  /** The method and the optimizer, with the choice applied, as plain data. */
  readonly trainer: Trainer;
  /** The values of the grid that it uses, by their paths. */
  readonly choice: Choice;
}

/** A value with another one at a path of keys, each of which must be there but the last. */
const putAt = (at: string, into: unknown, keys: readonly string[], value: unknown): unknown => {
  const [key, ...others] = keys;
  if (key === undefined) return value;
  if (!isRecord(into) || (others.length > 0 && !(key in into)))
    return fail('options', at, 'a path of keys in the method', `no ${key}`);
  return { ...into, [key]: putAt(at, into[key], others, value) };
};

/**
 * Choices of one method, and cells of an experiment, at most: a thousand take hours, and millions
 * are a mistake.
 */
export const MOST_CHOICES = 10_000;
/** The most cells that a configuration may ask for. */
export const MOST_CELLS = 20_000;

const products = (vary: { readonly [path: string]: readonly unknown[] }): readonly Choice[] =>
  Object.entries(vary).reduce<readonly Choice[]>(
    (choices, [path, values]) =>
      choices.flatMap((choice) => values.map((value): Choice => [...choice, [path, value]])),
    [[]],
  );

/** A method as it stands in the configuration, its grid taken apart from the rest. */
interface Grid {
  readonly fixed: { readonly [key: string]: unknown };
  readonly choices: () => readonly Choice[];
  /** Of its choices, at most. */
  readonly count: number;
  /** The key that they come from. */
  readonly by: 'vary' | 'search';
}

const gridOf = (path: string, raw: unknown, method: number): Grid => {
  const at = `methods.${method}`;
  if (!isRecord(raw)) return fail('options', `${path}: ${at}`, 'a method', short(JSON.stringify(raw)));
  const { vary = {}, search, ...fixed } = raw;
  if (search !== undefined) {
    if ('vary' in raw) fail('options', `${path}: ${at}.search`, 'a search or vary', 'both');
    const space = orThrow(decodeAt(path, Search, search, `${at}.search`));
    if (space.count > MOST_CHOICES)
      fail('options', `${path}: ${at}.search.count`, `at most ${MOST_CHOICES}`, `${space.count}`);
    return { fixed, choices: () => drawn(space), count: space.count, by: 'search' };
  }
  const grid = orThrow(decodeAt(path, Vary, vary, `${at}.vary`));
  const count = Object.values(grid).reduce((n, values) => n * values.length, 1);
  if (count > MOST_CHOICES)
    fail('options', `${path}: ${at}.vary`, `a grid of at most ${MOST_CHOICES} choices`, `one of ${count}`);
  return { fixed, choices: () => products(grid), count, by: 'vary' };
};

/** All contenders of a method; the error names the path in the configuration. */
const contendersOf = (
  path: string,
  codec: Codec<Trainer>,
  { fixed, choices, by }: Grid,
  method: number,
): readonly CellContender[] => {
  const at = `methods.${method}`;
  return choices().map((choice) => {
    const put = choice.reduce<unknown>(
      (into, [keys, value]) => putAt(`${path}: ${at}.${by}.${keys}`, into, keys.split('.'), value),
      fixed,
    );
    return { method, choice, trainer: orThrow(decodeAt(path, codec, put, at)) };
  });
};

/** How many trainings there will be, those of the tuning among them. */
const cellCount = ({ seeds, tuning }: TrainingConfig, grids: readonly Grid[]): number => {
  const tuned = tuning === undefined ? [] : grids.filter(({ count }) => count > 1);
  const choices = grids.reduce((n, { count }) => n + count, 0);
  const shown = tuning === undefined ? choices : grids.length;
  return tuned.reduce((n, { count }) => n + count, shown * seeds.length);
};

/**
 * Lists the contenders of every method of a configuration: the method with each choice of its grid
 * or its search.
 *
 * It fails with `options`, with the path in the configuration, for a method that cannot be decoded,
 * for two methods of one name, and for more than `MOST_CHOICES` choices or `MOST_CELLS` trainings,
 * which it counts before it makes any.
 *
 * @param experiment its `path`, `config` and `registry`
 *
 * @example orThrow(contenders(experiment)).map((ofOne) => ofOne.length) // [2]
 */
export const contenders = ({
  path,
  config,
  registry,
}: Experiment<TrainingConfig>): E.Either<ProxpropError, readonly (readonly CellContender[])[]> =>
  attempt(() => {
    const { trainer } = codecs(registry);
    const grids = config.methods.map((raw, i) => gridOf(path, raw, i));
    const count = cellCount(config, grids);
    if (count > MOST_CELLS)
      fail('options', path, `at most ${MOST_CELLS} trainings, choices times seeds`, `${count}`);
    const all = grids.map((grid, i) => contendersOf(path, trainer, grid, i));
    const names = all.map(([first]) => first?.trainer.name ?? '');
    names.forEach((name, i) => {
      if (names.indexOf(name) < i)
        fail('options', `${path}: methods.${i}.name`, 'a name of its own', `"${name}" again`);
    });
    return all;
  });

/**
 * The most characters of a part of a folder's name. Two parts and the rest stay below the 255 that
 * disks take.
 */
const LONGEST = 80;

const folderPart = (text: string): string => {
  const whole = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9.+-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^-+|-+$/g, '');
  if (whole.length <= LONGEST) return whole;
  // What is cut off may be all that tells two choices apart.
  const rest = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  return `${whole.slice(0, LONGEST - rest.length - 1)}-${rest}`;
};

const showValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * Formats a choice of a grid, such as `rate 0.1, tau 5`: the last key of each path, and its value.
 *
 * @param choice the paths and their values
 *
 * @example showChoice([['optimizer.rate', 0.1]]) // 'rate 0.1'
 */
export const showChoice = (choice: Choice): string =>
  choice.map(([path, value]) => `${path.split('.').at(-1) ?? path} ${showValue(value)}`).join(', ');

/**
 * Makes the cell that trains a contender with a seed. Its `id` names its folder.
 *
 * @param stage `tuning` or `final`
 * @param contender the method with its choice
 * @param seed the seed of the training
 * @param epochs the epochs of the training
 * @param rung a part of its name, if cells differ in nothing else. Default: none
 *
 * @example cellOf('final', row, 1, 10).id // 'final_0-backprop_rate-0.1_seed-1'
 */
export const cellOf = (
  stage: Cell['stage'],
  { method, trainer, choice }: CellContender,
  seed: number,
  epochs: number,
  /** Told in its name, where cells differ in nothing else. */
  rung = '',
): Cell => ({
  id: [stage, `${method}-${folderPart(trainer.name)}`, folderPart(showChoice(choice)), rung, `seed-${seed}`]
    .filter((part) => part !== '')
    .join('_'),
  stage,
  method,
  trainer,
  choice,
  seed,
  epochs,
});

/**
 * The cells of one rung of a tuning, for methods that still have a choice. There are none without a
 * tuning, or without such a rung.
 */
const rungCells = (
  { tuning }: TrainingConfig,
  all: readonly (readonly CellContender[])[],
  rung: number,
): readonly Cell[] => {
  if (tuning === undefined) return [];
  const epochs = rungsOf(tuning.epochs, tuning.halving)[rung];
  if (epochs === undefined) return [];
  const name = tuning.halving === undefined ? '' : `epochs-${epochs}`;
  return all.flatMap((some) =>
    some.length < 2 ? [] : some.map((c) => cellOf('tuning', c, tuning.seed, epochs, name)),
  );
};

/**
 * Lists the cells that are trained first to find the best choice of each grid; none if there is no
 * tuning, or a method has no choice.
 *
 * @param config the configuration
 * @param all the contenders of each method
 *
 * @example
 * const tuned = { ...config, tuning: { epochs: 1, seed: 7 } };
 * tuningCells(tuned, orThrow(contenders(experiment))).length // 2
 */
export const tuningCells = (
  config: TrainingConfig,
  all: readonly (readonly CellContender[])[],
): readonly Cell[] => rungCells(config, all, 0);

/**
 * The cells that train after a rung, from 0 on, has ended with these losses. There are none after
 * the last rung, and none for methods that have one choice left.
 */
export const nextCells = <C extends CellContender>(
  config: TrainingConfig,
  ended: readonly C[],
  loss: (one: C) => number,
  rung: number,
): readonly Cell[] => {
  const factor = config.tuning?.halving?.factor;
  if (factor === undefined) return [];
  const methods = [...new Set(ended.map(({ method }) => method))];
  const left = methods.map((of) =>
    promoted(
      ended.filter(({ method }) => method === of),
      loss,
      factor,
    ),
  );
  return rungCells(config, left, rung + 1);
};

/**
 * Lists the cells whose results are shown: every chosen contender with every seed, seed by seed, so
 * that what is compared trains close together.
 *
 * @param config the configuration, for epochs and seeds
 * @param chosen the contenders
 *
 * @example finalCells(config, orThrow(contenders(experiment)).flat()).length // 2
 */
export const finalCells = (
  { epochs, seeds }: TrainingConfig,
  chosen: readonly CellContender[],
): readonly Cell[] =>
  // Seeds on the outside: what is compared is trained close together.
  seeds.flatMap((seed) => chosen.map((c) => cellOf('final', c, seed, c.trainer.epochs ?? epochs)));
