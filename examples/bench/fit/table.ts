/** The table of rates that agrees best with solves that were measured. */
import { Solver } from '../../../src';
import { callOf, type Coefficient, fitted, free, type Point, solveOf } from './coefficients';
import { iterationsOf, type Solve, totalOf } from './solves';

type Part = 'gram' | 'factor' | 'rest' | 'all';

/** The points of some solves for a part of them: all of a time, or of what the table makes of that part. */
const pointsOf = (solves: readonly Solve[], part: Part): readonly Point[] =>
  solves.map((solve) => ({
    microseconds: part === 'all' ? totalOf(solve) : solve[part],
    by: (table) => Solver.solveTime(solve.route, solve.size, iterationsOf(solve), table),
  }));

interface Fit {
  readonly coefficients: readonly Coefficient[];
  readonly of: (solve: Solve) => boolean;
  readonly part: Part;
}

const isSmall = (solve: Solve): boolean =>
  Solver.smallWorkOf(solve.route, solve.size, iterationsOf(solve)) !== undefined;

const isExact = ({ solver }: Solve): boolean => solver.kind === 'exact';

const formedBy =
  (name: Solver.GramWay['name']) =>
  ({ route, size }: Solve): boolean =>
    route === 'primal' && size.grams?.[0]?.name === name;

const isDual = ({ route }: Solve): boolean => route === 'dual';

const isDense = ({ size }: Solve): boolean => size.grams?.[0]?.name === 'product';

/** Whether a dense system is factored in float32. */
const isSingle = ({ route, size }: Solve): boolean =>
  Solver.singlePays(size, route === 'dual' ? size.rows : size.columns);

const product = formedBy('product');

const and =
  (...all: readonly ((solve: Solve) => boolean)[]) =>
  (solve: Solve): boolean =>
    all.every((holds) => holds(solve));

const not =
  (holds: (solve: Solve) => boolean) =>
  (solve: Solve): boolean =>
    !holds(solve);

const inSingle = and(isExact, isDense, isSingle);
const isWide = and(isExact, isDense, not(isSingle));

/** Each number of the table is in one of them, and each solve is what its kind of work takes. */
const fits: readonly Fit[] = [
  { coefficients: callOf('small', 'exact'), of: and(isSmall, isExact), part: 'all' },
  { coefficients: callOf('small', 'cg'), of: and(isSmall, not(isExact)), part: 'all' },
  ...(
    [
      [callOf('gram', 'product'), and(not(isExact), product), 'gram'],
      [callOf('gram', 'dual'), and(not(isExact), isDual), 'gram'],
      [callOf('gram', 'patches'), formedBy('patches'), 'gram'],
      [callOf('gram', 'lags'), formedBy('lags'), 'gram'],
      [callOf('wideGram', 'product'), and(isWide, product), 'gram'],
      [callOf('wideGram', 'dual'), and(isWide, isDual), 'gram'],
      [callOf('singleGram', 'product'), and(inSingle, product), 'gram'],
      [callOf('singleGram', 'dual'), and(inSingle, isDual), 'gram'],
      [callOf('factor', 'float64'), isWide, 'factor'],
      [callOf('factor', 'float32'), inSingle, 'factor'],
      [callOf('factor', 'inverse'), and(isExact, not(isDense)), 'factor'],
      [solveOf('exact', 'primal'), and(isWide, product), 'rest'],
      [solveOf('exact', 'dual'), and(isWide, isDual), 'rest'],
      [solveOf('single', 'primal'), and(inSingle, product), 'rest'],
      [solveOf('single', 'dual'), and(inSingle, isDual), 'rest'],
      [solveOf('exact', 'inverse'), and(isExact, not(isDense)), 'rest'],
      [solveOf('cg', 'primal'), and(not(isExact), ({ route }) => route === 'primal'), 'rest'],
      [solveOf('cg', 'dual'), and(not(isExact), isDual), 'rest'],
      [solveOf('cg', 'matrixFree'), and(not(isExact), ({ route }) => route === 'matrixFree'), 'rest'],
    ] as const
  ).map(([coefficients, of, part]): Fit => ({ coefficients, of: and(not(isSmall), of), part })),
];

/** Where and when the solves were measured. */
export type Origin = Pick<Solver.Rates, 'machine' | 'date'>;

/** A kind of work that was not measured takes no time in the table: `fit` measures all of them. */
export const tableOf = (solves: readonly Solve[], origin: Origin): Solver.Rates =>
  fits.reduce<Solver.Rates>(
    (table, { coefficients, of, part }) => fitted(table, coefficients, pointsOf(solves.filter(of), part)),
    { ...free, ...origin },
  );
