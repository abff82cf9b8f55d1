/**
 * Kernels of our own, which tfjs does not have and not every backend does: the operands and the attributes of each. Whoever calls one, and
 * whoever registers one, is held to this table.
 */
import { type SidePadding } from './sliding';
import { type Program } from './program';

interface Of<Operands extends string | number, Attributes extends object> {
  readonly operands: Operands;
  readonly attributes: Attributes;
}

/** How a filter slides, as the kernels of convolutions take it. */
export interface SlidingAttributes {
  readonly strides: number[];
  readonly pad: 'same' | 'valid' | SidePadding;
  readonly dataFormat: 'NHWC';
  readonly dilations: number[];
}

/** In how many heads, and whether a place sees only itself and those before it. */
export interface AttendAttributes {
  readonly heads: number;
  readonly causal: boolean;
}

/** How the numbers of an example lie, [places, groups, width], of which each group is normalised; and ε. */
export interface NormaliseAttributes {
  readonly places: number;
  readonly groups: number;
  readonly width: number;
  readonly epsilon: number;
}

/** A is a tensor x [R, f], and a column of ones where `ones` is 1. */
interface WithOnes {
  readonly ones: 0 | 1;
}

export interface OwnKernels {
  /** A program of operations on single numbers, its operands a list. Results: those of the program. */
  readonly Formula: Of<number, { readonly program: Program; readonly over: readonly number[] }>;
  /** `normalisedGroups`, and its pull-back. Operands of N examples. */
  readonly Normalise: Of<'x', NormaliseAttributes>;
  readonly NormaliseGradient: Of<'x' | 'dy', NormaliseAttributes>;
  /** `attended`, and its pull-back: the cotangents of queries, keys and values. Operands [N, T, D]. */
  readonly Attend: Of<'query' | 'key' | 'value', AttendAttributes>;
  readonly AttendGradient: Of<'query' | 'key' | 'value' | 'dy', AttendAttributes>;
  /** x ∘ gain + bias for x [..., F], gain [F] and bias [F]; and its pull-back: the cotangents of the three. */
  readonly GainAndBias: Of<'x' | 'gain' | 'bias', object>;
  readonly GainAndBiasGradient: Of<'x' | 'gain' | 'dy', object>;
  /** dy where x is above 0, else 0. */
  readonly Stepped: Of<'dy' | 'x', object>;
  /** The cross-entropy of rows z [M, C] and classes t, int32 [M]: [M]; and its pull-back for dy [M]: [M, C]. */
  readonly ClassLosses: Of<'z' | 't', object>;
  readonly ClassLossesGradient: Of<'z' | 't' | 'dy', object>;
  /** x·Wᵀ + b for x [..., in], W [out, in] and b [out]: [..., out]. */
  readonly BiasedMatMul: Of<'x' | 'weights' | 'bias', object>;
  /** x ∗ w + b. */
  readonly BiasedConv2D: Of<'x' | 'filter' | 'bias', SlidingAttributes>;
  /** (K + c + βI)⁻¹ for K [n, n], c = `plus`; and [2] numbers: the largest absolute row sum of K + c, and 1, or 0 where singular. */
  readonly InverseShifted: Of<'k', { readonly beta: number; readonly plus: number }>;
  /** CG in the dual for K [R, R] and H [U, R]: W [U, R]. */
  readonly DualConjugateGradients: Of<
    'k' | 'h',
    { readonly beta: number; readonly plus: number; readonly iterations: number; readonly solved: number }
  >;
  /**
   * V = (AᵀA + βI)⁻¹·AᵀH for A [R, n] and H [U, R], measured on combinations `by` of the units. Results: V [U, n], and [3] numbers: 1, or 0
   * for a singular system, or 2 for one not finite; residual; length.
   */
  readonly RidgeDouble: Of<'a' | 'h' | 'by', { readonly beta: number; readonly dual: boolean }>;
  /** Systems of a gain and a bias for each feature, x and h [R, G]. Results: V [G, 2], and the same [3] numbers. */
  readonly RidgePairs: Of<'x' | 'h', { readonly beta: number }>;
  /** AᵀA [n, n] in float64, as a tensor of its bits. */
  readonly GramWide: Of<'x', WithOnes>;
  /** AᵀH in float64 for H [U, R], unit by unit: [U, n]. */
  readonly AdjointWide: Of<'x' | 'h', WithOnes>;
  /** The first rows and columns of a matrix in float64, in float32. */
  readonly NarrowWide: Of<'x', { readonly rows: number; readonly columns: number }>;
  /**
   * For such a Gram matrix K the Cholesky factor L of K + c + βI, c = `plus`, and above the diagonal Lᵀ, as a tensor of its bits; behind it
   * two numbers: 1, or 0 for a singular system, or 2 for one not finite, and the largest absolute row sum of K + c.
   */
  readonly FactorWide: Of<'gram', { readonly beta: number; readonly order: number; readonly plus: number }>;
  /** B·(K + c + βI)⁻¹ for that factor and B [U, n], which means nothing where the factor does not; and its two numbers. */
  readonly SubstituteWide: Of<'factor' | 'b', object>;
  /**
   * V of such a system for G = AᵀH, H as U·R numbers, and combinations `by` [m, U]. Results: V [U, n], and [5] numbers: that of the factor;
   * residual and length of V (`solver/measure.ts`); how many times the share to which products are known may be missing of the
   * residual, and of V.
   */
  readonly RidgeWide: Of<
    'gram' | 'factor' | 'g' | 'h' | 'by',
    { readonly beta: number; readonly order: number }
  >;
  /**
   * Q·X for X [R, f] and the Householder reflection Q that takes a vector of ones to √R·e₁: the first row is √R times the mean row. Q is
   * its own inverse. For the axis 1, X·Q.
   */
  readonly Reflect: Of<'x', { readonly axis: 0 | 1 }>;
  /**
   * For K [n, n] in float32 the Cholesky factor of K + c·e₁e₁ᵀ + βI, c = `first`, as `SubstituteSingle` reads it; behind it two numbers: 1, or 0
   * for a singular system, 2 for one not finite, 3 where K is above `most`; and the largest absolute row sum of K, where `reflected` is 1
   * without its first row and column, which is what `most` is a bound of.
   */
  readonly FactorSingle: Of<
    'k',
    { readonly beta: number; readonly first: number; readonly reflected: 0 | 1; readonly most: number }
  >;
  /**
   * B·M⁻¹ for that factor of M and B [U, n]. Where `turned` is 1, B is the transpose of `b` [n, U], with a row √n·e₁ behind it where `ones` is
   * 1. It means nothing where the factor does not.
   */
  readonly SubstituteSingle: Of<'factor' | 'b', WithOnes & { readonly turned: 0 | 1 }>;
  /**
   * For t = (Q(K + βI)⁻¹QA)ᵀ·Q [F, R] in float32, A = [X, 1] or X, with Q of `Reflect`, k = QXXᵀQ, x = Q·X and a = X: ((K + βI)⁻¹A)ᵀ, corrected
   * along the mean of the rows of A. Results: its first f rows, and the last one where `ones` is 1.
   */
  readonly SettleColumns: Of<'t' | 'k' | 'x' | 'a', WithOnes & { readonly beta: number }>;
  /**
   * For s = H·(QAAᵀQ + βI)⁻¹ [U, R] and h = H of reflected examples, with k, x and a as for `SettleColumns`: V = S·A [U, F] and S, corrected
   * along the mean of the rows of A. Results: the first f columns of V, S, and the last column of V where `ones` is 1.
   */
  readonly SettleUnits: Of<'s' | 'h' | 'k' | 'x' | 'a', WithOnes & { readonly beta: number }>;
  /** `by`·M for M [U, n], faster where `by` [8, U] is `signMatrix` (`solver/sketch.ts`). */
  readonly MixSigns: Of<'by' | 'm', object>;
  /**
   * For combinations H [m, R] and A·V [m, R], divided by the largest value of H: H − A·V; what |H| + |H − A·V| sums to over the combinations,
   * divided by √m, with a sign for each row, which are `signs` in turns; and H where `both` is 1. [m + 1, R] or [2m + 1, R].
   */
  readonly SketchMisses: Of<'held' | 'image' | 'signs', { readonly both: 0 | 1 }>;
  /**
   * Residual and length (`solver/measure.ts`) of V [m, F] for `sums`, that of `SketchMisses` times A. AᵀH is a part of these, or where `known`
   * is 1, `right` [m, F].
   */
  readonly SketchNorms: Of<
    'sums' | 'v' | 'held' | 'image' | 'right',
    { readonly known: 0 | 1; readonly beta: number; readonly rounding: number }
  >;
  /** AᵀA [n, n] in float64 of a filter [kh, kw] with stride 1 over images x. */
  readonly GramLagsWide: Of<
    'x',
    { readonly kernel: number[]; readonly before: number[]; readonly out: number[] }
  >;
  /** AᵀH in float64 of a convolution for H [N, H', W', U], unit by unit: [U, n]; columns channel, row, column where asked for. */
  readonly ConvolutionAdjointWide: Of<
    'x' | 'h',
    SlidingAttributes & { readonly filterShape: number[]; readonly channelsFirst: boolean }
  >;
}

/** The name of a kernel of our own. */
export type OwnKernel = keyof OwnKernels;

/** Its operands, as tensors or what a backend knows of them. */
export type OperandsOf<K extends OwnKernel, T> = { readonly [O in OwnKernels[K]['operands']]: T };

/** Its attributes. */
export type AttributesOf<K extends OwnKernel> = OwnKernels[K]['attributes'];
