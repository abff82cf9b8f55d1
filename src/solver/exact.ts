/**
 * Exact ridge solves by Cholesky factorisation, primal or dual.
 *
 *     primal   (AᵀA + βI)·V = AᵀH                          F×F system
 *     dual     V = Aᵀ·S with (AAᵀ + βI)·S = H              R×R system, the same V
 *
 * `float32`: the Gram matrix and all products of unit matrices are fast float32 products. Only the
 * small system is factored in float64, and its inverse is applied as a product. V is then measured
 * by A itself, and refined if that requires it. `float64`: `double.ts`. The Gram matrix in float32
 * loses about ε·κ/√n of the solution (ε = 6e-8, κ = condition number, n = order of the system:
 * rounding errors spread over its spectrum). If that exceeds `ACCEPTED_LOSS`, `auto` takes float64
 * at once if it is quick. Otherwise it estimates what a refinement would change, refines, and takes
 * float64 if too much is still lost. At any size it takes float64 if the measured V has not
 * converged.
 *
 * If the backend has the kernels of `single.ts`, they first solve large systems of dense layers, with
 * a factor in float32, if that loses no more than `ACCEPTED_LOSS`: in the dual for the columns of A,
 * if it has fewer than units (`columns.ts`). V is measured by A, and the other ways follow if it has
 * not converged.
 *
 * If the backend has the kernels of `wide.ts`, they then solve the system of a dense layer, or of
 * a convolution with no more units than unknowns. They multiply in float32 and sum in float64,
 * which is nearly as fast and loses far less, and they substitute instead of inverting. If reads
 * stall, `exactByProducts.ts` solves the system instead.
 */
import { add, div, matMul, mul, relu, sqrt, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, inPhase, scope, toNumber, Tree } from '../core';
import { hasKernel } from '../ops';
import { type DualSolution, settledAlongMean } from './along';
import { chooseGram, doubleGram } from './choose';
import { solveByColumns } from './columns';
import { solveBlocks, solveBlocksByProducts, solvePairs } from './blocks';
import { type Candidate, notFiniteSystem, singular, solveDouble } from './double';
import { type DualGram, dualGramOf, timesDual } from './dual';
import { solveByProducts } from './exactByProducts';
import { invertShifted, type ShiftedInverse } from './inverse';
import { concluded, measure, measuredBy, type Sketch } from './measure';
import { DEFAULT_TOLERANCE, type RidgeSystem, type Solver } from './operator';
import { factorSingle, type ReflectedDual } from './single';
import { mixed, signTensor } from './sketch';
import { doubleWork, SMALL_WORK } from './smallWork';
import { type Solution, type SolveReport } from './solveReport';
import { factorDualWide, isWide, solveWide } from './wide';

type Exact = Extract<Solver, { kind: 'exact' }>;

const EPSILON = 2 ** -24;
/**
 * The accepted relative loss: an error of 1e-4 in the worst directions is far below the noise of
 * one stochastic step.
 */
const ACCEPTED_LOSS = 1e-4;

/**
 * Up to this many multiply-adds, some milliseconds by the kernel, float64 is taken at once if
 * float32 is known to lose accuracy.
 */
const QUICK_WORK = 1 << 25;
/**
 * Up to this many multiply-adds, float64 takes no longer than a step may: half a second on the
 * host, a tenth of that by the kernel.
 */
const LARGE_WORK = 1 << 29;

/** The precision of a Gram matrix in float32, relative to its largest row sum. */
const KNOWN = 4 * EPSILON;

/** After a refinement, this many times `ACCEPTED_LOSS` is accepted. */
const AFTERWARDS = 4;
/**
 * If the estimate exceeds `ACCEPTED_LOSS` by this factor, a refinement is made at once: measuring
 * before it would hardly ever save it.
 */
const HARDLY_LESS = 64;

/** The most refinements in float32 before float64 takes over; each costs two thirds of backprop. */
const REFINEMENTS = 2;

/**
 * The estimated share of V that float32 products lose for a spectrum up to `size`, within a few
 * times.
 */
const roundingLoss = (size: number, beta: number, n: number): number =>
  (EPSILON * size) / (beta * Math.sqrt(n));

