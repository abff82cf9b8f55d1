/**
 * Ridge systems by conjugate gradients: in the dual, in the primal, or by A alone; in float32, or
 * in float64 on the host.
 */
import { abs, add, matMul, max, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { inPhase, toNumber, type Tree } from '../core';
import { checkIterations, dualIterate, type Iterate, primalIterate } from './cg';
import { conjugateGradientsHost, type HostIterate, type HostProduct } from './cgHost';
import { chooseGram, doubleGram } from './choose';
import { type Candidate, finished, float64Of } from './double';
import { dualGramOf } from './dual';
import { wellConditioned } from './exact';
import { gramOfRows, timesTransposed } from './host';
import { concluded, measure } from './measure';
import { DEFAULT_TOLERANCE, type RidgeSystem, type Route, type Solver } from './operator';
import { hostWork, SMALL_WORK } from './smallWork';
import { type Solution, type SolveReport } from './solveReport';

type Cg = Extract<Solver, { kind: 'cg' }>;

/**
 * Up to this many multiply-adds, float64 on the host takes about 20 ms, which a step may take if
 * float32 would lose the small eigenvalues.
 */
const LARGE_WORK = 1 << 24;

const solveOnHost = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  { iterations, tolerance = 0, scalars = system.design.scalars }: Cg,
  route: Route,
): Candidate<P> & { readonly iterations: number } => {
  checkIterations(iterations);
  const s = float64Of(system);
  const { rows, columns, units, a, transposed, beta } = s;
  const adjoint: HostProduct = (m) => timesTransposed(m, transposed, units, columns, rows);
  const times =
    (gram: Float64Array, n: number): HostProduct =>
    (v) =>
      timesTransposed(v, gram, units, n, n);
  const inPrimal = (product: HostProduct): HostIterate =>
    conjugateGradientsHost(product, beta, columns, adjoint(s.h), iterations, scalars, tolerance);
  const iterate = (): HostIterate => {
    switch (route) {
      case 'primal':
        return inPrimal(times(gramOfRows(transposed, columns, rows), columns));
      case 'matrixFree':
        return inPrimal((v) => adjoint(timesTransposed(v, a, units, rows, columns)));
      case 'dual': {
        const k = times(gramOfRows(a, rows, columns), rows);
        const found = conjugateGradientsHost(k, beta, rows, s.h, iterations, scalars, tolerance, 'product');
        return { ...found, value: adjoint(found.value) };
      }
      default:
        return route satisfies never;
    }
  };
  const found = iterate();
  return { ...finished(system.design, s, found.value), iterations: found.iterations };
};

/** The largest absolute row sum of K + c. */
const rowSumNorm = (k: Tensor, plus: number): number => toNumber(max(sum(abs(add(k, plus)), 1)));

/** The iterate V of CG for (AᵀA + βI)·V = Aᵀ·H, as `solveRidge` returns it. */
export const solveConjugate = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  solver: Cg,
  route: Route,
): Solution<P> => {
  const { design, h, beta, mayRead } = system;
  const { iterations, tolerance = DEFAULT_TOLERANCE, scalars = design.scalars, precision = 'auto' } = solver;
  checkIterations(iterations);
  const stopAt = solver.tolerance ?? 0;
  const { rows, columns } = design;
  const reportOf = (by: SolveReport['precision'], done: number, gram: SolveReport['gram']) => ({
    route,
    ...(gram === undefined ? {} : { gram }),
    precision: by,
    scalars,
    iterations: done,
    tolerance,
  });
  const double = (): Solution<P> => {
    const found = solveOnHost(system, solver, route);
    const gram = route === 'primal' ? doubleGram(design.grams) : undefined;
    return concluded(system, found, reportOf('float64', found.iterations, gram));
  };
  const work = hostWork(route, design, iterations);
  const mayLeave = precision === 'auto' && solver.gram !== 'lags' && mayRead;
  if (precision === 'float64' || (mayLeave && work <= SMALL_WORK.host)) return double();
  /** Whether float32 would lose accuracy that CG needs, given a Gram matrix of order n. */
  const losing = (k: Tensor, plus: number, n: number): boolean =>
    mayLeave && work <= LARGE_WORK && !wellConditioned(rowSumNorm(k, plus), beta, n);
  const end = (
    value: P,
    { iterations: done }: Iterate,
    g?: Tensor,
    gram?: SolveReport['gram'],
  ): Solution<P> =>
    concluded(
      system,
      {
        value,
        measured: measure(system, value, g === undefined ? {} : { g }),
        ...(g === undefined ? {} : { g }),
      },
      reportOf('float32', done, gram),
    );
  if (route === 'dual') {
    const gram = inPhase('gram', () => dualGramOf(design));
    if (losing(gram.k, gram.plus, rows)) return double();
    const found = dualIterate(gram, beta, design.toUnits(h), iterations, stopAt, scalars, mayRead);
    return end(design.adjoint(design.fromUnits(found.value)), found);
  }
  const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
  const k = way === undefined ? undefined : inPhase('gram', () => way.form());
  if (k !== undefined && losing(k, 0, columns)) return double();
  const product = (v: Tensor): Tensor =>
    k === undefined ? design.pack(design.adjoint(design.apply(design.unpack(v)))) : matMul(v, k);
  const g = design.pack(design.adjoint(h));
  const damped = (v: Tensor): Tensor => add(product(v), mul(v, beta));
  const found = primalIterate(damped, g, iterations, stopAt, scalars, mayRead);
  return end(design.unpack(found.value), found, g, way?.name);
};
