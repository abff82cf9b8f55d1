/**
 * Exact primal solves whose products are float32 and whose sums are float64, by kernels that a backend may have: as fast as float32, and
 * nothing is lost of AᵀA and AᵀH but the rounding of sums of 32 terms. V is solved for by substitution in float64, and measured on
 * the same sums: what they may have lost is added to the residual.
 */
import { eye, type Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, inPhase, runKernel, scope, type Tree } from '../core';
import { type Candidate } from './double';
import { type Design, type InputsOfDesign } from './operator';
import { signTensor } from './sketch';

/** To which share of ‖a‖·‖b‖ a sum Σ a·b is known at worst: rounding of float32, within sums of 32 terms. */
const KNOWN = 2 ** -23;

/** The same of what V loses, where errors of many sums of 32 terms are taken for independent. */
const knownOf = (rows: number): number => KNOWN * Math.min(1, Math.sqrt(128 / rows));

export interface WideSolution<P> extends Candidate<P> {
  /** The share of V that the products may have lost. */
  readonly lost: number;
}

/** Up to so many multiply-adds in float64 take no more than some milliseconds. */
const QUICK = 1 << 24;

/** Whether the factor and the substitution for all units are quick, or little beside the products. */
const fits = ({ rows, columns, units }: Pick<Design<Tree.Tree>, 'rows' | 'columns' | 'units'>): boolean =>
  columns * columns * (columns / 6 + units) <= Math.max(QUICK, (rows * columns * units) / 8);

/** What of A the kernels take, where the backend has them and the system is one for them. */
export const wideInputs = <P extends Tree.Tree>(design: Design<P>): InputsOfDesign | undefined =>
  hasKernel('RidgeWide') && fits(design) ? design.inputs : undefined;

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
