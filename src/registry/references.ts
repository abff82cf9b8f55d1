/** The published formulas of optimizers of each number for itself, transcribed in float64 from their papers. */
import { type OptimizerReference } from './entry';

/** Kingma and Ba 2015. */
export const adamReference =
  (rate: number, beta1 = 0.9, beta2 = 0.999, decay = 0): OptimizerReference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      return rate * (m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + 1e-8) + decay * p);
    };
  };

/** Dozat 2016, algorithm 2, with a constant μ. */
export const nadamReference =
  (rate: number): OptimizerReference =>
  () => {
    let [m, n] = [0, 0];
    return (g, _, t) => {
      m = 0.9 * m + 0.1 * g;
      n = 0.999 * n + 0.001 * g * g;
      const first = (0.9 * m) / (1 - 0.9 ** (t + 1)) + (0.1 * g) / (1 - 0.9 ** t);
      return (rate * first) / (Math.sqrt(n / (1 - 0.999 ** t)) + 1e-8);
    };
  };

/** Tieleman and Hinton 2012. */
export const rmspropReference =
  (rate: number, decay: number, epsilon: number): OptimizerReference =>
  () => {
    let v = 0;
    return (d) => {
      v = decay * v + (1 - decay) * d * d;
      return (rate * d) / (Math.sqrt(v) + epsilon);
    };
  };

/** Duchi, Hazan and Singer 2011, the diagonal form. */
export const adagradReference =
  (rate: number, epsilon: number): OptimizerReference =>
  () => {
    let s = 0;
    return (d) => {
      s += d * d;
      return (rate * d) / (Math.sqrt(s) + epsilon);
    };
  };

/** Chen et al. 2023, algorithm 2. */
export const lionReference =
  (rate: number, lambda: number): OptimizerReference =>
  () => {
    let m = 0;
    return (g, theta) => {
      const c = 0.9 * m + 0.1 * g;
      m = 0.99 * m + 0.01 * g;
      return rate * (Math.sign(c) + lambda * theta);
    };
  };

/** Heavy ball (Polyak 1964), or Nesterov's form of Sutskever et al. 2013. */
export const momentumReference =
  (rate: number, mu: number, ahead: boolean): OptimizerReference =>
  () => {
    let m = 0;
    return (d) => {
      m = mu * m + d;
      return rate * (ahead ? d + mu * m : m);
    };
  };

/** Zeiler 2012, algorithm 1. */
export const adadeltaReference =
  (rate: number, rho = 0.9, epsilon = 1e-6): OptimizerReference =>
  () => {
    let [squares, updates] = [0, 0];
    return (g) => {
      squares = rho * squares + (1 - rho) * g ** 2;
      const step = (Math.sqrt(updates + epsilon) / Math.sqrt(squares + epsilon)) * g;
      updates = rho * updates + (1 - rho) * step ** 2;
      return rate * step;
    };
  };
