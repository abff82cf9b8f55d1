/**
 * Exact primal solves whose products are float32 and whose sums are float64, by kernels that a backend may have: as fast as float32, and
 * nothing is lost of AᵀA and AᵀH but the rounding of sums of 32 terms. V is solved for by substitution in float64, and measured on
 * the same sums: what they may have lost is added to the residual.
 */
import { eye, square, sum, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { fail, hasKernel, inPhase, runKernel, scope, toHost, toNumber, type Tree } from '../core';
import { type Candidate } from './double';
import { type Design, type InputsOfDesign } from './operator';
import { signTensor } from './sketch';

/** To which share of ‖a‖·‖b‖ a sum Σ a·b is known at worst: rounding of float32, within sums of 32 terms. */
const KNOWN = 2 ** -23;

/** The same of what V loses, where errors of many sums of 32 terms are taken for independent. */
const knownOf = (rows: number): number => KNOWN * Math.min(1, Math.sqrt(128 / rows));

interface WideSolution<P> extends Candidate<P> {
  /** The share of V that the products may have lost. */
  readonly lost: number;
}

type Sizes = Pick<Design<Tree.Tree>, 'rows' | 'columns' | 'units'>;

/** Up to so many multiply-adds in float64 take no more than some milliseconds. */
const QUICK = 1 << 24;

/**
 * Whether factor and substitution in float64 are quick, or cost no more than an inverse and its product with all units:
 * n³/3 + 2·n²·U beside n³ + n²·U, as float64 takes twice as long.
 */
const fits = ({ rows, columns, units }: Sizes, n: number): boolean =>
  3 * units <= 2 * n || n * n * (n / 6 + units) <= Math.max(QUICK, (rows * columns * units) / 8);

/** To which share of the largest eigenvalue an inverse in float32 solves its system: the roundings of both, and of its product. */
const INVERTED = 2 ** -22;

/**
 * Whether an inverse in float32 would leave so much of a residual that it had to be refined: by the trace of AᵀA, beside which the
 * largest eigenvalue is not much smaller where inputs have a common part.
 */
const isHard = ({ x, ones }: InputsOfDesign, rows: number, beta: number, tolerance: number): boolean =>
  INVERTED * (toNumber(scope(() => sum(square(x)))) + ones * rows) > (beta * tolerance) / 2;

/** What of A the kernels take for a system of order n, where the backend has them and the system is one for them. */
export const wideInputs = <P extends Tree.Tree>(
  design: Design<P>,
  n: number,
  beta: number,
  tolerance: number,
): InputsOfDesign | undefined => {
  const { inputs } = design;
  if (inputs === undefined || !hasKernel('RidgeWide')) return undefined;
  return fits(design, n) || isHard(inputs, design.rows, beta, tolerance) ? inputs : undefined;
};

/** V = (AᵀA + βI)⁻¹·Aᵀ·H; nothing where AᵀA + βI is not definite, or not finite. */
export const solveWide = <P extends Tree.Tree>(
  design: Design<P>,
  { x, ones }: InputsOfDesign,
  h: Tensor,
  beta: number,
): WideSolution<P> | undefined =>
  scope(() => {
    const once = (name: string, make: () => Tensor): Tensor => design.shared?.tensor(name, make) ?? make();
    const gram = inPhase('gram', () =>
      once('AᵀA in float64', () => runKernel('GramWide', { x }, { ones })[0] ?? x),
    );
    const order = design.columns;
    const factor = inPhase('factor', () =>
      once(`AᵀA + ${beta} in float64`, () => runKernel('FactorWide', { gram }, { beta, order })[0] ?? x),
    );
    const by = signTensor(design.units) ?? eye(design.units);
    const [v = x, facts = x] = inPhase('solve', () =>
      runKernel('RidgeWide', { gram, factor, x, h: design.toUnits(h), by }, { beta, ones }),
    );
    const [status, residual = Number.NaN, length = Number.NaN, natural = Number.NaN, shaken = Number.NaN] =
      facts.dataSync();
    if (status !== 1) return undefined;
    return {
      value: design.unpack(v),
      measured: { residual: residual + KNOWN * natural, length },
      lost: knownOf(design.rows) * shaken,
    };
  });

/** A factor of K + βI that is applied by substitution. */
export interface WideFactor {
  /** B·(K + βI)⁻¹ for rows of B; it means nothing unless `definite`. */
  readonly solved: (b: Tensor) => Tensor;
  /** The largest absolute row sum of K. */
  readonly norm: number;
  readonly definite: boolean;
}

/** The same for K = AAᵀ, whose sums are in float64. */
export const factorDualWide = <P extends Tree.Tree>(
  design: Design<P>,
  { x, ones }: InputsOfDesign,
  beta: number,
): WideFactor => {
  const once = (name: string, make: () => Tensor): Tensor => design.shared?.tensor(name, make) ?? make();
  const order = design.rows;
  const gram = inPhase('gram', () =>
    once('xxᵀ in float64', () =>
      scope(() => runKernel('GramWide', { x: transpose(x) }, { ones: 0 })[0] ?? x),
    ),
  );
  const factor = inPhase('factor', () =>
    once(
      `AAᵀ + ${beta} in float64`,
      () => runKernel('FactorWide', { gram }, { beta, order, plus: ones })[0] ?? x,
    ),
  );
  const apply = (b: Tensor): readonly Tensor[] => runKernel('SubstituteWide', { factor, b }, {});
  const [status = 0, norm = Number.NaN] = scope(() => [
    ...toHost(apply(zeros([0, order]))[1] ?? fail('solver', 'SubstituteWide', 'facts', 'none')),
  ]);
  return { solved: (b) => apply(b)[0] ?? b, norm, definite: status === 1 };
};