/** Whether float32 products are accurate enough for `ACCEPTED_LOSS`. */
export const wellConditioned = (size: number, beta: number, n: number): boolean =>
  roundingLoss(size, beta, n) <= ACCEPTED_LOSS;

/**
 * (K + βI)⁻¹ as it is applied to rows. In the dual also K in float32, if the inverse is float32
 * too.
 */
interface Applied<P> {
  readonly solved: (b: Tensor) => Tensor;
  readonly gram?: DualGram;
  /** Optional: the dual of reflected examples, of which K is then. */
  readonly reflected?: ReflectedDual<P> | undefined;
}

interface Fast<P> extends Candidate<P> {
  readonly g?: Tensor;
  readonly refinements: number;
  /** The share of V that another refinement would change, if float32 may lose some. */
  readonly lost: number;
}

/**
 * S of the dual. If the inverse in float32 is not accurate enough, S is refined by K before A takes
 * part: the residual of V, as far as K determines it and for a few combinations of units, costs R²
 * numbers.
 */
const refinedDual = <P extends Tree.Tree>(
  { design, h, beta }: RidgeSystem<P>,
  gram: DualGram,
  solved: (b: Tensor) => Tensor,
  tolerance: number,
): Tensor =>
  scope(() => {
    const held = design.toUnits(h);
    const s = solved(held);
    const by = signTensor(design.units);
    const image = (of: Tensor): Tensor => add(timesDual(of, gram), mul(of, beta));
    const [few, right] = [mixed(by, s), mixed(by, held)];
    const seen = image(few);
    const { residual } = measuredBy(few, seen, sub(right, seen), right, true, (x) => timesDual(x, gram));
    // The other half of the tolerance is for errors that K does not show.
    return Number(residual) <= tolerance / 2 ? s : add(s, solved(sub(held, image(s))));
  });

type Judged = ReturnType<typeof measure>;

/**
 * The accuracy that float32 has to reach: the tolerance of the residual, and the share `loss` of V
 * that is expected to be lost.
 */
interface Wanted {
  readonly tolerance: number;
  readonly loss: number;
}

/**
 * The solution in float32, refined until it has converged or no longer improves. If K is ill
 * conditioned, a small residual says little about V. The change by another refinement says more;
 * the inverse gives it from the defect of a few combinations. In the dual, S is refined by the
 * error of the V that it gave. So of the accuracy that V lost in rounding Aᵀ·S, only that of the
 * correction remains lost.
 */
