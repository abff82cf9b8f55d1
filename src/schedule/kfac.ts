/** Natural gradients by Kronecker factors: K-FAC, and its one-sided kin FOOF. */
import { Key } from '../core';
import { theta } from '../energy';
import { andThen, explicit, factors, forward } from '../step';
import { type Method } from './schedule';
import { isShared, sweepMethod } from './sweep';

/** Options of `foof`. */
export interface FoofOptions {
  /** τ: multiplies the direction. Default 1. */
  readonly tau?: number;
  /** λ > 0. Default 1e-2 for `kfac`, 1 for `foof`. */
  readonly damping?: number;
  /** ρ in [0, 1) of the running means. Default 0.95. */
  readonly average?: number;
  /** Batches from one inverse to the next. Default 1. */
  readonly every?: number;
}

/** Options of `kfac`. */
export interface KfacOptions extends FoofOptions {
  /** By which targets are drawn where a run has no key of its own. `train` draws by the key of the batch. Default `Key.key(0)`. */
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

/** Apart from what layers draw by the key of the batch. */
const TARGETS = 0x4b464143;

/**
 * K-FAC (Martens and Grosse 2015, arXiv 1503.05671; convolutions: Grosse and Martens 2016, arXiv 1602.01407), as a sweep of explicit steps
 * in the metric of the factors of `factors`, for every link with a design, the last one too:
 *
 *     Δ_l = τ·(Ḡ_l + √λ/π_l·I)⁻¹·∇_{θ_l}J·(Ā_l + π_l√λ·I)⁻¹,   Ā_l ≈ E[a·aᵀ],  Ḡ_l ≈ E[g·gᵀ],   a = [x[l−1], 1]
 *
 * g are gradients at targets drawn from the outputs of the network, so that the product is near the Fisher matrix, and π_l splits the
 * damping λ by the traces. Both are running means. It is the factored damping with a λ that you state: the paper's rules that adapt λ, and
 * rescale the step by the exact Fisher matrix, are left out; `trusting(kfac())` finds the length of the step instead. Parameters
 * without such a design, such as gains and biases of norms, move by τ·∇J.
 *
 * It costs a second backward pass, Gram matrices of both sides, and their inverses in float64 on the host, (F³ + U³) multiply-adds every
 * `every` batches. A loss without `sample` is a `Fault` `loss`.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, method: kfac({ damping: 0.01 }), optimizer: momentum(0.05) })
 */
export const kfac = ({ damping = 1e-2, key = Key.key(0), ...options }: KfacOptions = {}): Method => ({
  ...naturalSweep('kfac', { damping, ...options }, key),
  drawn: (batch) => kfac({ damping, ...options, key: Key.fold(batch, TARGETS) }),
});

/**
 * FOOF (Benzing 2022, arXiv 2201.12250): K-FAC with the inputs' side alone,
 *
 *     Δ_l = τ·∇_{θ_l}J·(Ā_l + λI)⁻¹,   Ā_l the running mean of AᵀA/R,   R rows of A = [x[l−1], 1]
 *
 * That is ProxProp's metric on a running mean, and on the last link too: with ρ = 0 and R rows its direction below the last link is that of
 * `proxprop` with τ_θ = 1/(R·λ) and τ/R. It costs AᵀA and its inverse in float64 on the host.
 *
 * @example train(net, softmaxCrossEntropy, { ...options, method: foof({ damping: 0.1 }), optimizer: momentum(0.05) })
 */
export const foof = (options: FoofOptions = {}): Method => naturalSweep('foof', options, undefined);
