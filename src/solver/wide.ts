/**
 * Exact primal solves whose products are float32 and whose sums are float64, by kernels that a backend may have: as fast as float32, and
 * nothing is lost of AᵀA and AᵀH but the rounding of sums of 32 terms. V is solved for by substitution in float64, and measured on
 * the same sums: what they may have lost is added to the residual.
 */
import { eye, square, sum, type Tensor, transpose, zeros } from '@tensorflow/tfjs-core';
import { fail, inPhase, scope, toHost, toNumber, type Tree } from '../core';
import { hasKernel, runOwn } from '../ops';
import { type Candidate } from './double';
import { type Design, type GramWay, type InputsOfDesign, type WideProducts } from './operator';
import { signTensor } from './sketch';

/** Terms that the kernels for dense layers add up in float32 (`backend/wasm/kernels/assembly/wide.ts`). */
const CHAIN = 32;

/** To which share of ‖a‖·‖b‖ a sum Σ a·b in float32 is known, for so many terms. */
const KNOWN = 2 ** -23;

/**
 * To which share of ‖a‖·‖b‖ a sum of `rows` terms is known whose chains are added up in float32. Of a chain of n terms that are alike
 * the k-th sum is k/n of it, and rounded by 2⁻²⁴/√12 of itself, more or less: where roundings are independent, the sum of rows/n
 * chains is off by 2⁻²⁴·n/(6·√rows), of which `likely` is twice: n and √rows beside 32, times 2⁻²³. Where all round alike it is off by
 * 2⁻²⁴·n/4. `worst` is that, or four times what is likely of many. `excess`: as many more terms are added up as A has rows.
 */
const knownOf = (
  rows: number,
  chain: number,
  excess: number,
): { readonly worst: number; readonly likely: number } => {
  const n = Math.min(chain, rows * excess);
  const likely = excess * KNOWN * Math.max(1, n / CHAIN) * Math.min(1, Math.sqrt(CHAIN / rows));
  return { worst: Math.min(excess * KNOWN * Math.max(1, n / 8), 4 * likely), likely };
};

/** The products of a dense layer, by the kernels there are for them. */
export const wideProducts = ({ x, ones }: InputsOfDesign): WideProducts => ({
  gram: () => runOwn('GramWide', { x }, { ones })[0] ?? x,
  adjoint: (h) => runOwn('AdjointWide', { x, h }, { ones })[0] ?? x,
  chain: CHAIN,
});

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
const substitutionPays = ({ rows, columns, units }: Sizes, n: number): boolean =>
  3 * units <= 2 * n || n * n * (n / 6 + units) <= Math.max(QUICK, (rows * columns * units) / 8);

/** To which share of the largest eigenvalue an inverse in float32 solves its system: the roundings of both, and of its product. */
const INVERTED = 2 ** -22;

/**
 * Whether an inverse in float32 would leave so much of a residual that it had to be refined: by the trace of AᵀA, beside which the
 * largest eigenvalue is not much smaller where inputs have a common part.
 */
const isHard = ({ x, ones }: InputsOfDesign, rows: number, beta: number, tolerance: number): boolean =>
  INVERTED * (toNumber(scope(() => sum(square(x)))) + ones * rows) > (beta * tolerance) / 2;

/** Whether a system of order n is one for the kernels, where the backend has them. */
export const isWide = <P extends Tree.Tree>(
  design: Design<P>,
  n: number,
  beta: number,
  tolerance: number,
): boolean => {
  const { inputs, rows } = design;
  if (!hasKernel('RidgeWide')) return false;
  return substitutionPays(design, n) || (inputs !== undefined && isHard(inputs, rows, beta, tolerance));
};

/** V = (AᵀA + βI)⁻¹·Aᵀ·H; nothing where AᵀA + βI is not definite, or not finite. */
export const solveWide = <P extends Tree.Tree>(
  design: Design<P>,
  name: GramWay['name'],
  { gram: formed, adjoint, chain, excess = 1, ordered = (v) => v }: WideProducts,
  h: Tensor,
  beta: number,
): WideSolution<P> | undefined =>
  scope(() => {
    const once = (what: string, make: () => Tensor): Tensor => design.shared?.tensor(what, make) ?? make();
    const gram = inPhase('gram', () => once(`AᵀA by ${name} in float64`, formed));
    const order = design.columns;
    const factor = inPhase('factor', () =>
      once(
        `AᵀA by ${name} + ${beta} in float64`,
        () => runOwn('FactorWide', { gram }, { beta, order, plus: 0 })[0] ?? gram,
      ),
    );
    const by = signTensor(design.units) ?? eye(design.units);
    const [v = gram, facts = gram] = inPhase('solve', () =>
      runOwn('RidgeWide', { gram, factor, g: adjoint(h), h, by }, { beta, order }),
    );
    const [status, residual = Number.NaN, length = Number.NaN, natural = Number.NaN, shaken = Number.NaN] =
      facts.dataSync();
    if (status !== 1) return undefined;
    const { worst, likely } = knownOf(design.rows, chain, excess);
    return {
      value: design.unpack(ordered(v)),
      measured: { residual: residual + worst * natural, length },
      lost: likely * shaken,
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
    once('xxᵀ in float64', () => scope(() => runOwn('GramWide', { x: transpose(x) }, { ones: 0 })[0] ?? x)),
  );
  const factor = inPhase('factor', () =>
    once(
      `AAᵀ + ${beta} in float64`,
      () => runOwn('FactorWide', { gram }, { beta, order, plus: ones })[0] ?? x,
    ),
  );
  const apply = (b: Tensor): readonly Tensor[] => runOwn('SubstituteWide', { factor, b }, {});
  const [status = 0, norm = Number.NaN] = scope(() => [
    ...toHost(apply(zeros([0, order]))[1] ?? fail('solver', 'SubstituteWide', 'facts', 'none')),
  ]);
  return { solved: (b) => apply(b)[0] ?? b, norm, definite: status === 1 };
};