const solveFast = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  route: 'primal' | 'dual',
  { solved, gram, reflected }: Applied<P>,
  { tolerance, loss }: Wanted,
): Fast<P> =>
  scope(() => {
    const { design, h, beta } = system;
    const dual = route === 'dual';
    const plus = (a: P, b: P): P => Tree.zip((x, y) => add(x, y))(a, b);
    const g = dual ? undefined : design.pack(design.adjoint(h));
    /** Rows of units as those of S and K are. */
    const turned = reflected?.reflected ?? ((units: Tensor): Tensor => units);
    const carried = (of: Tensor): P =>
      dual ? scope(() => design.adjoint(design.fromUnits(turned(of)))) : design.unpack(of);
    const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
    /** ‖Aᵀ·S‖, directly or through ⟨S, K·S⟩. */
    const carriedNorm = (of: Tensor): Tensor =>
      gram === undefined && design.operator !== undefined
        ? norm(design.operator.adjoint(turned(of)))
        : sqrt(relu(sum(mul(of, timesDual(of, gram ?? dualGramOf(design))))));
    /** ‖ΔV‖/‖V‖ of another refinement. */
    const change = ({ v, miss, defect, combined }: Sketch): Tensor => {
      if (!dual) return div(norm(solved(defect)), norm(v));
      const by = solved(sub(turned(miss), mul(combined(s), beta)));
      return div(carriedNorm(by), norm(v));
    };
    const judge = (v: P): Judged =>
      measure(system, v, {
        ...(g === undefined ? {} : { g }),
        ...(loss <= ACCEPTED_LOSS ? {} : { also: change }),
      });
    const enough = (seen: Judged, done: number): boolean => {
      const residual = Number(seen.residual);
      const accepted = (done === 0 ? 1 : AFTERWARDS) * ACCEPTED_LOSS;
      const lost = loss > ACCEPTED_LOSS && !(Number(seen.also) <= accepted);
      return (residual <= tolerance && !lost) || !(residual < 1);
    };
    let { s, value } = scope((): DualSolution<P> => {
      if (g !== undefined) {
        const found = solved(g);
        return { s: found, value: carried(found) };
      }
      if (gram !== undefined) {
        const found = refinedDual(system, gram, solved, tolerance);
        return { s: found, value: carried(found) };
      }
      const held = turned(design.toUnits(h));
      const found = solved(held);
      return reflected?.settled(found, held) ?? { s: found, value: carried(found) };
    });
    let measured = g !== undefined && loss > HARDLY_LESS * ACCEPTED_LOSS ? undefined : judge(value);
    const { operator } = design;
    const mayLose = dual && reflected === undefined && operator !== undefined;
    if (mayLose && measured !== undefined && !enough(measured, 0)) {
      const along = settledAlongMean(system, operator, { s, value });
      const found = judge(along.value);
      if (Number(found.residual) < Number(measured.residual))
        [s, value, measured] = [along.s, along.value, found];
    }
    let refinements = 0;
    for (; refinements < REFINEMENTS; refinements++) {
      if (measured !== undefined && enough(measured, refinements)) break;
      const defect = scope(() => {
        const miss = sub(h, design.apply(value));
        const held = dual ? turned(design.toUnits(miss)) : design.pack(design.adjoint(miss));
        return sub(held, mul(s, beta));
      });
      // The defect of all units; `measure` takes combinations of it.
      const before =
        measured?.residual ?? (g === undefined ? Infinity : toNumber(div(norm(defect), norm(g))));
      const by = solved(defect);
      s = add(s, by);
      const next = dual ? plus(value, carried(by)) : carried(s);
      const found = judge(next);
      if (!(Number(found.residual) < Number(before))) break;
      [value, measured] = [next, found];
    }
    measured ??= judge(value);
    const lost = loss > ACCEPTED_LOSS ? Number(measured.also) : 0;
    return { value, measured, refinements, lost, ...(g === undefined ? {} : { g }) };
  });

/**
 * V = (AᵀA + βI)⁻¹·Aᵀ·H for H as the design holds it, β ≥ 0. Throws a `Fault` with tag `solver` if
 * the system is singular. Both routes give the same V by the push-through identity (AᵀA + βI)⁻¹Aᵀ =
 * Aᵀ(AAᵀ + βI)⁻¹.
 */
