/**
 * Natural gradients by Kronecker factors: K-FAC, and FOOF, which has the factor of the inputs
 * alone.
 */
import { Key } from '../core';
import { theta } from '../energy';
import { andThen, explicit, factors, forward } from '../step';
import { type Method } from './schedule';
import { isShared, sweepMethod } from './sweep';

/** Options of `foof`, and of `kfac` except its key. */
export interface FoofOptions {
  /** τ > 0: multiplies the direction. Default 1. */
  readonly tau?: number;
  /** λ > 0: the damping. Default 1e-2 for `kfac`, 1 for `foof`. */
  readonly damping?: number;
  /** ρ in [0, 1): the decay of the running means. Default 0.95. */
  readonly average?: number;
  /** How many batches use one inverse. Default 1: every batch inverts anew. */
  readonly every?: number;
}

/** Options of `kfac`. */
export interface KfacOptions extends FoofOptions {
  /**
   * The key that draws targets if a run has no key of its own. `train` and `takeStep` draw by the
   * key of each batch instead. Default `Key.key(0)`.
   */
  readonly key?: Key.Key;
}

/** A sweep of explicit steps in the metric of the factors. */
const naturalSweep = (
  name: string,
  { tau = 1, damping = 1, average = 0.95, every = 1 }: FoofOptions,
  key: Key.Key | undefined,
): Method => {
  const sweep = sweepMethod(name, tau, (link) =>
    explicit(theta(link.number), tau, { frozen: isShared(link), metric: true }),
  );
  return {
    ...sweep,
    schedule: (links) => andThen(forward, factors({ average, damping, every }, key), sweep.schedule(links)),
  };
};

/**
 * Folded into the key of the batch, so that targets are drawn independently of what layers draw.
 */
const TARGETS = 0x4b464143;

/**
 * K-FAC (Martens and Grosse 2015, arXiv 1503.05671; convolutions: Grosse and Martens 2016, arXiv
 * 1602.01407). It is a sweep of explicit steps in the metric of `factors`, for every link with a
 * design, including the last one:
 *
 *     Δ_l = τ·(Ḡ_l + √λ/π_l·I)⁻¹·∇_{θ_l}J·(Ā_l + π_l√λ·I)⁻¹,   Ā_l ≈ E[a·aᵀ],  Ḡ_l ≈ E[g·gᵀ],   a = [x[l−1], 1]
 *
 * J is the mean loss over the batch. The gradients g belong to targets that are drawn from the
 * outputs of the network, so Ā ⊗ Ḡ approximates the Fisher matrix. π_l splits the damping λ by the
 * traces of both factors. Both factors are running means. You state λ yourself: the paper's rules
 * that adapt λ, and its rescaling by the exact Fisher matrix, are left out. `trusting(kfac())`
 * finds the step length instead. Parameters without such a design, such as gains and biases of
 * norms, move by τ·∇J.
 *
 * Each batch costs a second backward pass and a Gram matrix of both sides. Every `every` batches it
 * also costs two inverses in float64 on the host, F³ + U³ multiply-adds for F columns and U units;
 * where reads stall, inverses are made by products in float32 instead.
 *
 * If the loss has no `sample`, a run fails with tag `loss`. If τ, λ, ρ or `every` is out of its
 * range, it fails with tag `options`.
 *
 * @example
 * train(net, softmaxCrossEntropy, {
 *   ...options,
 *   method: kfac({ damping: 0.01 }),
 *   optimizer: momentum(0.05),
 * })
 */
export const kfac = ({ damping = 1e-2, key = Key.key(0), ...options }: KfacOptions = {}): Method => ({
  ...naturalSweep('kfac', { damping, ...options }, key),
  drawn: (batch) => kfac({ damping, ...options, key: Key.fold(batch, TARGETS) }),
});

/**
 * FOOF (Benzing 2022, arXiv 2201.12250): K-FAC with the factor of the inputs alone:
 *
 *     Δ_l = τ·∇_{θ_l}J·(Ā_l + λI)⁻¹,   Ā_l the running mean of AᵀA/R,   R rows of A = [x[l−1], 1]
 *
 * This is ProxProp's metric as a running mean, on the last link too. With ρ = 0 and R rows, `foof`
 * with step size τ/R has the direction of `proxprop` with step size τ and τ_θ = 1/(R·λ) below the
 * last link. Each batch costs AᵀA, and every `every` batches its inverse in float64 on the host. If
 * an option is out of its range, a run fails with tag `options`.
 *
 * @example
 * train(net, softmaxCrossEntropy, {
 *   ...options,
 *   method: foof({ damping: 0.1 }),
 *   optimizer: momentum(0.05),
 * })
 */
export const foof = (options: FoofOptions = {}): Method => naturalSweep('foof', options, undefined);
