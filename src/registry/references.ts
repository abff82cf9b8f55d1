/**
 * The published formulas of optimizers that act on each number alone, transcribed in float64 from
 * their papers.
 */
import { type OptimizerReference } from './entry';

/** A rate at update t = 1, 2, … */
export type ReferenceRate = number | ((t: number) => number);
const at = (rate: ReferenceRate, t: number): number => (typeof rate === 'number' ? rate : rate(t));

/** Robbins and Monro 1951, with decoupled weight decay. */
export const sgdReference =
  (rate: ReferenceRate, decay = 0): OptimizerReference =>
  () =>
  (d, p, t) =>
    at(rate, t) * (d + decay * p);

/**
 * The rate rises linearly over `rising` updates, falls along half a cosine over `falling`, and is
 * `last` after it, at t = 0, 1, 2, … (Loshchilov and Hutter 2017).
 */
export const warmupCosine =
  (peak: number, rising: number, falling: number, last = 0) =>
  (t: number): number => {
    if (t <= rising) return (peak * t) / rising;
    const done = Math.min(1, (t - 1 - rising) / falling);
    return last + ((peak - last) * (1 + Math.cos(Math.PI * done))) / 2;
  };

/** Kingma and Ba 2015; with decay Loshchilov and Hutter 2019. */
export const adamReference =
  (rate: ReferenceRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0): OptimizerReference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      return at(rate, t) * (direction + decay * p);
    };
  };

/** Dozat 2016, algorithm 2, with a constant μ. */
export const nadamReference =
  (rate: ReferenceRate, mu = 0.9, nu = 0.999, epsilon = 1e-8): OptimizerReference =>
  () => {
    let [m, n] = [0, 0];
    return (g, _p, t) => {
      m = mu * m + (1 - mu) * g;
      n = nu * n + (1 - nu) * g * g;
      const first = (mu * m) / (1 - mu ** (t + 1)) + ((1 - mu) * g) / (1 - mu ** t);
      return (at(rate, t) * first) / (Math.sqrt(n / (1 - nu ** t)) + epsilon);
    };
  };

/** Tieleman and Hinton 2012, with the momentum of PyTorch. */
export const rmspropReference =
  (rate: ReferenceRate, decay: number, epsilon: number, mu = 0): OptimizerReference =>
  () => {
    let [v, b] = [0, 0];
    return (d, _p, t) => {
      v = decay * v + (1 - decay) * d * d;
      b = mu * b + d / (Math.sqrt(v) + epsilon);
      return at(rate, t) * b;
    };
  };

/** Duchi, Hazan and Singer 2011, the diagonal form. */
export const adagradReference =
  (rate: ReferenceRate, epsilon = 1e-10): OptimizerReference =>
  () => {
    let s = 0;
    return (d, _p, t) => {
      s += d * d;
      return (at(rate, t) * d) / (Math.sqrt(s) + epsilon);
    };
  };

/** Chen et al. 2023, algorithm 2. */
export const lionReference =
  (rate: ReferenceRate, beta1 = 0.9, beta2 = 0.99, lambda = 0): OptimizerReference =>
  () => {
    let m = 0;
    return (g, theta, t) => {
      const c = beta1 * m + (1 - beta1) * g;
      m = beta2 * m + (1 - beta2) * g;
      return at(rate, t) * (Math.sign(c) + lambda * theta);
    };
  };

/**
 * Heavy ball (Polyak 1964), or Nesterov's form of Sutskever et al. 2013; with decoupled weight
 * decay.
 */
export const momentumReference =
  (rate: ReferenceRate, mu: number, ahead: boolean, decay = 0): OptimizerReference =>
  () => {
    let m = 0;
    return (d, p, t) => {
      m = mu * m + d;
      return at(rate, t) * ((ahead ? d + mu * m : m) + decay * p);
    };
  };

/** Zeiler 2012, algorithm 1. */
export const adadeltaReference =
  (rate: ReferenceRate, rho = 0.9, epsilon = 1e-6): OptimizerReference =>
  () => {
    let [squares, updates] = [0, 0];
    return (g, _p, t) => {
      squares = rho * squares + (1 - rho) * g ** 2;
      const step = (Math.sqrt(updates + epsilon) / Math.sqrt(squares + epsilon)) * g;
      updates = rho * updates + (1 - rho) * step ** 2;
      return at(rate, t) * step;
    };
  };
