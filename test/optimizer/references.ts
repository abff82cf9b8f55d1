/** The published formulas of the optimizers, transcribed in float64 from their papers: none of the library's code is used. */
import { type Reference, type TreeReference } from '../../laws';

type Rate = (t: number) => number;

export const adamReference =
  (rate: Rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0): Reference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      return rate(t) * (direction + decay * p);
    };
  };

/** Dozat 2016, algorithm 2, with a constant μ. */
export const nadamReference =
  (rate: number, mu = 0.9, nu = 0.999, epsilon = 1e-8): Reference =>
  () => {
    let [m, n] = [0, 0];
    return (g, _p, t) => {
      m = mu * m + (1 - mu) * g;
      n = nu * n + (1 - nu) * g * g;
      const first = (mu * m) / (1 - mu ** (t + 1)) + ((1 - mu) * g) / (1 - mu ** t);
      return (rate * first) / (Math.sqrt(n / (1 - nu ** t)) + epsilon);
    };
  };

export const momentumReference =
  (rate: number, mu: number, nesterovForm: boolean): Reference =>
  () => {
    let m = 0;
    return (d) => {
      m = mu * m + d;
      return rate * (nesterovForm ? d + mu * m : m);
    };
  };

/** Tieleman and Hinton 2012, with the momentum of PyTorch. */
export const rmspropReference =
  (rate: number, decay: number, epsilon: number, mu = 0): Reference =>
  () => {
    let [v, b] = [0, 0];
    return (d) => {
      v = decay * v + (1 - decay) * d * d;
      b = mu * b + d / (Math.sqrt(v) + epsilon);
      return rate * b;
    };
  };

/** Duchi, Hazan and Singer 2011, the diagonal form. */
export const adagradReference =
  (rate: number, epsilon = 1e-10): Reference =>
  () => {
    let s = 0;
    return (d) => {
      s += d * d;
      return (rate * d) / (Math.sqrt(s) + epsilon);
    };
  };

/** Chen et al. 2023, algorithm 2. */
export const lionReference =
  (rate: number, beta1 = 0.9, beta2 = 0.99, lambda = 0): Reference =>
  () => {
    let m = 0;
    return (g, theta) => {
      const c = beta1 * m + (1 - beta1) * g;
      m = beta2 * m + (1 - beta2) * g;
      return rate * (Math.sign(c) + lambda * theta);
    };
  };

const normOf = (numbers: readonly number[]): number => Math.sqrt(numbers.reduce((s, v) => s + v * v, 0));

/** Pascanu, Mikolov and Bengio 2013, algorithm 1. */
export const clippedReference =
  (rate: number, most: number): TreeReference =>
  () =>
  (directions) => {
    const norm = normOf(directions.flatMap(({ numbers }) => [...numbers]));
    return directions.map(({ numbers }) => numbers.map((g) => rate * (norm > most ? (g * most) / norm : g)));
  };

/** The same on the tensors that are chosen; others as they are. */
export const maskedClipReference =
  (rate: number, most: number, chosen: (path: string) => boolean): TreeReference =>
  () => {
    const clipped = clippedReference(rate, most)();
    return (directions, parameters, t) => {
      const part = clipped(
        directions.filter(({ path }) => chosen(path)),
        parameters,
        t,
      );
      let i = 0;
      return directions.map(({ path, numbers }) =>
        chosen(path) ? (part[i++] ?? new Float64Array(0)) : numbers.map((g) => rate * g),
      );
    };
  };
