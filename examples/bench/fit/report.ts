/** Which routes a table chooses, beside those that were the fastest when they were measured. */
import { Solver } from '../../../src';
import { iterationsOf, type Solve, totalOf } from './solves';

interface Choice {
  readonly of: Solve;
  /** How many times as long as the fastest it took. */
  readonly toFastest: number;
}

/** One system under exact solves or under CG, and what each price takes of its ways. */
export interface Compared {
  readonly solves: readonly Solve[];
  /** By multiply-adds. */
  readonly least: Choice;
  /** By the table of rates. */
  readonly chosen: Choice;
}

const ways = (solve: Solve): string =>
  solve.solver.gram === undefined ? solve.route : `${solve.route} by ${solve.solver.gram}`;

const leastBy = (
  [first, ...others]: readonly [Solve, ...Solve[]],
  price: (solve: Solve) => number,
): Choice => {
  const all = [first, ...others];
  const of = others.reduce((best, solve) => (price(solve) < price(best) ? solve : best), first);
  return { of, toFastest: totalOf(of) / Math.min(...all.map(totalOf)) };
};

/** All systems that there is a choice for. */
export const compared = (systems: readonly (readonly Solve[])[], table: Solver.Rates): readonly Compared[] =>
  systems.flatMap((all) =>
    (['exact', 'cg'] as const).flatMap((kind): readonly Compared[] => {
      const [first, second, ...others] = all.filter(({ solver }) => solver.kind === kind);
      if (first === undefined || second === undefined) return [];
      const solves = [first, second, ...others] as const;
      return [
        {
          solves,
          least: leastBy(solves, (s) => Solver.cost(s.route, s.size, iterationsOf(s))),
          chosen: leastBy(solves, (s) => Solver.solveTime(s.route, s.size, iterationsOf(s), table)),
        },
      ];
    }),
  );

const nameOf = ({ size: { rows, columns, units }, solver }: Solve): string =>
  `${rows} × ${columns}, ${units} units, ${solver.kind === 'cg' ? `cg${solver.iterations}` : 'exact'}`;

/** Rows of a table: the systems for which the two prices take different ways. */
export const changedRows = (all: readonly Compared[]): readonly (readonly string[])[] =>
  all
    .filter(({ least, chosen }) => least.of !== chosen.of)
    .map(({ solves, least, chosen }) => [
      nameOf(least.of),
      `${ways(least.of)}, ${(totalOf(least.of) / 1000).toFixed(1)}`,
      `${ways(chosen.of)}, ${(totalOf(chosen.of) / 1000).toFixed(1)}`,
      solves.map((s) => `${ways(s)} ${(totalOf(s) / 1000).toFixed(1)}`).join(', '),
    ]);

/** The choices of one price, in words. */
const sentence = (what: string, choices: readonly Choice[]): string => {
  const right = choices.filter(({ toFastest }) => toFastest === 1).length;
  const loss = choices.reduce((total, { toFastest }) => total + toFastest, 0) / choices.length;
  const worst = Math.max(...choices.map(({ toFastest }) => toFastest));
  return `${what}: the fastest way for ${right} of ${choices.length} systems, ${loss.toFixed(3)} times its time in the mean, ${worst.toFixed(2)} times at most`;
};

/** How good both prices are, and how near the table comes to the times themselves. */
export const summary = (all: readonly Compared[], table: Solver.Rates): string => {
  const off = all
    .flatMap(({ solves }) => solves)
    .map((s) => Solver.solveTime(s.route, s.size, iterationsOf(s), table) / totalOf(s))
    .map((ratio) => Math.max(ratio, 1 / ratio))
    .sort((a, b) => a - b);
  const at = (share: number): string => (off[Math.floor(share * (off.length - 1))] ?? Number.NaN).toFixed(2);
  return [
    sentence(
      'by multiply-adds',
      all.map(({ least }) => least),
    ),
    sentence(
      'by the table',
      all.map(({ chosen }) => chosen),
    ),
    `predicted times are off by a factor of ${at(0.5)} for half of the solves, ${at(0.9)} for nine tenths, ${at(1)} at most`,
  ].join('\n');
};