export const solveExact = <P extends Tree.Tree>(
  system: RidgeSystem<P>,
  solver: Exact,
  route: 'primal' | 'dual',
): Solution<P> => {
  const { design, beta, mayRead } = system;
  const tolerance = solver.tolerance ?? DEFAULT_TOLERANCE;
  const precision = solver.precision ?? 'auto';
  const blocks = route === 'primal' && precision !== 'float64' ? design.blocks : undefined;
  if (!mayRead && precision !== 'float64' && blocks === undefined)
    return solveByProducts(system, solver, route);
  const n = route === 'dual' ? design.rows : design.columns;
  const reportOf = (by: SolveReport['precision'], iterations: number, gram: SolveReport['gram']) => ({
    route,
    ...(gram === undefined ? {} : { gram }),
    precision: by,
    iterations,
    tolerance,
  });
  const double = (): Solution<P> =>
    concluded(
      system,
      inPhase('factor', () => solveDouble(system, route)),
      reportOf('float64', 0, route === 'primal' ? doubleGram(design.grams) : undefined),
    );
  const work = doubleWork(design, n);
  // Lags cannot form a Gram matrix in float64.
  const mayLeave = precision === 'auto' && solver.gram !== 'lags';
  const pairs = route === 'primal' && precision !== 'float32' ? design.blocks?.pairs : undefined;
  if (pairs !== undefined && hasKernel('RidgePairs')) {
    const found = inPhase('solve', () => solvePairs(system, pairs));
    if (found !== undefined)
      return concluded(system, found, reportOf('float64', 0, doubleGram(design.grams)));
  }
  if (blocks !== undefined) {
    const found = mayRead ? solveBlocks(system, blocks, tolerance) : solveBlocksByProducts(system, blocks);
    const { residual } = found.measured;
    return mayLeave && typeof residual === 'number' && !(residual <= tolerance) && work <= LARGE_WORK
      ? double()
      : concluded(
          system,
          found,
          reportOf('float32', found.refinements, chooseGram(solver, design.grams).name),
        );
  }
  const small = hasKernel('RidgeDouble') ? SMALL_WORK.kernel : SMALL_WORK.host;
  if (precision === 'float64' || (mayLeave && work <= small)) return double();

  const way = route === 'primal' ? chooseGram(solver, design.grams) : undefined;
  const most = (ACCEPTED_LOSS * beta * Math.sqrt(n)) / EPSILON;
  const single = factorSingle(design, route, beta, most, () => way?.form() ?? design.dualGram());
  if (single !== undefined) {
    const loss = roundingLoss(single.norm, beta, n);
    const { dual: reflected } = single;
    const byColumns =
      reflected !== undefined && loss <= ACCEPTED_LOSS ? solveByColumns(system, reflected) : undefined;
    if (byColumns !== undefined) {
      const measured = measure(system, byColumns);
      if (Number(measured.residual) <= tolerance)
        return concluded(system, { value: byColumns, measured }, reportOf('float32', 0, undefined));
      // The way by units, which can refine, needs the room.
      dispose(byColumns);
    }
    const applied = { solved: single.solved, reflected };
    const found = solveFast(system, route, applied, { tolerance, loss });
    if (Number(found.measured.residual) <= tolerance)
      return concluded(system, found, reportOf('float32', found.refinements, way?.name));
  }
  const wide = isWide(design, n, beta, tolerance);
  if (way?.wide !== undefined && wide) {
    const found = solveWide(system, way.name, way.wide);
    if (found !== undefined && found.lost <= ACCEPTED_LOSS && Number(found.measured.residual) <= tolerance)
      return concluded(system, found, reportOf('float32', 0, way.name));
    if (mayLeave && work <= LARGE_WORK) return double();
  }
  if (way === undefined && wide && design.inputs !== undefined) {
    const { solved, norm: size, definite } = factorDualWide(design, design.inputs, beta);
    if (mayLeave && work <= QUICK_WORK && !wellConditioned(size, beta, n)) return double();
    if (definite) {
      const loss = roundingLoss(size, beta, n);
      const found = solveFast(system, route, { solved }, { tolerance, loss });
      const kept = !(found.lost > AFTERWARDS * ACCEPTED_LOSS) && Number(found.measured.residual) <= tolerance;
      if (kept) return concluded(system, found, reportOf('float32', found.refinements, undefined));
    }
    if (mayLeave && work <= LARGE_WORK) return double();
  }
  const { k, plus } = inPhase('gram', () =>
    way === undefined ? dualGramOf(design) : { k: way.form(), plus: 0 },
  );
  const invert = (by: number): ShiftedInverse => {
    const make = (): ShiftedInverse => invertShifted(k, by, plus);
    return design.shared?.inverse(`${way?.name ?? route} + ${by}`, make) ?? make();
  };
  const inverted = inPhase('factor', () => invert(beta));
  const { norm: size } = inverted;
  const good = wellConditioned(size, beta, n);
  if (mayLeave && (!inverted.definite || (!good && work <= QUICK_WORK))) return double();
  if (!(size < Infinity)) return notFiniteSystem(route);
  // Singular within the rounding of K: damped by that rounding, the step is one of a smaller τ, and
  // is refined.
  const { inverse, definite } = inverted.definite || beta === 0 ? inverted : invert(beta + KNOWN * size);
  if (!definite) return singular(route, n, beta);
  const applied = { solved: (b: Tensor): Tensor => matMul(b, inverse), gram: { k, plus } };
  const fast = solveFast(system, route, applied, { tolerance, loss: roundingLoss(size, beta, n) });
  const lossy = work <= LARGE_WORK && !(fast.lost <= AFTERWARDS * ACCEPTED_LOSS);
  if (mayLeave && (lossy || !(Number(fast.measured.residual) <= tolerance))) return double();
  return concluded(system, fast, reportOf('float32', fast.refinements, way?.name));
};
